package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// A resealed is what became of all values.
type resealed struct {
	conf.Resealed
	pins int // in records
}

// reseal has what some users have, or all, sealed by a Sealer: in the table, and, for all, in those
// that share its records; then in the records.
func (a *app) reseal(users []string, by motp.Sealer) (all resealed, err error) {
	for _, user := range users {
		if err := a.mustKnow(user); err != nil {
			return all, err
		}
	}
	tables, err := a.sharedTables()
	if err != nil {
		return all, err
	}
	if len(users) > 0 {
		tables = tables[:1]
	}
	for _, t := range tables {
		err := a.commit("some values are done, others are not: run it again", func() error {
			at := a.at(t.path, a.state).site()
			done, err := at.EditWith(by, a.dryRun).Reseal(among(users))
			all.add(done)
			return err
		})
		if err != nil {
			return all, a.explain("", err)
		}
	}
	return all, a.resealRecords(users, by, &all)
}

// mustKnow is an error for somebody who is neither in the table nor has a record.
func (a *app) mustKnow(user string) error {
	_, _, err := a.table().Lookup(user)
	if errors.Is(err, conf.ErrNoUser) && !a.hasRecord(user) {
		return a.explain(user, err)
	}
	return nil
}

func (r *resealed) add(more conf.Resealed) {
	r.Values += more.Values
	r.Users = append(r.Users, more.Users...)
	r.Files = append(r.Files, more.Files...)
	r.Left = append(r.Left, more.Left...)
	r.Comments = append(r.Comments, more.Comments...)
}

// resealRecords does the PINs in the records.
func (a *app) resealRecords(users []string, by motp.Sealer, all *resealed) error {
	policy, known, broken, err := a.everybody()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // no records
	}
	if err != nil {
		return err
	}
	for name := range broken {
		known[name] = []motp.User{{Name: name}}
	}
	verifier := a.verifier(policy)
	verifier.Sealer = by
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if len(users) > 0 && !slices.Contains(users, name) {
			continue
		}
		n, err := a.resealRecord(verifier, known[name][0])
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			all.Left = append(all.Left, conf.Refusal{User: name, Err: err})
		}
		if all.pins += n; n > 0 && !slices.Contains(all.Users, name) {
			all.Users = append(all.Users, name)
		}
	}
	return nil
}

func (a *app) resealRecord(v motp.Verifier, user motp.User) (n int, err error) {
	if a.dryRun {
		v.Store = trialStore{v.Store}
		return v.Reseal(context.Background(), user, a.now())
	}
	err = a.commit("some values are done, others are not: run it again", func() (err error) {
		n, err = v.Reseal(context.Background(), user, a.now())
		return err
	})
	return n, err
}

// A trialStore changes nothing.
type trialStore struct{ motp.Store }

// Update tells what would come of a change.
func (s trialStore) Update(ctx context.Context, user string, change motp.Change) error {
	current, err := s.View(ctx, user)
	if err != nil {
		return err
	}
	current.Room = maxRecordFile
	_, err = change(current)
	return err
}

// leaves says whether anything of a user's stays as it was.
func (r *resealed) leaves(user string) bool {
	return slices.ContainsFunc(r.Left, func(l conf.Refusal) bool { return l.User == user })
}

// leavesPlain says whether all that stays as it was is what is refused as plain, which no key has
// sealed.
func (r *resealed) leavesPlain() bool {
	return !slices.ContainsFunc(r.Left, func(l conf.Refusal) bool {
		return !errors.Is(l.Err, motp.ErrPlain)
	})
}

// tellResealed says what became of it: how the values stand now.
func (a *app) tellResealed(done resealed, how string) error {
	a.report.Changed = done.Values+done.pins > 0
	slices.Sort(done.Users)
	users := len(slices.Compact(done.Users))
	switch {
	case done.Values+done.pins == 0 && len(done.Left) == 0:
		a.already("everything is " + how + " already")
	case a.dryRun:
		a.say("%s in the table and %s in records, of %s, would be %s; nothing is changed",
			words.Count(done.Values, "value"), words.Count(done.pins, "PIN"),
			words.Count(users, "user"), how)
	default:
		a.say("%s in the table and %s in records, of %s, are %s",
			words.Count(done.Values, "value"), words.Count(done.pins, "PIN"),
			words.Count(users, "user"), how)
	}
	for _, place := range done.Comments {
		a.warn("%s: a comment that looks like a secret or a PIN, and stays as it is: "+
			"delete it", place)
	}
	for _, l := range done.Left {
		a.complain(fmt.Errorf("%s stays as it is: %w", shown.Name(l.User), l.Err))
	}
	switch left := words.CountAre(len(done.Left), "entry", "entries"); {
	case len(done.Left) == 0:
		return nil
	case done.leavesPlain():
		return fmt.Errorf("%s as before: see above", left)
	default:
		return fmt.Errorf("%s as before: fix what stands above, and run this again", left)
	}
}
