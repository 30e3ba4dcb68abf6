package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/doctor"
)

func TestMotpdStatus(t *testing.T) {
	for served, want := range map[int64]string{1: "1 request", 2: "2 requests"} {
		var out strings.Builder
		a := &app{console: console{out: &out}, now: time.Now}
		a.printMotpd(&ask.State{Served: served})
		if !strings.Contains(out.String(), "  served      "+want+"\n") {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// A motpd that says nothing is started, or started anew, by whatever manages services.
func TestUnanswered(t *testing.T) {
	timeout := fmt.Errorf("%w: %w", ask.ErrSilent, errors.New("reset"))
	for _, c := range []struct {
		err     error
		systemd bool
		want    string
	}{
		{ask.ErrAway, true, "motpd does not run here: as root, systemctl enable --now"},
		{ask.ErrAway, false, "motpd does not run here: as root, at each start"},
		{timeout, true, "motpd does not answer: reset: as root, systemctl restart motpd"},
		{ask.ErrSilent, false, "motpd does not answer: as root, end motpd"},
		{errors.New("locked"), true, "locked"},
	} {
		got := unanswered(c.err, doctor.Manager{Systemd: c.systemd})
		if !errors.Is(got, c.err) || !strings.HasPrefix(got.Error(), c.want) {
			t.Errorf("%v, want %q", got, c.want)
		}
	}
	if unanswered(nil, doctor.Manager{}) != nil {
		t.Error("no error is one")
	}
}
