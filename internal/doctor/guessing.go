package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/odds"
	"github.com/pam-motp/pam-motp/motp"
)

// A target is what is guessed at alike: users of one table with the same odds.
type target struct {
	table   string
	entry   conf.Entry // of the worst of them
	names   []string   // of the first few
	users   int
	odds    float64
	guesses int
	limits  limits
}

// Of a large table the worst are named, and the others counted.
const (
	targetsTold = 5
	namesTold   = 5
)

// guessedAt notes how likely each user of a table is guessed at with success.
func (v *visit) guessedAt(path string, table motp.Policy, entries []conf.Entry) {
	limits := v.limitsOf(path, table)
	attacks := limits.attacks()
	groups := map[string]*target{}
	for _, e := range entries {
		if e.Err != nil || e.User.Disabled {
			continue
		}
		p, guesses := worst(attacks, e.User)
		key := odds.Words(p)
		g := groups[key]
		if g == nil {
			g = &target{table: path, limits: limits}
			groups[key] = g
		}
		if p > g.odds {
			g.entry, g.odds, g.guesses = e, p, guesses
		}
		if g.users++; g.users <= namesTold {
			g.names = append(g.names, show(e.User.Name))
		}
	}
	for _, g := range groups {
		v.targets = append(v.targets, *g)
	}
}

// guessing tells the odds of those who guess, and warns where they are too good.
func (v *visit) guessing() string {
	slices.SortFunc(v.targets, func(a, b target) int {
		if c := cmp.Compare(b.odds, a.odds); c != 0 {
			return c
		}
		return strings.Compare(a.table, b.table)
	})
	var saw []string
	others := 0
	for i, g := range v.targets {
		if i >= targetsTold {
			others += g.users
			continue
		}
		saw = append(saw, odds.Words(g.odds)+" for "+g.who())
		if g.odds > odds.Limit {
			v.guessable(g)
		}
	}
	if saw == nil {
		return ""
	}
	told := "odds in a year: " + strings.Join(saw, "; ")
	if others > 0 {
		told += "; less for " + count(others, "other")
	}
	return told
}

func (v *visit) guessable(g target) {
	file, line := g.table, 0
	if g.users == 1 {
		file, line = g.entry.File, g.entry.Line
	}
	if pinBefore(g.entry.User.Tokens) {
		knows := " and knows the PIN"
		v.warnAt(file, line, g.what(knows), g.mend())
		return
	}
	v.warnAt(file, line, g.what(""), g.mend())
}

func (g target) what(knows string) string {
	return fmt.Sprintf("%s: whoever guesses without pause%s gets in within a year with odds "+
		"of %s, by %s guesses", g.who(), knows, odds.Words(g.odds),
		odds.Grouped(int64(g.guesses)))
}

func (g target) who() string {
	if more := g.users - len(g.names); more > 0 {
		names := strings.Join(g.names, ", ")
		return fmt.Sprintf("%s and %s more", names, odds.Grouped(int64(more)))
	}
	return enumerate(g.names)
}

// pinBefore says whether each of the tokens has a PIN that is typed before the code.
func pinBefore(tokens []motp.Token) bool {
	return !slices.ContainsFunc(tokens, func(t motp.Token) bool {
		return t.Kind().PINInCode || t.PIN == ""
	})
}
