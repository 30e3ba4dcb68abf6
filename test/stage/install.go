package stage

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// TablePath is where the module looks for its table.
const TablePath = "/etc/security/motp.conf"

// Need says which Debian package brings a program, if it is missing. The packages stand in
// test/packages too.
func Need(program, debianPackage string) error {
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("%s is missing: apt-get install %s", program, debianPackage)
	}
	return nil
}

// NeedTun says so if the machine cannot make VPN interfaces.
func (m *Machine) NeedTun() error {
	if _, err := os.Stat("/dev/" + tunDevice); err != nil {
		return fmt.Errorf("/dev/%s is missing: modprobe tun", tunDevice)
	}
	return nil
}

// InstallModule puts the built module where libpam looks for it.
func (m *Machine) InstallModule() error {
	if err := NeedBuilt(m.Root, "pam_motp.so"); err != nil {
		return err
	}
	folder, err := moduleFolder()
	if err != nil {
		return err
	}
	module, err := os.ReadFile(m.Path("build/pam_motp.so"))
	if err != nil {
		return err
	}
	return write(filepath.Join(folder, "pam_motp.so"), module, 0o644)
}

// InstallService puts the service file from examples/pam.d in its place, after the changes. On a
// machine of [ByMotpd], its logins are judged by motpd or not at all.
func (m *Machine) InstallService(name string, changes ...string) error {
	return m.InstallServiceAs(name, name, changes...)
}

// InstallServiceAs is InstallService with an example of another name.
func (m *Machine) InstallServiceAs(name, example string, changes ...string) error {
	text, err := m.example("pam.d/"+example, changes)
	if err != nil {
		return err
	}
	return m.WriteService(name, text)
}

// asking is where a service asks the module, up to its options.
var asking = regexp.MustCompile(`(?m)^(?:auth|password)\s.*\bpam_motp\.so\b`)

// WriteService writes a service file. On a machine of [ByMotpd], its logins are judged by motpd or
// not at all.
func (m *Machine) WriteService(name, text string) error {
	if m.Way == ByMotpd {
		text = asking.ReplaceAllString(text, "$0 motpd=always")
	}
	return write("/etc/pam.d/"+name, []byte(text), 0o644)
}

// InstallExample puts a file from examples/ in its place, after the changes: old and new text by
// turns.
func (m *Machine) InstallExample(name, target string, changes ...string) error {
	text, err := m.example(name, changes)
	if err != nil {
		return err
	}
	return write(target, []byte(text), 0o644)
}

// example reads a file from examples/ and makes the changes. A text to change that is not in the
// file is an error, so that no test goes on with a file that it does not mean.
func (m *Machine) example(name string, changes []string) (string, error) {
	content, err := os.ReadFile(m.Path("examples", name))
	if err != nil {
		return "", err
	}
	text := string(content)
	for i := 0; i+1 < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			return "", fmt.Errorf("examples/%s holds no %q to change", name, changes[i])
		}
		text = strings.ReplaceAll(text, changes[i], changes[i+1])
	}
	return text, nil
}

// WriteTable writes motp.conf, as safe as the module wants it.
func (m *Machine) WriteTable(text string) error {
	return os.WriteFile(TablePath, []byte(text), 0o600)
}

// write writes a file, and makes its folder.
func write(path string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, mode)
}
