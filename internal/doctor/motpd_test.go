package doctor

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/ask"
)

// Whether motpd runs matters only where nobody else may judge; what it says of itself always.
func TestMotpd(t *testing.T) {
	running := ask.State{Version: "v1", PID: 7}
	for name, c := range map[string]struct {
		line     string // of sshd's service
		state    ask.State
		err      error
		what     string // found; empty for nothing
		severity Severity
		saw      string
	}{
		"away": {"", ask.State{}, ask.ErrAway, "", "", "does not run"},
		"away, and always": {" motpd=always", ask.State{}, ask.ErrAway,
			"motpd=always, and motpd does not run", Error, "does not run"},
		"running":        {"", running, nil, "", "", "process 7, for 7 services"},
		"running, never": {" motpd=never", running, nil, "", "", "for 6 services"},
		"running, another table": {" conf=/etc/other.conf", running, nil, "", "",
			"for 6 services"},
		"another version": {"", ask.State{Version: "v0"}, nil, "is of version v0", Warning,
			"version v0"},
		"no answer": {"", ask.State{}, errors.New("it sleeps"), "it sleeps", Warning, ""},
		"a long job": {"", ask.State{Version: "v1", Jobs: []ask.Job{{User: "bob", PID: 3,
			Service: "sshd", Since: noon.Add(-3 * time.Second)}}}, nil,
			"judging bob for 3s, for process 3", Warning, "version v1"},
		"a short job": {"", ask.State{Version: "v1", Jobs: []ask.Job{{User: "bob",
			Since: noon.Add(-time.Second)}}}, nil, "", "", "version v1"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPatient(t)
			p.change("/etc/pam.d/sshd", "pam_motp.so", "pam_motp.so"+c.line)
			p.System.Motpd = func() (*ask.State, error) { return &c.state, c.err }
			report := Look(p.Machine)
			found := report.Of("motpd")
			if c.what == "" && len(found) > 0 {
				t.Errorf("found %+v", found)
			}
			if c.what != "" && (len(found) != 1 || found[0].Severity != c.severity ||
				!strings.Contains(found[0].What, c.what)) {
				t.Errorf("found %+v, want a %s with %q", found, c.severity, c.what)
			}
			if saw := report.Saw("motpd"); !strings.Contains(saw, c.saw) ||
				c.saw == "" && saw != "" {
				t.Errorf("saw %q, want %q", saw, c.saw)
			}
		})
	}
}
