package cli

import (
	"slices"

	"github.com/pam-motp/pam-motp/internal/shown"
)

// warnOfPaper says that a user's paper codes are good for nothing at this time, as they are and
// with a token that is to come: they stand behind the first PIN of the user's, and nobody knows
// that of a token that is still to be set up. Whoever has paper codes may count on them for this
// very day.
func (a *app) warnOfPaper(name string, coming ...tokenStatus) {
	s, err := a.find(name)
	if err != nil || s.Paper == nil && len(coming) > 0 {
		return
	}
	for _, c := range coming {
		there := func(t tokenStatus) bool { return t.Name == c.Name }
		if !slices.ContainsFunc(s.Tokens, there) {
			s.Tokens = append(s.Tokens, c)
		}
	}
	for _, t := range s.Tokens {
		if !t.PIN {
			continue
		}
		if !t.admits() {
			a.warn("the paper codes of %s are good for nothing until %s is set up: "+
				"its PIN stands before them, and nobody has chosen it yet",
				shown.Name(name), shown.Token(name, t.Name))
		}
		return
	}
}
