package cli

import (
	"fmt"
	"iter"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// farCounters is how many HOTP codes may have been made and not used, to be found at all.
const farCounters = 1000

// oathSuspects yields what goes wrong with TOTP and HOTP. Most is the doing of apps that know one algorithm, number of digits or period only, and say nothing.
func oathSuspects(t motp.Token) iter.Seq[suspect] {
	return func(yield func(suspect) bool) {
		for _, algorithm := range []motp.Algorithm{motp.SHA1, motp.SHA256, motp.SHA512} {
			s := suspect{token: t, story: fmt.Sprintf("the token makes its codes with %v, not with %v", algorithm, t.Algorithm), offer: fmt.Sprintf("Keep %v in the table?", algorithm)}
			s.token.Algorithm = algorithm
			if algorithm != t.Algorithm && !yield(s) {
				return
			}
		}
		if t.Type == motp.TOTP {
			for _, period := range []time.Duration{30 * time.Second, time.Minute} {
				s := suspect{token: t, story: fmt.Sprintf("the token shows a new code every %s, not every %s", words.Duration(period), words.Duration(t.StepLength())),
					offer: fmt.Sprintf("Keep %s in the table?", words.Duration(period))}
				s.token.Period = period
				if period != t.StepLength() && !yield(s) {
					return
				}
			}
		}
		s := suspect{token: t, story: "the token takes the letters of the secret for the key itself: it was typed in as text, not as base32"}
		s.token.Secret = conf.EncodeKey([]byte(t.Secret))
		yield(s)
	}
}

// findCounter finds a HOTP code that is beyond the window.
func findCounter(t motp.Token, code string) (counter int64, ok bool) {
	for n := int64(0); n <= farCounters; n++ {
		if t.CodeAt(t.Counter+n) == code {
			return t.Counter + n, true
		}
	}
	return 0, false
}

// findCounterOfTwo finds the counter of the second of two HOTP codes in a row. Two codes leave so little room for chance that all may be searched.
func findCounterOfTwo(t motp.Token, first, second string) (counter int64, ok bool) {
	const all = 100_000
	last := t.CodeAt(0)
	for n := int64(1); n <= all; n++ {
		next := t.CodeAt(n)
		if last == first && next == second {
			return n, true
		}
		last = next
	}
	return 0, false
}
