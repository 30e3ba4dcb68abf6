package cli

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/regular"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// completeRemoved completes the first argument with the users who were removed.
func (a *app) completeRemoved(
	_ *cobra.Command, args []string, _ string,
) ([]cobra.Completion, cobra.ShellCompDirective) {
	tables, err := a.whereListed()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for name, table := range tables {
		if table == "" {
			names = append(names, name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// hasRecord says whether a name that is not in the table has a record of an earlier user.
func (a *app) hasRecord(name string) bool {
	_, _, err := a.table().Lookup(name)
	if !errors.Is(err, conf.ErrNoUser) {
		return false
	}
	status, err := a.verifier(motp.DefaultPolicy).Status(context.Background(),
		motp.User{Name: name}, a.now())
	return errors.Is(err, motp.ErrCorrupt) || err == nil && status.Exists
}

// askForCounters says of which tokens the counter is lost with a damaged record.
func (a *app) askForCounters(user motp.User) {
	for _, t := range user.Tokens {
		if t.Kind().Counter {
			a.warn("the counter of %s is lost with the record; its codes are refused "+
				"until \"motp sync %s\" has found it",
				shown.Token(user.Name, t.Name),
				shown.TokenArgument(user.Name, t.Name))
		}
	}
}

// everybody returns the users of every table that shares these records, once for each table, those
// who have a record only, without tokens, and what is wrong with the entries of others. The policy
// is that of this run's table.
func (a *app) everybody() (
	policy motp.Policy, users map[string][]motp.User, broken map[string]error, err error,
) {
	if policy, _, err = a.table().Users(); err != nil {
		return policy, nil, nil, a.explain("", err)
	}
	names, err := a.store().Names(context.Background())
	if err != nil && !(a.dryRun && errors.Is(err, fs.ErrNotExist)) {
		return policy, nil, nil, a.explain("", err)
	}
	tables, err := a.sharedTables()
	if err != nil {
		return policy, nil, nil, err
	}
	users, broken = make(map[string][]motp.User), make(map[string]error)
	for _, t := range tables {
		_, entries, err := a.at(t.path, a.state).table().Users()
		if err != nil {
			return policy, nil, nil, a.explain("", err)
		}
		for _, e := range entries {
			if e.Err != nil { // nobody knows what the record must forget then
				broken[e.User.Name] = e.Err
				continue
			}
			users[e.User.Name] = append(users[e.User.Name], e.User)
		}
	}
	for _, name := range names {
		if users[name] == nil && broken[name] == nil {
			users[name] = []motp.User{{Name: name}}
		}
	}
	return policy, users, broken, nil
}

// maxRecordFile is more than package motp/files takes for a record.
const maxRecordFile = 2 << 20

// copyRecord makes a site with a copy of a user's record, if there is one, in a new folder. One
// that is in a file is copied as it is, with what may be damaged in it.
func (s place) copyRecord(name string) (scratch place, err error) {
	current, err := s.store().View(context.Background(), name)
	if err != nil {
		return place{}, err
	}
	settings, _, err := s.table().Lookup(name)
	if err != nil {
		return place{}, err
	}
	folder, err := os.MkdirTemp("", "motp-")
	if err != nil {
		return place{}, err
	}
	scratch = s.at(s.confPath, folder)
	scratch.keysIn = cmp.Or(s.keysIn, s.state)
	scratch = scratch.inFiles()
	switch {
	case current.Record == nil:
		return scratch, nil
	case settings.Fleet.IsZero():
		record, _, err := regular.ReadForeign(s.record(name), maxRecordFile)
		if err != nil {
			return scratch, err
		}
		return scratch, os.WriteFile(scratch.record(name), record, 0o600)
	}
	return scratch, scratch.store().Update(context.Background(), name,
		func(motp.Current) (motp.Next, error) {
			return motp.Next{Record: current.Record}, nil
		})
}

// knownTokens are a user's tokens with the PINs in force and the counters of their next codes, as
// far as they are known.
func (a *app) knownTokens(user motp.User) []motp.Token {
	known, err := a.inForce(user)
	if err != nil {
		return nil
	}
	user.Tokens = slices.Clone(user.Tokens)
	if a.knowCounters(user) != nil {
		return slices.DeleteFunc(known, counts)
	}
	for i, t := range user.Tokens {
		known[i].Counter = t.Counter
	}
	return known
}

// knowCounters puts what the record knows of their counters into a user's tokens.
func (a *app) knowCounters(user motp.User) error {
	if !slices.ContainsFunc(user.Tokens, counts) {
		return nil
	}
	record, err := a.verifier(motp.DefaultPolicy).Status(context.Background(), user, a.now())
	if err != nil {
		return a.explain(user.Name, err)
	}
	for i := range user.Tokens {
		if t := &user.Tokens[i]; counts(*t) {
			t.Counter = record.Tokens[i].Next(*t)
		}
	}
	return nil
}

func counts(t motp.Token) bool { return t.Kind().Counter }
