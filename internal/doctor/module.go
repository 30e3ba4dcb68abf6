package doctor

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// moduleFolders are where libpam looks for modules, by distribution and architecture.
var moduleFolders = []string{"/usr/lib/*/security", "/lib/*/security", "/usr/lib64/security",
	"/lib64/security", "/usr/lib/security", "/lib/security"}

// moduleFolder is where this machine's libpam looks, to judge from where its own modules are; "" if
// that cannot be told.
func (v *visit) moduleFolder() string {
	for _, folder := range moduleFolders {
		for _, own := range []string{"pam_unix.so", "pam_permit.so"} {
			found, err := filepath.Glob(v.at(filepath.Join(folder, own)))
			if err == nil && len(found) > 0 {
				return filepath.Clean("/" + v.shown(filepath.Dir(found[0])))
			}
		}
	}
	return ""
}

// module looks at the library: is it there, whole, of this machine, and of the command's version?
func (v *visit) module() string {
	v.companions()
	folder := v.moduleFolder()
	if folder == "" {
		v.noteAt("", 0, "cannot tell where PAM's modules are: there is no pam_unix.so in "+
			"the usual folders", "")
		return ""
	}
	path := filepath.Join(folder, moduleName+".so")
	if _, err := os.Stat(v.at(path)); errors.Is(err, fs.ErrNotExist) {
		severity := Error
		if len(v.services) == 0 {
			severity = Warning
		}
		v.found(Finding{Severity: severity, File: path,
			What: "is missing: every stack that names it refuses, or does without",
			Mend: v.install(path)})
		return ""
	}
	v.trusted(path, root)
	version, thin, err := readModule(v.at(path))
	if err != nil {
		v.errorAt(path, 0, "is no library that this machine can load: "+err.Error(),
			v.install(path))
		return ""
	}
	if thin {
		v.needsMotpd()
	}
	if version != v.Version && version != "" && v.Version != "" {
		v.warnAt(path, 0, fmt.Sprintf("is of version %s, and this command of %s", version,
			v.Version), v.install(path)+", and start no old motp: type -a motp")
	}
	if v.System.LoadModule != nil {
		if err := v.System.LoadModule(v.at(path)); err != nil {
			v.errorAt(path, 0, "cannot be loaded: "+err.Error(),
				"the log has the loader's words: "+v.manager().ModulesLog())
			return ""
		}
	}
	if version == "" {
		version = "unknown"
	}
	return path + ", version " + version + v.origin(path)
}

// needsMotpd finds lines for which nobody can judge, where the module has no worker.
func (v *visit) needsMotpd() {
	for _, s := range v.services {
		for _, l := range s.lines {
			if mayAskMotpd(l) {
				continue
			}
			v.errorAt(l.File, l.Number, "the module is the one without Go, for which "+
				"only motpd judges, and conf=, state= or motpd=never keeps motpd "+
				"from this line: every code is refused",
				"remove that option, or install the module with Go")
		}
	}
}

// companions looks for modules that a stack names beside ours, and that are not there.
func (v *visit) companions() {
	folder := v.moduleFolder()
	if folder == "" {
		return
	}
	for _, s := range v.services {
		account, _ := s.Stack("account")
		for _, l := range append(s.auth.Modules(), account.Modules()...) {
			path := l.Module
			if !strings.HasPrefix(path, "/") {
				path = filepath.Join(folder, path)
			}
			if _, err := os.Stat(v.at(path)); !errors.Is(err, fs.ErrNotExist) ||
				l.Dash || l.Name() == moduleName {
				continue
			}
			v.errorAt(l.File, l.Number,
				l.Module+" is not among PAM's modules: PAM takes the line for "+
					"refused", "install the package that has it, or remove "+
					"the line")
		}
	}
}

var machines = map[string]elf.Machine{
	"386": elf.EM_386, "amd64": elf.EM_X86_64, "arm": elf.EM_ARM, "arm64": elf.EM_AARCH64,
	"loong64": elf.EM_LOONGARCH, "ppc64le": elf.EM_PPC64,
	"riscv64": elf.EM_RISCV, "s390x": elf.EM_S390,
}

// maxNote is more than the module's note takes.
const maxNote = 4 << 10

// readModule reads the version from the library's note, without loading it, and whether it is one
// of this project's without Go ("make thin"). The version is "" if the library has none.
func readModule(path string) (version string, thin bool, err error) {
	content, err := regular.Open(path)
	if err != nil {
		var unopened *fs.PathError
		if errors.As(err, &unopened) {
			err = unopened.Err
		}
		return "", false, err
	}
	defer content.Close()
	file, err := elf.NewFile(content)
	if err != nil {
		return "", false, err
	}
	if want, known := machines[runtime.GOARCH]; known && file.Machine != want {
		return "", false, fmt.Errorf("it was built for %s, not for %s", file.Machine, want)
	}
	if file.Type != elf.ET_DYN {
		return "", false, fmt.Errorf("it is no shared library, but %s", file.Type)
	}
	section := file.Section(".note.motp")
	if section == nil || section.Size > maxNote {
		return "", false, nil
	}
	data, err := section.Data()
	if err != nil {
		return "", false, fmt.Errorf("its note cannot be read: %w", err)
	}
	thin = file.Section(".note.go.buildid") == nil
	return parseNote(data, file.ByteOrder), thin, nil
}

// parseNote takes an ELF note apart: three words, a name and a text, each filled up to whole words.
// See pam/version.c.
func parseNote(data []byte, order binary.ByteOrder) string {
	const header = 12
	if len(data) < header {
		return ""
	}
	words := func(n uint32) int { return int(n+3) &^ 3 }
	name, text := order.Uint32(data), order.Uint32(data[4:])
	if name > 64 || text > 1024 || len(data) < header+words(name)+int(text) {
		return ""
	}
	begin := header + words(name)
	version, _, _ := strings.Cut(string(data[begin:begin+int(text)]), "\x00")
	return version
}
