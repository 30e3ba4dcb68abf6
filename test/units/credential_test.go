package units

import (
	"os"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
)

// TestSealedByCredential: with a key that is a credential of systemd's, motpd lets people in,
// root's command knows everybody, and a worker, which cannot open, refuses.
func TestSealedByCredential(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		p := m.crowd(t, 1)[0]
		const never = "motp-never"
		must(t, os.WriteFile("/etc/pam.d/"+never,
			[]byte("auth required pam_motp.so nodelay motpd=never\n"), 0o644))
		m.do(t, "motp", "seal", "--new-key")
		m.byMotpd(t, p)
		must(t, login(t, never, p.Name, p.NewCode()))

		m.do(t, "motp", "seal", "--print-key", printedKey)
		// systemd hands credentials over by a mount, as where it has booted by itself
		m.do(t, "mount", "--make-rshared", "/run")
		m.moveKey(t, "host")
		m.byMotpd(t, p)
		if err := login(t, never, p.Name, p.NewCode()); err != pam.ErrAuthinfoUnavail {
			t.Errorf("a worker without the key: %v", err)
		}
		if said := m.do(t, "motp", "list"); strings.Contains(said, "broken") {
			t.Errorf("root's command cannot open:\n%s", said)
		}
		if said := m.do(t, "motp", "seal"); !strings.Contains(said, "sealed already") {
			t.Errorf("motp seal: %s", said)
		}

		must(t, os.Remove(dropIn))
		m.reload(t)
		if err := login(t, always, p.Name, p.NewCode()); err != pam.ErrAuthinfoUnavail {
			t.Errorf("motpd without its credential: %v", err)
		}
	})
}

// do runs a program on the machine and returns what it says.
func (m *machine) do(t *testing.T, program string, arguments ...string) string {
	t.Helper()
	out, err := m.inside(program, arguments...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", program, arguments, err, out)
	}
	return string(out)
}
