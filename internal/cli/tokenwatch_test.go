package cli

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Where nobody looks at a terminal, each code is one line, and the watch sleeps from one to the next.
func TestWatchToken(t *testing.T) {
	now := time.Unix(1296121203, 400_000_000)
	var out strings.Builder
	var pauses []time.Duration
	a := &app{out: &out, now: func() time.Time { return now }}
	token := motp.Token{Secret: "0123456789abcdef", PIN: "6666"}
	err := a.watchToken(token, func(d time.Duration) bool {
		pauses = append(pauses, d)
		now = now.Add(d)
		if len(pauses) == 2 {
			now = now.Add(-time.Second) // woken too early
		}
		return len(pauses) < 4
	})
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for step := int64(129612120); step < 129612123; step++ {
		want.WriteString(token.CodeAt(step) + "\n")
	}
	if out.String() != want.String() {
		t.Errorf("shown:\n%swant:\n%s", out.String(), want.String())
	}
	if want := []time.Duration{6600 * time.Millisecond, 10 * time.Second, time.Second, 10 * time.Second}; !slices.Equal(pauses, want) {
		t.Errorf("waited %v, want %v", pauses, want)
	}
}

func TestSecondsLeft(t *testing.T) {
	for _, c := range []struct {
		of   motp.Type
		now  int64
		want int
	}{{motp.MobileOTP, 1296121200, 10}, {motp.MobileOTP, 1296121201, 9}, {motp.MobileOTP, 1296121209, 1}, {motp.TOTP, 1296121209, 21}} {
		if got := secondsLeft(motp.Token{Type: c.of}, time.Unix(c.now, 0)); got != c.want {
			t.Errorf("at %d: %d, want %d", c.now, got, c.want)
		}
	}
}
