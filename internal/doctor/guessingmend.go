package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/odds"
	"github.com/pam-motp/pam-motp/motp"
)

// A remedy makes guessing harder.
type remedy struct {
	words  string
	policy func(p *motp.Policy) // nil for none
	user   func(u *motp.User)   // nil for none; the tokens are a copy
}

// mend names what brings the odds below the limit: what does so alone, else what does together.
func (g target) mend() string {
	below := "below " + odds.Words(odds.Limit)
	var alone, words []string
	var together []remedy
	for _, setting := range g.remedies() {
		enough := slices.IndexFunc(setting, func(r remedy) bool {
			return g.with(r) <= odds.Limit
		})
		if enough >= 0 {
			alone = append(alone, setting[enough].words)
		}
		if last := len(setting) - 1; last >= 0 && g.with(together...) > odds.Limit {
			together = append(together, setting[last])
			words = append(words, setting[last].words)
		}
	}
	switch len(alone) {
	case 0:
		return "these together bring it " + below + ": " + enumerate(words)
	case 1:
		return alone[0] + " brings it " + below
	}
	return "one of these brings it " + below + ": " + strings.Join(alone, ", ")
}

// with is what the odds are with remedies.
func (g target) with(remedies ...remedy) float64 {
	changed := limits{policies: slices.Clone(g.limits.policies)}
	u := g.entry.User
	u.Tokens = slices.Clone(u.Tokens)
	for _, r := range remedies {
		if r.user != nil {
			r.user(&u)
		}
		for i := range changed.policies {
			if r.policy != nil {
				r.policy(&changed.policies[i])
			}
		}
	}
	p, _ := worst(changed.attacks(), u)
	return p
}

// remedies are what may be changed, the least painful first, and for each the ways to do so, the
// mildest first.
func (g target) remedies() [][]remedy {
	return [][]remedy{
		g.noResync(), g.longerLocks(), g.eightDigits(), g.window(),
		g.failures(), g.otherPaper(), g.oneToken(),
	}
}

func (g target) longerLocks() []remedy {
	ends := func(p motp.Policy) bool { return p.UnlockAfter > 0 }
	if !slices.ContainsFunc(g.limits.policies, ends) {
		return nil
	}
	all := []remedy{{words: "unlock_after = never", policy: func(p *motp.Policy) {
		p.UnlockAfter = 0
	}}}
	for _, hours := range []time.Duration{30 * 24, 7 * 24} {
		words := fmt.Sprintf("unlock_after = %dh or never", hours)
		longer := remedy{words: words, policy: func(p *motp.Policy) {
			p.UnlockAfter = max(p.UnlockAfter, hours*time.Hour)
		}}
		all = slices.Insert(all, 0, longer)
	}
	return slices.DeleteFunc(all, g.useless)
}

func (g target) noResync() []remedy {
	if g.limits.policies[0].Resync == 0 {
		return nil
	}
	return []remedy{{words: "resync = off", policy: func(p *motp.Policy) { p.Resync = 0 }}}
}

func (g target) eightDigits() []remedy {
	short := func(t motp.Token) bool { return t.Kind().Has("digits") && t.Digits < 8 }
	if !slices.ContainsFunc(g.entry.User.Tokens, short) {
		return nil
	}
	return []remedy{{words: "tokens with digits = 8",
		user: func(u *motp.User) {
			for i, t := range u.Tokens {
				if short(t) {
					u.Tokens[i].Digits = 8
				}
			}
		}}}
}

// window makes fewer codes good at a time. Below ten seconds either side nobody logs in.
func (g target) window() []remedy {
	var all []remedy
	for _, seconds := range []time.Duration{120, 60, 30, 10} {
		d := seconds * time.Second
		words := fmt.Sprintf("window = %s", shortDuration(d))
		if g.limits.lineHasWindow {
			words = fmt.Sprintf("maxdiff=%d", int(2*d/time.Second))
		}
		all = append(all, remedy{words: words, policy: func(p *motp.Policy) {
			p.Window = min(p.Window, d)
		}})
	}
	return slices.DeleteFunc(all, g.useless)
}

func shortDuration(d time.Duration) string {
	if d%time.Minute == 0 {
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// failures makes guesses fewer. With less than three people lock themselves out.
func (g target) failures() []remedy {
	var all []remedy
	for _, n := range []int{8, 5, 3} {
		words := fmt.Sprintf("max_failures = %d", n)
		if g.limits.lineHasFailures {
			words = fmt.Sprintf("maxtries=%d", n)
		}
		all = append(all, remedy{words: words, policy: func(p *motp.Policy) {
			p.MaxFailures = min(p.MaxFailures, n)
		}})
	}
	return slices.DeleteFunc(all, g.useless)
}

// otherPaper replaces scratch codes, which are short, by codes that nobody guesses.
func (g target) otherPaper() []remedy {
	if !g.entry.User.Paper.Digits {
		return nil
	}
	return []remedy{{words: "\"motp codes\" in the place of scratch codes",
		user: func(u *motp.User) { u.Paper = motp.PaperCodes{} }}}
}

func (g target) oneToken() []remedy {
	all := g.entry.User.Tokens
	if len(all) < 2 {
		return nil
	}
	attacks := g.limits.attacks()
	hardest := func(a, b motp.Token) int {
		one, _ := worst(attacks, motp.User{Tokens: []motp.Token{a}})
		other, _ := worst(attacks, motp.User{Tokens: []motp.Token{b}})
		return cmp.Compare(one, other)
	}
	return []remedy{{words: "a single token", user: func(u *motp.User) {
		u.Tokens = []motp.Token{slices.MinFunc(u.Tokens, hardest)}
	}}}
}

// useless says that a remedy changes nothing.
func (g target) useless(r remedy) bool { return g.with(r) >= g.with() }
