package cli

import (
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// The time that is told is the very beginning of the first step that may be accepted.
func TestAcceptedFrom(t *testing.T) {
	now := time.Unix(1296121200, 0)
	for _, c := range []struct {
		name  string
		token motp.Token
		drift time.Duration
	}{
		{"Mobile-OTP", motp.Token{}, 0},
		{"an offset that is no number of steps", motp.Token{Offset: -time.Hour + 7*time.Second}, 0},
		{"a clock that was seen ahead", motp.Token{Offset: time.Hour}, 20 * time.Second},
		{"TOTP from another time", motp.Token{Type: motp.TOTP, Offset: -90 * time.Second, Period: 45 * time.Second, T0: 1000}, -45 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			shown := c.token
			shown.Offset += c.drift
			known := motp.TokenStatus{Used: true, Drift: c.drift, Lowest: shown.Step(now)}
			if from := acceptedFrom(c.token, known, now); !from.IsZero() {
				t.Errorf("the token's code is fresh, and from %v on accepted", from)
			}
			known.Lowest += 100
			from := acceptedFrom(c.token, known, now)
			if shown.Step(from) != known.Lowest || shown.Step(from.Add(-time.Second)) != known.Lowest-1 {
				t.Errorf("from %v on the step is %d, want %d", from, shown.Step(from), known.Lowest)
			}
		})
	}
	if from := acceptedFrom(motp.Token{}, motp.TokenStatus{Lowest: 1 << 40}, now); !from.IsZero() {
		t.Errorf("no code was used, and the first is accepted from %v on", from)
	}
	if from := acceptedFrom(motp.Token{Type: motp.HOTP}, motp.TokenStatus{Used: true, Lowest: 8}, now); !from.IsZero() {
		t.Errorf("a counter waits until %v", from)
	}
}
