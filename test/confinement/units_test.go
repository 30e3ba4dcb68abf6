package confinement

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A confined unit is one of Debian's whose sandbox is in the way of a worker, by the settings that
// are, and the PAM service that is asked for there.
type confined struct {
	unit, instance string
	service        string
	settings       string
}

var confinedUnits = []confined{
	{"polkit-agent-helper@.service", "polkit-agent-helper@1.service", "polkit-1",
		"Type=oneshot\nPrivateDevices=yes\nPrivateNetwork=yes\nProtectSystem=strict\n" +
			"RestrictAddressFamilies=AF_UNIX\nSystemCallFilter=@system-service\n"},
	{"openvpn@.service", "openvpn@server.service", "openvpn",
		"PrivateTmp=true\nTasksMax=10\nProtectSystem=true\nProtectHome=true\n"},
}

const (
	systemUnits = "/etc/systemd/system"
	dropIns     = "../../examples/systemd"
)

// lay writes a file of a machine.
func lay(t *testing.T, root, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(root, name)
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), mode))
}

// TestDropIns: what doctor finds in a unit is gone with the drop-in, in which systemd understands
// every line.
func TestDropIns(t *testing.T) {
	t.Parallel()
	must(t, stage.Need("systemd-analyze", "systemd"))
	for _, c := range confinedUnits {
		t.Run(c.unit, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			must(t, os.MkdirAll(filepath.Join(root, "var/lib/motp"), 0o700))
			lay(t, root, "etc/openvpn/server.conf", "plugin "+
				"/usr/lib/openvpn/openvpn-plugin-auth-pam.so openvpn\n", 0o644)
			lay(t, root, "etc/pam.d/"+c.service, "auth required pam_motp.so\n", 0o644)
			lay(t, root, systemUnits+"/"+c.unit,
				"[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n"+c.settings,
				0o644)
			if found := unitFindings(t, root); len(found) != 1 {
				t.Errorf("without the drop-in: %q", found)
			}
			name := c.unit + ".d/motp.conf"
			text, err := os.ReadFile(filepath.Join(dropIns, name))
			must(t, err)
			lay(t, root, systemUnits+"/"+name, string(text), 0o644)
			if found := unitFindings(t, root); len(found) > 0 {
				t.Errorf("with the drop-in: %q", found)
			}
			said := verify(t, filepath.Join(root, systemUnits), c.instance)
			if strings.Contains(said, "motp.conf") {
				t.Errorf("systemd-analyze verify: %s", said)
			}
		})
	}
}

// TestEveryDropInIsTried: none is left behind.
func TestEveryDropInIsTried(t *testing.T) {
	t.Parallel()
	folders, err := os.ReadDir(dropIns)
	must(t, err)
	if len(folders) != len(confinedUnits) {
		t.Errorf("%d drop-ins, and %d are tried", len(folders), len(confinedUnits))
	}
}

// unitFindings are what doctor finds in the units of a machine.
func unitFindings(t *testing.T, root string) (found []string) {
	t.Helper()
	project, err := stage.FindRoot()
	must(t, err)
	must(t, stage.NeedBuilt(project, "motp"))
	out, err := exec.Command(filepath.Join(project, "build", "motp"), "doctor", "--json",
		"--root="+root).Output()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	var findings []struct{ Check, File, What string }
	must(t, json.Unmarshal(out, &findings))
	for _, f := range findings {
		if f.Check == "systemd" {
			found = append(found, f.What)
		}
	}
	return found
}

// verify has systemd read a unit, with its drop-ins.
func verify(t *testing.T, folder, instance string) string {
	t.Helper()
	cmd := exec.Command("systemd-analyze", "verify", "--man=no", instance)
	cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+folder+":")
	out, err := cmd.CombinedOutput()
	if ended := new(exec.ExitError); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return string(out)
}
