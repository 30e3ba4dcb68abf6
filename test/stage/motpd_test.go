package stage

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// On a machine of motpd's, every line of an example that asks for a code is for motpd alone, and
// nothing else is changed.
func TestServicesAreForMotpd(t *testing.T) {
	Test(t, func(t *testing.T, m *Machine) {
		examples, err := filepath.Glob(m.Path("examples/pam.d/*"))
		if err != nil || len(examples) == 0 {
			t.Fatalf("%q, %v", examples, err)
		}
		m.Way = ByMotpd
		asks := 0
		for _, example := range examples {
			name := filepath.Base(example)
			if err := m.InstallService(name); err != nil {
				t.Fatal(err)
			}
			before, after := read(t, example), read(t, "/etc/pam.d/"+name)
			for i, line := range strings.Split(before, "\n") {
				want := line
				task, _, _ := strings.Cut(line, " ")
				if (task == "auth" || task == "password") &&
					strings.Contains(line, "pam_motp.so") {
					asks++
					want = strings.Replace(line, "pam_motp.so",
						"pam_motp.so motpd=always", 1)
				}
				if got := strings.Split(after, "\n")[i]; got != want {
					t.Errorf("%s: %q instead of %q", name, got, want)
				}
			}
		}
		if asks < len(examples)/2 {
			t.Errorf("%d lines in %d examples ask for a code", asks, len(examples))
		}
	})
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A motpd that does not last as long as the test is noticed, and so is one that cannot start.
func TestMotpdThatEnds(t *testing.T) {
	Test(t, func(t *testing.T, m *Machine) {
		motpd, err := m.StartMotpd()
		if err != nil {
			t.Fatal(err)
		}
		if err := motpd.Stop(); err != nil {
			t.Error(err)
		}
		if motpd, err = m.StartMotpd(); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(motpd.PID(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if !motpd.ended(patience) {
			t.Fatal("it outlives SIGKILL")
		}
		if err := motpd.Stop(); err == nil {
			t.Error("a motpd that was killed is said to have lasted")
		}
		if err := os.Chmod(motpdFolder, 0o777); err != nil {
			t.Fatal(err)
		}
		if motpd, err := m.StartMotpd(); err == nil {
			t.Errorf("motpd serves in a folder of everybody's: %v", motpd.Stop())
		}
	})
}
