package thin

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// most is how large the module may get, in bytes. It has half of that, and the full one millions.
const most = 60_000

// TestForm: the library is small, brings nothing but libpam and libc, exports PAM's names, is as
// hardened as the full one, and says its version where "motp doctor" reads it.
func TestForm(t *testing.T) {
	t.Parallel()
	root, err := stage.FindRoot()
	must(t, err)
	for _, l := range libcs {
		path := l.module(root)
		if info, err := os.Stat(path); err != nil || info.Size() > most {
			t.Errorf("%s: %v, %v: larger than %d bytes", l.name, info, err, most)
		}
		f, err := elf.Open(path)
		must(t, err)
		defer f.Close()
		needed, err := f.ImportedLibraries()
		must(t, err)
		// On some machines a part of libc is the loader's.
		needed = slices.DeleteFunc(needed, func(name string) bool {
			return strings.HasPrefix(name, "ld-linux")
		})
		if !slices.Equal(needed, []string{"libpam.so.0", l.library}) {
			t.Errorf("%s: needs %q", l.name, needed)
		}
		exported(t, l, f)
		hardened(t, l, f)
		note := f.Section(".note.motp")
		if note == nil {
			t.Fatalf("%s: no note of the version", l.name)
		}
		if data, err := note.Data(); err != nil ||
			!strings.HasPrefix(string(data[12:]), "motp\x00\x00\x00\x00"+version) {
			t.Errorf("%s: the note is %q, %v", l.name, data, err)
		}
	}
}

func exported(t *testing.T, l libc, f *elf.File) {
	t.Helper()
	symbols, err := f.DynamicSymbols()
	must(t, err)
	var defined []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			defined = append(defined, s.Name)
		}
	}
	slices.Sort(defined)
	want := []string{"pam_sm_acct_mgmt", "pam_sm_authenticate", "pam_sm_chauthtok",
		"pam_sm_close_session", "pam_sm_open_session", "pam_sm_setcred"}
	if !slices.Equal(defined, want) {
		t.Errorf("%s: exports %q, want %q", l.name, defined, want)
	}
}

func hardened(t *testing.T, l libc, f *elf.File) {
	t.Helper()
	relro, stack := false, false
	for _, p := range f.Progs {
		relro = relro || p.Type == elf.PT_GNU_RELRO
		stack = stack || p.Type == elf.PT_GNU_STACK && p.Flags&elf.PF_X == 0
	}
	if !relro || !stack {
		t.Errorf("%s: read-only after relocation: %t; no code on the stack: %t", l.name,
			relro, stack)
	}
	flags, err := f.DynValue(elf.DT_FLAGS)
	if err != nil || len(flags) != 1 || flags[0]&uint64(elf.DF_BIND_NOW) == 0 {
		t.Errorf("%s: not bound at load: %v, %v", l.name, flags, err)
	}
	symbols, err := f.ImportedSymbols()
	must(t, err)
	if !slices.ContainsFunc(symbols, func(s elf.ImportedSymbol) bool {
		return s.Name == "__stack_chk_fail"
	}) {
		t.Errorf("%s: built without the stack protector", l.name)
	}
}

// alike are tests of test/module that are played with the thin module, by motpd: every kind of end
// that a login has, and what is left of it in the host.
var alike = []string{"TestAnswers", "TestLockout", "TestLine", "TestOtherEntryPoints",
	"TestConversationFails", "TestBadOptions", "TestRequestIsFinal", "TestMotpdThatEnds",
	"TestNothingIsLeftInMemory"}

// TestAsTheFullModule: what test/module says of the full module holds of this one.
func TestAsTheFullModule(t *testing.T) {
	t.Parallel()
	root, err := stage.FindRoot()
	must(t, err)
	built, err := os.ReadFile(libcs[0].module(root))
	must(t, err)
	// The tests want the full module's file from before late relocation, too.
	folder := t.TempDir()
	must(t, os.Mkdir(filepath.Join(folder, "linked"), 0o755))
	for _, name := range []string{"pam_motp.so", "linked/pam_motp.so"} {
		must(t, os.WriteFile(filepath.Join(folder, name), built, 0o755))
	}
	cmd := exec.Command("go", "test", "-count=1", "-v", "-run",
		"^("+strings.Join(alike, "|")+")$", "./test/module")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "MOTP_TEST_WAY=motpd",
		"MOTP_TEST_MODULE="+filepath.Join(folder, "pam_motp.so"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range alike {
		if !strings.Contains(string(out), "\n--- PASS: "+name+" ") {
			t.Errorf("%s was not played", name)
		}
	}
}
