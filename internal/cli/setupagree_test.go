package cli

import (
	"testing"

	"github.com/pam-motp/pam-motp/internal/doctor"
)

// --yes agrees to what is unwise, and to nothing that keeps somebody out.
func TestLockOuts(t *testing.T) {
	for name, c := range map[string]struct {
		severity doctor.Severity
		check    string
		want     int
	}{
		"an error":                    {doctor.Error, "clock", 1},
		"a warning":                   {doctor.Warning, "sshd", 0},
		"people who cannot log in":    {doctor.Warning, "accounts", 1},
		"people who may be meant out": {doctor.Note, "accounts", 0},
	} {
		found := []doctor.Finding{{Severity: c.severity, Check: c.check}}
		if got := lockOuts(found); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
