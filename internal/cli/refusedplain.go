package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// Where everything was sealed, what is plain is refused. These are the verbs' words about it.

// refusedAsPlain names those who are kept out by a plain value that is in force for them, of some
// users, or of all. A table that cannot be read is told of by whoever changes it.
func (a *app) refusedAsPlain(users []string) (names []string) {
	tables, _ := a.sharedTables()
	for _, t := range tables {
		at := a.at(t.path, a.state)
		policy, entries, _ := at.table().Users()
		for _, e := range entries {
			err := e.Err
			if len(users) > 0 && !slices.Contains(users, e.User.Name) {
				continue
			}
			if err == nil {
				v := at.verifierOf(e, policy)
				_, err = v.InForce(context.Background(), e.User)
			}
			if errors.Is(err, motp.ErrPlain) {
				names = append(names, e.User.Name)
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// tellTaken names those whose plain values were refused, and let them in from now on.
func (a *app) tellTaken(names []string) {
	if len(names) == 0 {
		return
	}
	words := "was refused as plain, and is in force now: %s"
	if a.dryRun {
		words = "is refused as plain, and would be in force: %s"
	}
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = shown.Name(name)
	}
	a.warn(words, strings.Join(all, ", "))
}

// tellLifted says that plain values are refused no more, and whose those are. If none was written
// in the end, they are refused as before.
func (a *app) tellLifted(keys *seal.Ring, refused []string) {
	if a.dryRun {
		a.say("what is plain would be taken as it stands")
	} else if a.allSealed() && keys.RefusePlain(true) == nil {
		return
	} else {
		a.say("what is plain is taken as it stands from now on, whoever has written it; " +
			"\"motp seal\" has it refused again")
	}
	a.tellTaken(refused)
}

// allSealed says whether there is anything sealed, and nothing plain, in all tables and records of
// this place, as far as it can be read.
func (a *app) allSealed() bool {
	tables, err := a.sharedTables()
	if err != nil {
		return false
	}
	sealed := 0
	plain := func(v conf.Value) bool { return v.Text == "" }
	for _, t := range tables {
		_, entries, err := a.at(t.path, a.state).table().Users()
		if err != nil {
			return false
		}
		for _, e := range entries {
			values := e.Values()
			if e.Err != nil || slices.ContainsFunc(values, plain) {
				return false
			}
			sealed += len(values)
		}
	}
	names, err := a.store().Names(context.Background())
	for _, name := range names {
		all, open, err := a.verifier(motp.DefaultPolicy).SealedPINs(context.Background(),
			name)
		if err != nil || open > 0 {
			return false
		}
		sealed += len(all)
	}
	return err == nil && sealed > 0
}
