package cli

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// A suspect is a token that is not quite the one in the table, and what happened if the code comes from it.
type suspect struct {
	token motp.Token
	story string // what is wrong, for people; never a digit of the secret or PIN

	// offer asks whether to store this token instead. It is empty if the mistake is better mended on the token.
	offer string
}

// findSuspect finds out what is wrong with a code that is none of the window's. The guesses are few enough that a code fits one by chance once in 700
// times, and once in 300 with TOTP.
func findSuspect(t motp.Token, code string, now time.Time, reach int64) (suspect, bool) {
	if s, ok := findWrongTime(t, code, now, reach); ok {
		return s, true
	}
	all := suspects(t)
	if t.Type != motp.MobileOTP {
		all = oathSuspects(t)
	}
	for s := range all {
		if _, ok := findCode(s.token, code, now, reach); ok {
			return s, true
		}
	}
	return suspect{}, false
}

// findWrongTime finds out whether a token is right and its clock or counter is wrong. Of a code inside the window neither is.
func findWrongTime(t motp.Token, code string, now time.Time, reach int64) (suspect, bool) {
	if _, inside := findCode(t, code, now, reach); inside {
		return suspect{}, false
	}
	s := suspect{token: t}
	if t.Type == motp.HOTP {
		counter, ok := findCounter(t, code)
		s.token.Counter = counter
		s.story = "the token has made " + words.Count(counter-t.Counter, "code") + " since that were not used"
		s.offer = "Keep this counter in the table?"
		return s, ok
	}
	offset, ok := findOffset(t, code, now)
	s.token.Offset = offset
	switch {
	case !ok:
		return suspect{}, false
	case offset == 0:
		s.story = "the token's clock is right, and the offset in the table is not"
		s.offer = "Keep no offset in the table?"
	default:
		s.story = "the token's clock is " + words.AheadOrBehind(offset) + ", or its time zone is wrong"
		s.offer = "Keep this offset in the table, instead of mending the phone's clock?"
	}
	return s, true
}

// findCode finds a code in the window, and how many steps from where it should be.
func findCode(t motp.Token, code string, now time.Time, reach int64) (steps int64, ok bool) {
	center := t.Step(now)
	for n := int64(0); n <= reach; n++ {
		if t.CodeAt(center+n) == code {
			return n, true
		}
		if t.Type != motp.HOTP && t.CodeAt(center-n) == code {
			return -n, true
		}
	}
	return 0, false
}

// suspects yields the mistakes that people make with Mobile-OTP, the likely ones first.
func suspects(t motp.Token) iter.Seq[suspect] {
	return func(yield func(suspect) bool) {
		try := func(secret, pin, story, offer string) bool {
			if secret == t.Secret && pin == t.PIN {
				return true
			}
			s := suspect{token: t, story: story, offer: offer}
			s.token.Secret, s.token.PIN = secret, pin
			return yield(s)
		}
		const storeCase = "Keep the secret in these letters?"
		if !try(strings.ToUpper(t.Secret), t.PIN, "the token has the secret in upper-case letters", storeCase) ||
			!try(strings.ToLower(t.Secret), t.PIN, "the token has the secret in lower-case letters", storeCase) ||
			!try(t.Secret, "", "the token was given no PIN", "") {
			return
		}
		for at, pin := range swapped(t.PIN) {
			if !try(t.Secret, pin, fmt.Sprintf("in the PIN, the characters %d and %d are swapped on the token", at+1, at+2), "") {
				return
			}
		}
		for at, pin := range mistyped(t.PIN, "0123456789") {
			if !try(t.Secret, pin, fmt.Sprintf("in the PIN, character %d is another one on the token", at+1), "") {
				return
			}
		}
		for at, secret := range swapped(t.Secret) {
			if !try(secret, t.PIN, fmt.Sprintf("in the secret, the digits %d and %d are swapped on the token", at+1, at+2), "") {
				return
			}
		}
		for at, secret := range mistyped(t.Secret, "0123456789abcdef") {
			if !try(secret, t.PIN, fmt.Sprintf("in the secret, digit %d is another one on the token", at+1), "") {
				return
			}
		}
		try(t.PIN, t.Secret, "the token is of a kind that puts PIN and secret together the other way round, which Mobile-OTP does not", "")
	}
}

// swapped yields a text with two neighbours swapped, and the place of the first.
func swapped(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := range len(s) - 1 {
			b := []byte(s)
			b[i], b[i+1] = b[i+1], b[i]
			if !yield(i, string(b)) {
				return
			}
		}
	}
}

// mistyped yields a text with one character replaced, and its place.
func mistyped(s, alphabet string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i := range len(s) {
			for _, c := range []byte(alphabet) {
				b := []byte(s)
				b[i] = c
				if !yield(i, string(b)) {
					return
				}
			}
		}
	}
}
