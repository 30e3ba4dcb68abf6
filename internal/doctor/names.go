package doctor

import (
	"fmt"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
)

// names looks at a table whose users are looked up by the account's own name: two entries may be
// one account, of which one is passed over, and a name that is not the account's own is found by
// those only who type it like that.
func (v *visit) names(p position) {
	others, _ := v.sources()
	if len(others) == 0 || v.System.Account == nil || !v.byAccountName(p) {
		return // an account of this machine's own files has one name
	}
	standing := v.standing(p)
	first := map[string]conf.Entry{} // by the account's own name
	for i, e := range standing.entries {
		if i == mostAsked {
			return
		}
		own, err := v.System.Account(e.User.Name)
		if err != nil || own == "" {
			continue
		}
		if other, twice := first[own]; twice && other.User.Name != e.User.Name {
			v.oneAccount(p, own, other, e)
			continue
		}
		first[own] = e
		if _, listed := standing.at[own]; !listed {
			v.anotherName(p, own, e)
		}
	}
}

// byAccountName says whether the table of a position has names = account.
func (v *visit) byAccountName(p position) (by bool) {
	v.as(v.owner(p), p.conf, func() {
		settings, err := v.site(p).Settings()
		by = err == nil && settings.Names == conf.NamesAccount
	})
	return by
}

// oneAccount tells of two entries that are one account.
func (v *visit) oneAccount(p position, own string, one, other conf.Entry) {
	command := v.owner(p).command(p)
	if one.User.Name == own || other.User.Name == own {
		if other.User.Name == own {
			one, other = other, one
		}
		v.errorAt(v.shown(other.File), other.Line, fmt.Sprintf("%s and %s are one "+
			"account: with names = account, the entry of %s counts for both, and this "+
			"one for nobody", show(one.User.Name), show(other.User.Name), show(own)),
			command+" remove "+shown.Argument(other.User.Name))
		return
	}
	v.errorAt(v.shown(other.File), other.Line, fmt.Sprintf("%s and %s are one account, which "+
		"is called %s: each counts for whoever types that name, with failures and "+
		"codes of its own", show(one.User.Name), show(other.User.Name), show(own)),
		fmt.Sprintf("%s remove %s, %[1]s remove %[3]s, %[1]s add %[4]s", command,
			shown.Argument(one.User.Name), shown.Argument(other.User.Name),
			shown.Argument(own)))
}

// anotherName tells of an entry whose name is not the account's own.
func (v *visit) anotherName(p position, own string, e conf.Entry) {
	command := v.owner(p).command(p)
	v.warnAt(v.shown(e.File), e.Line, fmt.Sprintf("the account of %s is called %s, and with "+
		"names = account a login looks for that: this entry is found by those only who "+
		"type its name", show(e.User.Name), show(own)),
		fmt.Sprintf("%s remove %s, %[1]s add %[3]s", command,
			shown.Argument(e.User.Name), shown.Argument(own)))
}
