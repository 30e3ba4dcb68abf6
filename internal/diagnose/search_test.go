package diagnose

import (
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

func TestOffsetsToTry(t *testing.T) {
	const farthest = int64((FarthestZone + nearZone) / motp.StepLength)
	seen := make(map[int64]int)
	place := 0
	for n := range offsetsToTry(motp.StepLength) {
		if _, twice := seen[n]; twice {
			t.Errorf("%d is tried twice", n)
		}
		seen[n] = place
		place++
	}
	for n := -farthest; n <= farthest; n++ {
		if _, ok := seen[n]; !ok {
			t.Errorf("%d is never tried", n)
		}
	}
	if want := int(2*farthest + 1); len(seen) != want {
		t.Errorf("%d are tried, want %d", len(seen), want)
	}
	// the nearest zone first, whole zones before all else
	for _, pair := range [][2]int64{{0, 1}, {18, 90}, {90, 180}, {-90, 180}, {360 +
		18, 45}, {-5040, 45}, {45, 135}} {
		if seen[pair[0]] > seen[pair[1]] {
			t.Errorf("%d is tried after %d", pair[0], pair[1])
		}
	}
}

func TestFindOffset(t *testing.T) {
	now := time.Unix(1296121200, 0)
	// which is to be left aside
	token := motp.Token{Secret: "0123456789abcdef", PIN: "6666", Offset: 7 * time.Minute}
	for _, off := range []time.Duration{
		0, 10 * time.Second, -3 * time.Minute, time.Hour, time.Hour +
			20*time.Second, -time.Hour, 5*time.Hour +
			30*time.Minute, -9*time.Hour - 30*time.Minute,
		5*time.Hour + 45*time.Minute - 170*time.Second, 7*time.Minute +
			30*time.Second, 13*time.Hour + 52*time.Minute +
			30*time.Second, 14*time.Hour + 3*time.Minute, -14*time.Hour - 3*time.Minute,
	} {
		phone := token
		phone.Offset = off
		code := phone.Code(now)
		if got, ok := findOffset(token, code, now); !ok || got != off {
			t.Errorf("one code of a phone that is %v off: %v, %v", off, got, ok)
		}
		const step = 10 * time.Second
		for _, before := range []time.Duration{step, 2 * step, 3 * time.Minute} {
			if got, ok := OffsetOfTwo(token, phone.Code(now.Add(-before)), code,
				now); !ok || got != off {
				t.Errorf("two codes %v apart of a phone that is %v off: %v, %v",
					before, off, got, ok)
			}
		}
		if got, ok := OffsetOfTwo(token, phone.Code(now.Add(-190*time.Second)), code,
			now); ok {
			t.Errorf("two codes far apart: %v", got)
		}
	}
	far := token
	far.Offset = 14*time.Hour + 3*time.Minute + 10*time.Second
	if got, ok := findOffset(token, far.Code(now), now); ok {
		t.Errorf("a phone that is too far off: %v", got)
	}
}

func TestFindSuspect(t *testing.T) {
	now := time.Unix(1296121200, 0)
	token := motp.Token{Secret: "01a3456789abcdef", PIN: "1234", Offset: -time.Hour}
	tests := []struct {
		secret, pin string
		late        time.Duration
		story       string
		offered     bool
	}{
		{"01A3456789ABCDEF", "1234", 0, "the token has the secret in upper-case letters",
			true},
		{"01A3456789ABCDEF", "1234",
			3 * time.Minute, "the token has the secret in upper-case letters", true},
		{"01a3456789abcdef", "", 0, "the token was given no PIN", false},
		{"01a3456789abcdef", "2134",
			0, "in the PIN, the characters 1 and 2 are swapped on the token", false},
		{"01a3456789abcdef", "1243",
			-3 * time.Minute, "in the PIN, the characters 3 and 4 are swapped on the " +
				"token", false},
		{"01a3456789abcdef", "1934",
			0, "in the PIN, character 2 is another one on the token", false},
		{"10a3456789abcdef", "1234",
			0, "in the secret, the digits 1 and 2 are swapped on the token", false},
		{"01a3456789abcde0", "1234",
			0, "in the secret, digit 16 is another one on the token", false},
		{"1234", "01a3456789abcdef",
			0, "the token is of a kind that puts PIN and secret together the other " +
				"way round, which Mobile-OTP does not", false},
		{"01a3456789abcdef", "1234",
			3*time.Hour + time.Hour, "the token's clock is 3 h ahead, or its time " +
				"zone is wrong", true},
	}
	for _, c := range tests {
		t.Run(c.story, func(t *testing.T) {
			phone := motp.Token{Secret: c.secret, PIN: c.pin, Offset: token.Offset +
				c.late}
			s, ok := Find(token, phone.Code(now), now, 18)
			if !ok || s.Story != c.story {
				t.Fatalf("got %q, %v", s.Story, ok)
			}
			if (s.Offer != "") != c.offered {
				t.Errorf("offered %q", s.Offer)
			}
			if s.Token.Secret != c.secret || s.Token.PIN != c.pin {
				t.Error("the token is another one")
			}
			if _, ok := InWindow(s.Token, phone.Code(now), now, 18); !ok {
				t.Error("the code does not fit the token")
			}
		})
	}
	if s, ok := Find(token, "000000", now, 18); ok {
		t.Errorf("a code from nowhere: %s", s.Story)
	}
	upper := motp.Token{Secret: "01A3", PIN: "1234"}
	lower := motp.Token{Secret: "01a3", PIN: "1234"}
	if s, ok := Find(upper, lower.Code(now), now, 0); !ok || s.Story != "the token has the "+
		"secret in lower-case letters" {
		t.Errorf("a secret that is upper-case in the table: %q, %v", s.Story, ok)
	}
}

// A code that is inside the window is not wrong by its time.
func TestFindWrongTimeInsideTheWindow(t *testing.T) {
	now := time.Unix(1296121200, 0)
	totp := motp.Token{Type: motp.TOTP, Secret: "12345678901234567890", Offset: time.Hour}
	for _, c := range []struct {
		name  string
		token motp.Token
		code  string
		story string
	}{
		{"where it should be", totp, totp.CodeAt(totp.Step(now)), ""},
		{"one step behind", totp, totp.CodeAt(totp.Step(now) - 1), ""},
		{"one step beyond the window",
			totp, totp.CodeAt(totp.Step(now) + 2), "the token's clock is 1 h 01 m " +
				"ahead, or its time zone is wrong"},
		{"no offset",
			totp, totp.CodeAt(totp.Step(now) - 120), "the token's clock is right, " +
				"and the offset in the table is not"},
		{"the next counter",
			motp.Token{Type: motp.HOTP, Secret: totp.Secret, Counter: 7}, "162583", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if s, ok := findWrongTime(c.token, c.code, now, 1); ok != (c.story != "") ||
				ok && s.Story != c.story {
				t.Errorf("%q, %v; want %q", s.Story, ok, c.story)
			}
		})
	}
}
