package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// A plan is what an import would do.
type plan struct {
	added    []importers.Imported
	replaced []importers.Imported
	there    []importers.Imported // in the table already, with the same token
	skipped  []importers.Skipped
	entries  map[string][]conf.Entry // the table
}

func (p plan) users() []motp.User { return append(usersOf(p.added), usersOf(p.replaced)...) }

func usersOf(all []importers.Imported) (users []motp.User) {
	for _, i := range all {
		users = append(users, i.User)
	}
	return users
}

// remainder is the error that the exit code is for.
func (p plan) remainder() error {
	if len(p.skipped) == 0 {
		return nil
	}
	return fmt.Errorf("%s left, for the reasons above",
		words.CountAre(len(p.skipped), "entry", "entries"))
}

// plan compares what was read with the table.
func (a *app) plan(found importers.Reading, replace bool) (plan, error) {
	p := plan{skipped: found.Skipped, entries: make(map[string][]conf.Entry)}
	_, entries, err := a.table().Users()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plan{}, a.explain("", err)
	}
	for _, e := range entries {
		p.entries[e.User.Name] = append(p.entries[e.User.Name], e)
	}
	for _, i := range found.Users {
		if err := a.takePaper(&i, p.entries[i.User.Name]); err != nil {
			return plan{}, err
		}
		p.add(i, replace)
	}
	if err := a.rehearse(&p); err != nil {
		return plan{}, a.explain("", err)
	}
	return p, nil
}

// add finds the place of one user in the plan.
func (p *plan) add(i importers.Imported, replace bool) {
	there := p.entries[i.User.Name]
	switch {
	case motp.CheckName(i.User.Name) != nil:
		p.skip(i, "the user's name is too long for the name of a record")
	case len(there) == 0:
		p.added = append(p.added, i)
	case len(there) == 1 && there[0].Err == nil && sameTokens(there[0].User, i.User):
		p.there = append(p.there, i)
	case !replace:
		p.skip(i, "is in the table already, "+difference(there[0], i.User)+
			": --replace takes over what is here")
	default:
		if there[0].User.Disabled && !i.User.Disabled {
			i.User.Disabled = true
			i.Notes = append(i.Notes, "stays disabled")
		}
		p.replaced = append(p.replaced, i)
	}
}

// sameTokens compares the tokens of two users. What the further ones are called is the table's.
func sameTokens(a, b motp.User) bool {
	return slices.EqualFunc(a.Tokens, b.Tokens, func(a, b motp.Token) bool {
		a.Name, b.Name = "", ""
		return a == b
	})
}

func (p *plan) skip(i importers.Imported, reason string) {
	p.skipped = append(p.skipped, importers.Skipped{File: i.File, Line: i.Line,
		User:   i.User.Name,
		Reason: reason})
}

// difference tells in words what an entry of the table has otherwise.
func difference(e conf.Entry, u motp.User) string {
	place := fmt.Sprintf("%s:%d", e.File, e.Line)
	single := len(e.User.Tokens) == 1 && len(u.Tokens) == 1
	if e.Err != nil || !single || e.User.Tokens[0].Type != u.Tokens[0].Type {
		return "with another entry (" + place + ")"
	}
	var what []string
	old, now := e.User.Tokens[0], u.Tokens[0]
	if old.Secret != now.Secret {
		what = append(what, "secret")
	}
	if old.PIN != now.PIN {
		what = append(what, "PIN")
	}
	if old.Offset != now.Offset {
		what = append(what, "offset")
	}
	if len(what) == 0 { // that leaves algorithm, digits, period and counter
		return "with another entry (" + place + ")"
	}
	return "with another " + strings.Join(what, " and ") + " (" + place + ")"
}

// rehearse tries the plan, and leaves out users whom the table cannot hold.
func (a *app) rehearse(p *plan) error {
	table := a.trial()
	err := table.Put(usersOf(p.added), usersOf(p.replaced))
	var refused conf.Refusals
	if !errors.As(err, &refused) {
		return err
	}
	why := make(map[string]error)
	for _, r := range refused {
		why[r.User] = r.Err
	}
	keep := func(i importers.Imported) bool {
		err, ok := why[i.User.Name]
		if ok {
			p.skip(i, err.Error())
		}
		return ok
	}
	p.added = slices.DeleteFunc(p.added, keep)
	p.replaced = slices.DeleteFunc(p.replaced, keep)
	return table.Put(usersOf(p.added), usersOf(p.replaced))
}
