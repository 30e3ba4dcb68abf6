package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// finding is one of motp doctor --json.
type finding struct {
	Severity, Check, File, What string
	Line                        int
}

// findings runs the doctor, and leaves out what the machine around the stage decides: whether its clock is kept right, and AppArmor.
func findings(t *testing.T) []finding {
	t.Helper()
	got := run(t, "", "doctor", "--json")
	var all []finding
	if err := json.Unmarshal([]byte(got.out), &all); err != nil {
		t.Fatalf("%v:\n%s%s", err, got.out, got.err)
	}
	counted := slices.ContainsFunc(all, func(f finding) bool { return f.Severity != "note" })
	if (got.status == 1) != counted || got.status > 1 {
		t.Errorf("exit %d with\n%s", got.status, got.out)
	}
	return slices.DeleteFunc(all, func(f finding) bool { return f.Check == "clock" || f.Check == "SELinux, AppArmor" })
}

// expect compares findings: severity, check, file, and the beginning of what is told.
func expect(t *testing.T, got []finding, want ...finding) {
	t.Helper()
	same := func(a, b finding) bool {
		return a.Severity == b.Severity && a.Check == b.Check && a.File == b.File && len(a.What) >= len(b.What) && a.What[:len(b.What)] == b.What
	}
	for _, f := range got {
		if !slices.ContainsFunc(want, func(w finding) bool { return same(f, w) }) {
			t.Errorf("found %+v", f)
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(f finding) bool { return same(f, w) }) {
			t.Errorf("not found: %+v", w)
		}
	}
}

// The stage's folder of records is in memory, which the doctor does not overlook.
var inMemory = finding{Severity: "error", Check: "records", File: "/var/lib/motp", What: "is on a file system that is in memory"}

// aKeyAlone is what the example of sshd's configuration leaves to the administrator.
var aKeyAlone = finding{Severity: "note", Check: "sshd", File: "/etc/ssh/sshd_config", What: "a key alone lets in"}

// With every example in its place there is nothing else to find: the module loads and is of the command's version, sshd and OpenVPN ask for codes.
func TestDoctorWithTheExamples(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m, "sshd", "login", "su", "sudo", "openvpn")
		must(t, m.StartSSHD())
		must(t, m.InstallExample("openvpn/server.conf", "/etc/openvpn/server/server.conf"))
		expect(t, findings(t), inMemory, aKeyAlone)

		version := strings.TrimPrefix(strings.TrimSpace(run(t, "", "--version").out), "motp ")
		if told := run(t, "", "doctor").out; !strings.Contains(told, "/security/pam_motp.so, version "+version+"\n") {
			t.Errorf("the library is not of version %s:\n%s", version, told)
		}

		// whoever follows the log for failures finds none of the doctor's own making
		lines, err := m.Log.Lines()
		must(t, err)
		for _, line := range lines {
			if strings.Contains(line, "PAM") {
				t.Errorf("the doctor logs %q", line)
			}
		}
	})
}

// One mistake in each place that only a real machine has.
func TestDoctorOnASickMachine(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m, "sudo")
		must(t, m.InstallService("sshd", "requisite    pam_motp.so", "sufficient   pam_motp.so"))
		must(t, m.StartSSHD("UsePAM no"))
		modules, err := filepath.Glob("/lib/*/security/pam_motp.so")
		if err != nil || len(modules) == 0 {
			t.Fatalf("no module: %v", err)
		}
		library, err := os.ReadFile(modules[0])
		must(t, err)
		must(t, os.Truncate(modules[0], int64(len(library)/2)))
		expect(t, findings(t), inMemory,
			finding{Severity: "error", Check: "sshd", File: "/etc/ssh/sshd_config", What: "UsePAM no"},
			finding{Severity: "error", Check: "module", File: "/usr" + modules[0], What: "is no library that this machine can load"},
		)

		// whole, but without what a module has
		other, err := filepath.EvalSymlinks(filepath.Join(filepath.Dir(modules[0]), "../libc.so.6"))
		must(t, err)
		libc, err := os.ReadFile(other)
		must(t, err)
		must(t, os.WriteFile(modules[0], libc, 0o644))
		expect(t, findings(t), inMemory,
			finding{Severity: "error", Check: "sshd", File: "/etc/ssh/sshd_config", What: "UsePAM no"},
			finding{Severity: "error", Check: "module", File: "/usr" + modules[0], What: "cannot be loaded"},
		)
	})
}
