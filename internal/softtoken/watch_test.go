package softtoken

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Where nobody looks at a terminal, each code is one line, and the watch sleeps from one to the
// next.
func TestWatch(t *testing.T) {
	now := time.Unix(1296121203, 400_000_000)
	var out strings.Builder
	var pauses []time.Duration
	clock := func() time.Time { return now }
	token := motp.Token{Secret: "0123456789abcdef", PIN: "6666"}
	err := Watch(&out, token, false, clock, func(d time.Duration) bool {
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
	const whole = 10 * time.Second
	rests := []time.Duration{6600 * time.Millisecond, whole, time.Second, whole}
	if !slices.Equal(pauses, rests) {
		t.Errorf("waited %v, want %v", pauses, rests)
	}
}

// A code is shown until the token's own clock has come to the next step.
func TestShownFor(t *testing.T) {
	mobile, totp := motp.Token{}, motp.Token{Type: motp.TOTP}
	ahead, later := mobile, totp
	ahead.Offset, later.T0 = 3*time.Second, 7
	for _, c := range []struct {
		token motp.Token
		now   int64
		want  int
	}{
		{mobile, 1296121200, 10}, {mobile, 1296121201, 9}, {mobile, 1296121209, 1},
		{totp, 1296121209, 21}, {ahead, 1296121201, 6}, {later, 1296121209, 28},
	} {
		if got := ShownFor(c.token, time.Unix(c.now, 0)); got != c.want {
			t.Errorf("%+v, at %d: %d, want %d", c.token, c.now, got, c.want)
		}
	}
}
