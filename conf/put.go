package conf

import (
	"errors"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// A Refusal is a user who cannot be written, and why.
type Refusal struct {
	User string
	Err  error
}

// Refusals are all users of a batch who cannot be written.
type Refusals []Refusal

func (r Refusals) Error() string {
	var all []string
	for _, one := range r {
		all = append(all, showName(one.User)+": "+one.Err.Error())
	}
	return strings.Join(all, "; ")
}

// Unwrap returns what is wrong with each.
func (r Refusals) Unwrap() []error {
	var all []error
	for _, one := range r {
		all = append(all, one.Err)
	}
	return all
}

// Put adds users to the table, and gives users who stand there already other tokens, in one step:
// either all are written, or the table stays as it was. A missing table is made,
// in the INI form. Whoever stands in a file of his own, beside the table, or has several tokens,
// cannot be replaced this way.
//
// If users are to blame the error wraps [Refusals], which has all of them.
func (e Editor) Put(added, replaced []motp.User) error {
	if len(added)+len(replaced) == 0 {
		return nil
	}
	path := e.Table.Path
	b := batch{table: e.Table, added: added, replaced: replaced}
	put := change{
		user:  "the batch",
		alter: b.alter,
		check: func(after []byte) error { return b.check(documentOf(path, after)) },
	}
	return e.applyToTable(put)
}

// A batch is many users who are written at once.
type batch struct {
	table           Table
	added, replaced []motp.User
	before          []Entry // the table as it was
}

// refuse makes an error of what is wrong with some users.
func (b *batch) refuse(all Refusals) error {
	if len(all) == 0 {
		return nil
	}
	return &Error{Kind: BadUser, File: b.table.Path, Msg: all.Error(), Err: all}
}

// alter changes the text. With an error the text is of no use.
func (b *batch) alter(x document) error {
	_, entries, err := b.table.find("")
	if err != nil && !isNotExist(err) {
		return err
	}
	b.before = entries
	places := make(map[string][]Entry)
	for _, e := range entries {
		places[e.User.Name] = append(places[e.User.Name], e)
	}
	rows := make(map[int]motp.User) // who is replaced, by line
	var refused Refusals
	seen := make(map[string]bool)
	look := func(u motp.User, mayWrite func([]Entry) error) bool {
		err := checkUser(u)
		if err == nil {
			err = mayWrite(places[u.Name])
		}
		if err == nil && seen[u.Name] {
			err = errors.New("is to be written twice")
		}
		seen[u.Name] = true
		if err != nil {
			refused = append(refused, Refusal{u.Name, err})
		}
		return err == nil
	}
	for _, u := range b.replaced {
		if look(u, b.mayReplace) {
			rows[places[u.Name][0].Line-1] = u
		}
	}
	refused = append(refused, replaceEntries(x, rows)...)
	for _, u := range b.added {
		if !look(u, mayAdd) {
			continue
		}
		if err := x.add(u); err != nil {
			refused = append(refused, Refusal{u.Name, err})
		}
	}
	return b.refuse(refused)
}

func mayAdd(there []Entry) error {
	if len(there) == 0 {
		return nil
	}
	return &Error{
		Kind: BadUser,
		File: there[0].File,
		Line: there[0].Line,
		Msg:  showName(there[0].User.Name) + " is here already",
		Err:  ErrUserExists,
	}
}

func (b *batch) mayReplace(there []Entry) error {
	switch {
	case len(there) == 0:
		return ErrNoUser
	case len(there) > 1:
		return duplicate(there[0], there[1])
	case there[0].File != b.table.Path:
		return errors.New("stands in a file by itself, " + there[0].File +
			": change it there")
	case there[0].Err == nil && len(there[0].User.Tokens) > 1:
		return errors.New("has other tokens, which would be lost: remove them first")
	}
	return nil
}

// replaceEntries changes the entries that begin in the given lines, each as a text of its own, so
// that the work does not grow with the square of their number.
func replaceEntries(d document, users map[int]motp.User) (refused Refusals) {
	if len(users) == 0 {
		return nil
	}
	var after []string
	before := d.split()
	for i := 0; i < len(before); {
		end := d.entryEnd(i)
		entry := before[i:end:end]
		if u, ok := users[i]; ok {
			part := d.part(entry)
			if err := replaceUser(part, u); err != nil {
				refused = append(refused, Refusal{u.Name, err})
			}
			entry = part.split()
			if len(u.Tokens) > 1 && end < len(before) && !isBlank(entry[len(entry)-1]) {
				entry = append(entry, lineEnd(before))
			}
		}
		after = append(after, entry...)
		i = end
	}
	d.join(after)
	return refused
}

// replaceUser changes the settings of a user with one token where they stand, and puts further
// tokens behind them.
func replaceUser(x document, u motp.User) error {
	place := Address{User: u.Name}
	said := append(settingsOf(u.Tokens[0]), Entry{User: u}.person().settings()...)
	for _, key := range userKeys() {
		if key == localKey { // where the record is does not change with the tokens
			continue
		}
		if slices.ContainsFunc(said, func(s setting) bool { return s.key == key }) {
			continue
		}
		if err := x.unset(place, key); err != nil {
			return err
		}
	}
	for _, s := range said {
		if err := x.set(place, s.key, s.value); err != nil {
			return err
		}
	}
	for _, t := range u.Tokens[1:] {
		if err := x.addToken(u.Name, t); err != nil {
			return err
		}
	}
	return nil
}

// check reads the new text back: the users of the batch must be what they are to be, and everybody
// else what they were.
func (b *batch) check(after document) error {
	if _, err := after.settings(); err != nil {
		return err
	}
	wanted := make(map[string]motp.User, len(b.added)+len(b.replaced))
	for _, users := range [][]motp.User{b.added, b.replaced} {
		for _, u := range users {
			wanted[u.Name] = u
		}
	}
	var now []Entry
	var refused Refusals
	for _, e := range after.entries("") {
		u, ours := wanted[e.User.Name]
		if !ours {
			now = append(now, e)
			continue
		}
		// who is read back twice is one too many among the others
		delete(wanted, e.User.Name)
		if e.open(b.table.Sealer); e.Err != nil || !sameUser(e.User, u) {
			refused = append(refused, Refusal{u.Name, errOtherwise})
		}
	}
	for name := range wanted {
		refused = append(refused, Refusal{name, errUnreadable})
	}
	if err := b.refuse(refused); err != nil {
		return err
	}
	if !b.sameOthers(now) {
		return &Error{
			Kind: BadUser,
			File: b.table.Path,
			Msg: "the users cannot be written without changing somebody else's " +
				"entry: mend the table with an editor",
		}
	}
	return nil
}

// sameOthers tells whether the entries that are not the batch's, in the table itself, are what they
// were.
func (b *batch) sameOthers(now []Entry) bool {
	replaced := make(map[string]bool, len(b.replaced))
	for _, u := range b.replaced {
		replaced[u.Name] = true
	}
	for _, e := range b.before {
		if e.File != b.table.Path || replaced[e.User.Name] {
			continue
		}
		if len(now) == 0 || !sameEntry(now[0], e) ||
			(now[0].Err == nil) != (e.Err == nil) {
			return false
		}
		now = now[1:]
	}
	return len(now) == 0
}
