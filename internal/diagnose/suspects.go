package diagnose

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// A Suspect is a token that is not quite the one in the table, and what happened if the code comes
// from it.
type Suspect struct {
	Token motp.Token
	Story string // what is wrong, for people; never a digit of the secret or PIN

	// Offer asks whether to store this token instead. It is empty if the mistake is better
	// mended on the token.
	Offer string
}

// Find finds out what is wrong with a code that is none of the window's. The guesses are few enough
// that a code fits one by chance once in 700 times, and once in 300 with TOTP.
func Find(t motp.Token, code string, now time.Time, reach int64) (Suspect, bool) {
	if s, ok := findWrongTime(t, code, now, reach); ok {
		return s, true
	}
	all := oathSuspects(t)
	if t.Kind().TextSecret {
		all = suspects(t)
	}
	for s := range all {
		if _, ok := InWindow(s.Token, code, now, reach); ok {
			return s, true
		}
	}
	return Suspect{}, false
}

// findWrongTime finds out whether a token is right and its clock or counter is wrong. Of a code
// inside the window neither is.
func findWrongTime(t motp.Token, code string, now time.Time, reach int64) (Suspect, bool) {
	if _, inside := InWindow(t, code, now, reach); inside {
		return Suspect{}, false
	}
	s := Suspect{Token: t}
	if t.Kind().Counter {
		counter, ok := findCounter(t, code)
		s.Token.Counter = counter
		s.Story = "the token has made " + words.Count(counter-t.Counter, "code") +
			" since that were not used"
		s.Offer = "Keep this counter in the table?"
		return s, ok
	}
	offset, ok := findOffset(t, code, now)
	s.Token.Offset = offset
	switch {
	case !ok:
		return Suspect{}, false
	case offset == 0:
		s.Story = "the token's clock is right, and the offset in the table is not"
		s.Offer = "Keep no offset in the table?"
	default:
		s.Story = "the token's clock is " + words.AheadOrBehind(offset) +
			", or its time zone is wrong"
		s.Offer = "Keep this offset in the table, instead of mending the phone's clock?"
	}
	return s, true
}

// suspects yields the mistakes that people make with Mobile-OTP, the likely ones first.
func suspects(t motp.Token) iter.Seq[Suspect] {
	return func(yield func(Suspect) bool) {
		try := func(secret, pin, story, offer string) bool {
			if secret == t.Secret && pin == t.PIN {
				return true
			}
			s := Suspect{Token: t, Story: story, Offer: offer}
			s.Token.Secret, s.Token.PIN = secret, pin
			return yield(s)
		}
		const storeCase = "Keep the secret in these letters?"
		const otherWay = "the token is of a kind that puts PIN and secret together the " +
			"other way round, which Mobile-OTP does not"
		upper, lower := strings.ToUpper(t.Secret), strings.ToLower(t.Secret)
		_ = try(upper, t.PIN, "the token has the secret in upper-case letters",
			storeCase) &&
			try(lower, t.PIN, "the token has the secret in lower-case letters",
				storeCase) &&
			try(t.Secret, "", "the token was given no PIN", "") &&
			slips(t, func(secret, pin, story string) bool {
				return try(secret, pin,
					story, "")
			}) &&
			try(t.PIN, t.Secret, otherWay, "")
	}
}

// slips tries what slips of the fingers make of PIN and secret, until try says that it is enough.
func slips(t motp.Token, try func(secret, pin, story string) bool) (goOn bool) {
	const decimal, hex = "0123456789", "0123456789abcdef"
	for at, pin := range swapped(t.PIN) {
		const story = "in the PIN, the characters %d and %d are swapped on the token"
		if !try(t.Secret, pin, fmt.Sprintf(story, at+1, at+2)) {
			return false
		}
	}
	for at, pin := range mistyped(t.PIN, decimal) {
		const story = "in the PIN, character %d is another one on the token"
		if !try(t.Secret, pin, fmt.Sprintf(story, at+1)) {
			return false
		}
	}
	for at, secret := range swapped(t.Secret) {
		const story = "in the secret, the digits %d and %d are swapped on the token"
		if !try(secret, t.PIN, fmt.Sprintf(story, at+1, at+2)) {
			return false
		}
	}
	for at, secret := range mistyped(t.Secret, hex) {
		const story = "in the secret, digit %d is another one on the token"
		if !try(secret, t.PIN, fmt.Sprintf(story, at+1)) {
			return false
		}
	}
	return true
}

// swapped yields a text with two neighbors swapped, and the place of the first.
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
