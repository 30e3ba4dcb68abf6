package doctor

import (
	"bufio"
	"path/filepath"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// dpkg is where Debian's package manager notes what is installed.
const dpkg = "/var/lib/dpkg"

// packageOf names the package that a file belongs to, of those that are named like this project:
// "" if none does, as after "make install", or if packages are not Debian's.
func (v *visit) packageOf(path string) string {
	lists, err := filepath.Glob(v.at(dpkg + "/info/*motp*.list"))
	if err != nil {
		return ""
	}
	for _, list := range lists {
		if someLine(list, func(line string) bool {
			return merged(line) == merged(path)
		}) {
			name := strings.TrimSuffix(filepath.Base(list), ".list")
			name, _, _ = strings.Cut(name, ":") // the architecture
			return name
		}
	}
	return ""
}

// merged is a path in a system whose /lib is /usr/lib: dpkg notes what the package called it.
func merged(path string) string {
	if strings.HasPrefix(path, "/lib") {
		return "/usr" + path
	}
	return path
}

// packageVersion is the version of a package that is installed; "" if it is not known.
func (v *visit) packageVersion(name string) (version string) {
	inside := false
	someLine(v.at(dpkg+"/status"), func(line string) bool {
		if key, value, ok := strings.Cut(line, ": "); ok && key == "Package" {
			inside = value == name
		} else if inside && key == "Version" {
			version = value
		}
		return version != ""
	})
	return version
}

// someLine says whether a file has a line that is as wanted. What cannot be read has none.
func someLine(path string, wanted func(string) bool) bool {
	content, err := regular.Open(path)
	if err != nil {
		return false
	}
	defer content.Close()
	for lines := bufio.NewScanner(content); lines.Scan(); {
		if wanted(lines.Text()) {
			return true
		}
	}
	return false
}

// install is the command that puts the module at this path.
func (v *visit) install(path string) string {
	if name := v.packageOf(path); name != "" {
		return "apt install --reinstall " + name
	}
	return "make install"
}

// origin tells which package a file is from, behind its version: "" if from none.
func (v *visit) origin(path string) string {
	name := v.packageOf(path)
	if name == "" {
		return ""
	}
	return strings.TrimSpace(", from package " + name + " " + v.packageVersion(name))
}
