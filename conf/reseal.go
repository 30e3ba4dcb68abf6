package conf

import (
	"errors"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// ErrFourColumns means that values are to be sealed in the four-column form, which has no room for
// them. [Editor.Sections] gives the table the form that has.
var ErrFourColumns = errors.New("four columns have no room for what is sealed")

// A Resealed is what became of the values of a table.
type Resealed struct {
	Values int      // that stand another way now
	Users  []string // whose they are
	Files  []string // that were written, or would be

	// Left are users whose values stay as they were: their entry has a mistake, or a value does
	// not open.
	Left Refusals

	// Comments are the places of comments that may hold a secret, which stays: file:line.
	Comments []string
}

// Reseal has the table, and the files beside it, hold each secret and PIN as the table's Sealer
// seals it now: those that are plain, and those that are sealed with an earlier key; with a Sealer
// that returns values as they are, plain. What is plain where the Sealer refuses it stays, and its
// user is Left, with [motp.ErrPlain]: it was written by somebody without a key. only says whose;
// nil is everybody. Nothing else changes by a byte, nor does a file in which all is as it is to be.
// Each file is written in one step, so that a crash leaves every value readable, by one key or the
// other. The error is one that ended it; what was done before stands in the result. In the
// four-column form it wraps [ErrFourColumns].
func (e Editor) Reseal(only func(user string) bool) (done Resealed, err error) {
	_, entries, err := e.Table.find("")
	if err != nil {
		return done, err
	}
	files := []string{e.Table.Path}
	for _, entry := range entries {
		if !slices.Contains(files[max(0, len(files)-1):], entry.File) &&
			entry.File != e.Table.Path {
			files = append(files, entry.File)
		}
	}
	for _, file := range files {
		if err := e.resealFile(file, only, &done); err != nil && !isNotExist(err) {
			return done, err
		}
	}
	return done, nil
}

func (e Editor) resealFile(file string, only func(string) bool, done *Resealed) error {
	r := resealing{file: file, only: only, by: e.Table.Sealer}
	err := e.apply(file, change{
		user:  "the table",
		alter: r.alter,
		check: func(after []byte) error { return r.check(documentOf(file, after)) },
	})
	var system *Error
	if errors.As(err, &system) && system.Kind == Unavailable && file != e.Table.Path {
		done.Left = append(
			done.Left,
			Refusal{strings.TrimSuffix(file[len(e.Table.Dir())+1:],
				ending), err},
		)
		return nil
	}
	if err != nil {
		return err
	}
	done.Values += r.values
	done.Users = append(done.Users, r.users...)
	done.Left = append(done.Left, r.left...)
	done.Comments = append(done.Comments, r.comments...)
	if r.values > 0 {
		done.Files = append(done.Files, file)
	}
	return nil
}

// A resealing is the work on one file.
type resealing struct {
	file string
	only func(string) bool
	by   motp.Sealer

	before   []Entry // as they stand
	values   int
	users    []string
	left     Refusals
	comments []string
}

func (r *resealing) wants(user string) bool { return r.only == nil || r.only(user) }

// alter rewrites a text.
func (r *resealing) alter(x document) error {
	r.before = documentOf(r.file, x.bytes()).entries("")
	numberAll(x.bytes(), r.before)
	unfit := make(map[string]bool)
	for _, e := range r.before {
		if e.Err != nil && r.wants(e.User.Name) && !unfit[e.User.Name] {
			unfit[e.User.Name] = true
			r.left = append(r.left, Refusal{e.User.Name, e.Err})
		}
	}
	s, ok := x.(*sections)
	if !ok {
		return r.columns()
	}
	var of Address
	skip, refused := true, false
	all := slices.Clone(s.split())
	for i, text := range all {
		l := see(text)
		switch {
		case l.isHeader():
			inside, _ := l.inBrackets()
			of.User, of.Token, _ = strings.Cut(string(inside), "/")
			skip, refused = unfit[of.User] || !r.wants(of.User), false
		case isComment(text):
			if r.only == nil && mayHoldSecret(text) {
				r.comments = append(r.comments, place(r.file, i+1))
			}
		case skip || l.blank():
		default:
			said := l.statement()
			if said.wrong != "" || !maySeal(said.key) {
				continue
			}
			value, err := r.value(of, said)
			if errors.Is(err, motp.ErrPlain) {
				if refused {
					continue // which is told once
				}
				refused = true
			}
			if err != nil {
				skip = !refused
				at := place(r.file, i+1) + ": " + said.key + ": "
				r.left = append(r.left, Refusal{of.User, atPlace{at, err}})
				continue
			}
			if value == said.value {
				continue
			}
			all[i] = withValue(text, value)
			r.values++
			if n := len(r.users); n == 0 || r.users[n-1] != of.User {
				r.users = append(r.users, of.User)
			}
		}
	}
	s.join(all)
	return nil
}

// columns finds nothing to do in the four-column form, if nothing is to be sealed.
func (r *resealing) columns() error {
	for _, e := range r.before {
		if e.Err != nil || !r.wants(e.User.Name) {
			continue
		}
		t := e.User.Tokens[0]
		value, err := r.by.Seal(e.User.Name, "", "pin", t.PIN)
		if err == nil && value != t.PIN {
			err = ErrFourColumns
		}
		return err // of the first user, which is that of all
	}
	return nil
}

// value is what a value is to be.
func (r *resealing) value(of Address, said statement) (string, error) {
	plain := said.value
	if isSealed(plain) {
		if r.by.Fresh(plain) {
			return plain, nil
		}
		var err error
		if plain, err = r.by.Open(of.User, of.Token, said.key, said.value); err != nil {
			return "", err
		}
	} else if r.by.RefusesPlain() {
		return "", motp.ErrPlain
	}
	return r.by.Seal(of.User, of.Token, said.key, plain)
}

// An atPlace says where a value stands that does not open.
type atPlace struct {
	at string
	error
}

func (e atPlace) Error() string { return e.at + e.error.Error() }

func (e atPlace) Unwrap() error { return e.error }

// check reads the new text back: everybody must be who they were.
func (r *resealing) check(after document) error {
	now := after.entries("")
	if len(now) != len(r.before) {
		return errUnreadable
	}
	for i, was := range r.before {
		if was.Err != nil || sameEntry(now[i], was) {
			continue
		}
		was.User.Tokens = slices.Clone(was.User.Tokens)
		was.open(r.by)
		now[i].open(r.by)
		if was.Err != nil && now[i].Err != nil {
			continue // one value of several did not open before, and does not now
		}
		if was.Err != nil || now[i].Err != nil || !sameUser(now[i].User, was.User) {
			return errors.New(showName(was.User.Name) + " " + errOtherwise.Error())
		}
	}
	return nil
}

// mayHoldSecret says whether a comment looks like a line that was a secret's or a PIN's.
func mayHoldSecret(comment string) bool {
	l := see(strings.TrimLeft(comment, blanks+";#"))
	key, value, ok := l.cut()
	return ok && maySeal(string(key)) && len(value) > 0 && !isSealed(string(value))
}

// Sections writes a table of four columns as sections, with each value sealed by the table's
// Sealer, in one step. Comments keep their places; one behind a row stands above its section. The
// error wraps [Refusals] if users are to blame. A table that has sections stays as it is.
func (e Editor) Sections() error {
	r := resealing{file: e.Table.Path, by: e.Table.Sealer}
	return e.apply(e.Table.Path, change{
		user:    "the table",
		convert: true,
		alter: func(x document) error {
			r.before = x.entries("")
			c, ok := x.(*columns)
			if !ok {
				return nil
			}
			return c.toSections()
		},
		check: func(after []byte) error { return r.check(documentOf(e.Table.Path, after)) },
	})
}

// toSections makes sections of rows.
func (c *columns) toSections() error {
	into := &sections{content{file: c.file, cut: []string{}, edited: true, by: c.by,
		holds: c.holds}}
	end := lineEnd(c.split())
	var left Refusals
	for _, text := range c.split() {
		row := columnsOf(text)
		if len(row) == 0 {
			into.join(append(into.split(), text))
			continue
		}
		e := c.entry(see(text))
		if e.Err != nil {
			left = append(left, Refusal{e.User.Name, e.Err})
			continue
		}
		if tail := strings.TrimSpace(text[row[len(row)-1].to:]); tail != "" {
			into.join(append(completeLastLine(into.split(), end), tail+end))
		}
		if err := into.append(e.User); err != nil {
			left = append(left, Refusal{e.User.Name, err})
		}
	}
	if len(left) > 0 {
		return &Error{Kind: BadUser, File: c.file, Msg: left.Error(), Err: left}
	}
	c.join(into.split())
	return nil
}
