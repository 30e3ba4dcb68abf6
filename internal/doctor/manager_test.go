package doctor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/ask"
)

// Where systemd does not run, no remedy asks for it.
func TestWithoutSystemd(t *testing.T) {
	t.Parallel()
	const unit = "/etc/systemd/system/ssh.service"
	for name, cause := range map[string]func(p *patient){
		"motpd away": func(p *patient) {
			p.System.Motpd = func() (*ask.State, error) { return nil, ask.ErrAway }
			p.change("/etc/pam.d/sshd", "pam_motp.so", "pam_motp.so motpd=always")
		},
		"motpd silent": func(p *patient) {
			p.System.Motpd = func() (*ask.State, error) { return nil, ask.ErrSilent }
		},
		"an old motpd": func(p *patient) {
			p.System.Motpd = func() (*ask.State, error) {
				return &ask.State{Version: "v0"}, nil
			}
		},
		"the clock": func(p *patient) {
			p.System.ClockSynchronized = func() (bool, error) { return false, nil }
		},
		"an old clock": func(p *patient) { p.Now = time.Unix(0, 0).UTC() },
		"the module": func(p *patient) {
			p.System.LoadModule = func(string) error { return errors.New("no") }
		},
		"sshd": func(p *patient) {
			prints("kbdinteractiveauthentication yes",
				"kbdinteractiveauthentication no", "passwordauthentication no",
				"passwordauthentication yes")(p)
			twoQuestions(p)
		},
		"a unit": func(p *patient) {
			p.file(unit, "[Service]\nExecStart=/usr/sbin/sshd\n"+
				"InaccessiblePaths=/var/lib/motp\n", 0o644)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			cause(p)
			if !strings.Contains(mends(p), "ctl ") {
				t.Errorf("with systemd: %s", mends(p))
			}
			p.System.Systemd = func() bool { return false }
			if strings.Contains(mends(p), "ctl ") {
				t.Errorf("without: %s", mends(p))
			}
			if mends(p) == "" {
				t.Error("nothing mends it")
			}
		})
	}
}

// mends are all remedies.
func mends(p *patient) string {
	var all []string
	for _, f := range Look(p.Machine).Findings {
		if f.Mend != "" {
			all = append(all, f.Mend)
		}
	}
	return strings.Join(all, "\n")
}

// sshd's unit has the name that the distribution gives it.
func TestReloadSSHD(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":             "systemctl reload ssh",
		"ssh.service":  "systemctl reload ssh",
		"sshd.service": "systemctl reload sshd",
	} {
		p := newPatient(t)
		if name != "" {
			p.file("/usr/lib/systemd/system/"+name, "[Service]\n", 0o644)
		}
		if got := (Manager{Systemd: true, Root: p.Root}).ReloadSSHD(); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}
