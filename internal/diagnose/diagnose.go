// Package diagnose finds out why a code does not fit: a wrong clock or time zone, a counter that
// ran on, a PIN or secret that was mistyped, an app that knows one algorithm only. It tries out
// what commonly goes wrong, with package motp's arithmetic, and tells a story for people.
//
// The package must not know tables, records or terminals, and decides about no login: it is asked
// after the verdict. No story holds a digit of a secret or PIN.
package diagnose

import (
	"time"

	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/motp"
)

// A Reason is what a wrong answer seems to come from.
type Reason struct {
	Kind  ReasonKind
	Token motp.Token // of whose code it is one; not for Unknown
	Story string     // what happened; what to look at, if that is unknown
}

// A ReasonKind is how much is known of a wrong answer.
type ReasonKind int

// The kinds of reasons. The zero value says that the answer is no code of any token.
const (
	NoCode     ReasonKind = iota
	Unknown               // nothing of what commonly goes wrong
	Likely                // it seems so
	Clock                 // it seems so, and another offset or counter mends it
	MissingPIN            // the code is right, but the PIN is missing before it
)

// Answer finds out what a wrong answer may come from. A missing PIN comes first, of whichever
// token: there is no chance in it, as there is in a search of hours. The tokens' counters must be
// those of their next codes.
func Answer(p motp.Policy, tokens []motp.Token, typed string, now time.Time) Reason {
	if r := WithoutPIN(p, tokens, typed, now); r.Kind == MissingPIN {
		return r
	}
	return Code(p, tokens, typed, now)
}

// Code finds out what a wrong code may come from, the PIN before it aside.
func Code(p motp.Policy, tokens []motp.Token, typed string, now time.Time) Reason {
	var found Reason
	for _, t := range tokens {
		code, ok := codeformat.Read(t, typed)
		if !ok {
			continue
		}
		if found.Kind == NoCode {
			found = Reason{Kind: Unknown, Story: Advice(t)}
		}
		s, ok := Find(t, code, now, p.Reach(t))
		switch {
		case ok && (s.Token.Offset != t.Offset || s.Token.Counter != t.Counter):
			return Reason{Clock, t, s.Story}
		case ok:
			return Reason{Likely, t, s.Story}
		}
	}
	return found
}

// WithoutPIN tells of a code that would be right behind its PIN.
func WithoutPIN(p motp.Policy, tokens []motp.Token, typed string, now time.Time) Reason {
	for _, t := range tokens {
		if t.Kind().PINInCode || t.PIN == "" {
			continue
		}
		t.PIN = ""
		if _, ok := InWindow(t, typed, now, p.Reach(t)); ok {
			return Reason{Kind: MissingPIN, Token: t}
		}
	}
	return Reason{}
}

// InWindow finds a code in the window, and how many steps from where it should be.
func InWindow(t motp.Token, code string, now time.Time, reach int64) (steps int64, ok bool) {
	middle := t.Step(now)
	from := middle - reach
	if t.Kind().Counter {
		from = middle
	}
	for _, step := range t.Match(codeformat.Answer(t, code), from, middle+reach) {
		if n := step - middle; !ok || max(n, -n) < max(steps, -steps) {
			steps, ok = n, true
		}
	}
	return steps, ok
}

// Advice is what to look at where a code is wrong and nothing more is known.
func Advice(t motp.Token) string {
	switch kind := t.Kind(); {
	case kind.Counter:
		return "compare the secret on the token"
	case kind.PINInCode:
		return "compare secret, PIN, date, time and time zone on the token"
	default:
		return "compare secret, date, time and time zone on the token"
	}
}
