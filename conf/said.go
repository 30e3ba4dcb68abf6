package conf

import (
	"cmp"
	"slices"

	"github.com/pam-motp/pam-motp/motp"
)

// Said is all that an entry says of its user, in words that are the same wherever the same is said:
// sealed or not, in either form, in whichever order. It holds secrets. A broken one says nothing.
func (e Entry) Said() (all []string) {
	if e.Err != nil {
		return nil
	}
	for _, one := range e.person().settings() {
		all = append(all, one.key, one.value)
	}
	tokens := slices.Clone(e.User.Tokens)
	slices.SortStableFunc(tokens, func(a, b motp.Token) int {
		return cmp.Compare(a.Name, b.Name)
	})
	for _, t := range tokens {
		all = append(all, "token", t.Name)
		for _, one := range settingsOf(t) {
			all = append(all, one.key, one.value)
		}
	}
	return all
}
