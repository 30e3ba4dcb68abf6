package doctor

import (
	"slices"

	"github.com/pam-motp/pam-motp/internal/odds"
	"github.com/pam-motp/pam-motp/motp"
)

// limits are the policies under which the codes of one table are judged, one for each line that
// names it, and who set them.
type limits struct {
	policies        []motp.Policy
	lineHasWindow   bool // maxdiff= on a line
	lineHasFailures bool // maxtries= on a line
}

func (v *visit) limitsOf(path string, table motp.Policy) limits {
	var all limits
	for _, s := range v.services {
		for _, l := range s.lines {
			if l.says.Conf != path {
				continue
			}
			all.policies = append(all.policies, l.says.Over(table))
			all.lineHasWindow = all.lineHasWindow || l.says.Window >= 0
			all.lineHasFailures = all.lineHasFailures || l.says.MaxFailures > 0
		}
	}
	if all.policies == nil {
		all.policies = []motp.Policy{table}
	}
	return all
}

// attacks are what can be done through each of the lines. They share the failures, so the highest
// limit is in force for whoever guesses.
func (l limits) attacks() []odds.Attack {
	most := 0
	for _, p := range l.policies {
		most = max(most, p.MaxFailures)
	}
	var attacks []odds.Attack
	var seen []motp.Policy
	for _, p := range l.policies {
		if p.MaxFailures = most; !slices.Contains(seen, p) {
			attacks = append(attacks, odds.WithoutPause(p, odds.Year))
			seen = append(seen, p)
		}
	}
	return attacks
}

// worst is the best that an attack can come to.
func worst(attacks []odds.Attack, u motp.User) (p float64, guesses int) {
	for _, a := range attacks {
		p, guesses = max(p, a.Success(u)), max(guesses, a.Guesses)
	}
	return p, guesses
}
