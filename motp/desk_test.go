package motp

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// The time that is told is the very beginning of the first step that may be accepted.
func TestAcceptedFrom(t *testing.T) {
	now := time.Unix(1296121200, 0)
	for _, c := range []struct {
		name  string
		token Token
		drift time.Duration
	}{
		{"Mobile-OTP", Token{}, 0},
		{"an offset that is no number of steps",
			Token{Offset: -time.Hour + 7*time.Second}, 0},
		{"a clock that was seen ahead", Token{Offset: time.Hour}, 20 * time.Second},
		{"TOTP from another time", Token{Type: TOTP, Offset: -90 * time.Second,
			Period: 45 * time.Second, T0: 1000}, -45 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			shown := c.token
			shown.Offset += c.drift
			known := TokenStatus{Used: true, Drift: c.drift, Lowest: shown.Step(now)}
			if from := known.AcceptedFrom(c.token, now); !from.IsZero() {
				t.Errorf("the token's code is fresh, and from %v on accepted", from)
			}
			known.Lowest += 100
			from := known.AcceptedFrom(c.token, now)
			if shown.Step(from) != known.Lowest ||
				shown.Step(from.Add(-time.Second)) != known.Lowest-1 {
				t.Errorf("from %v on the step is %d, want %d", from,
					shown.Step(from), known.Lowest)
			}
		})
	}
	if from := (TokenStatus{Lowest: 1 << 40}).AcceptedFrom(Token{}, now); !from.IsZero() {
		t.Errorf("no code was used, and the first is accepted from %v on", from)
	}
	if from := (TokenStatus{Used: true, Lowest: 8}).AcceptedFrom(Token{Type: HOTP},
		now); !from.IsZero() {
		t.Errorf("a counter waits until %v", from)
	}
}

// Of what was typed the steps are told that an attempt would find.
func TestMatch(t *testing.T) {
	mobile := Token{Secret: "0123456789abcdef", PIN: "6666"}
	totp := Token{Type: TOTP, Secret: "12345678901234567890", PIN: "12ab"}
	hotp := Token{Type: HOTP, Secret: "12345678901234567890"}
	for _, c := range []struct {
		token Token
		typed string
		from  int64
		want  int64 // -1 for none
	}{
		{mobile, mobile.CodeAt(1000), 990, 1000},
		{mobile, " " + strings.ToUpper(mobile.CodeAt(1000)), 990, 1000},
		{mobile, mobile.CodeAt(989), 990, -1},
		{mobile, mobile.CodeAt(1011), 990, -1},
		{totp, totp.Answer(1000), 990, 1000},
		{totp, totp.CodeAt(1000), 990, -1}, // the PIN is missing
		{hotp, hotp.CodeAt(5), 0, 5},
		{Token{Type: 99}, "000000", 0, -1},
	} {
		got := c.token.Match(c.typed, c.from, c.from+20)
		if c.want < 0 && len(got) > 0 ||
			c.want >= 0 && !slices.Equal(got, []int64{c.want}) {
			t.Errorf("%v, %q: steps %v, want %d", c.token, c.typed, got, c.want)
		}
	}
}

// A counter is the table's, until the record knows a later one.
func TestNextCounter(t *testing.T) {
	for _, c := range []struct {
		known TokenStatus
		want  int64
	}{{TokenStatus{}, 7}, {TokenStatus{LastStep: 9}, 7},
		{TokenStatus{Used: true, LastStep: 9}, 10},
		{TokenStatus{Used: true, LastStep: 3}, 7}} {
		if got := c.known.Next(Token{Type: HOTP, Counter: 7}); got != c.want {
			t.Errorf("%+v: %d, want %d", c.known, got, c.want)
		}
	}
}
