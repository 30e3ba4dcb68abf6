package conf

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"sync"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// ErrUserExists means that a user who is to be added is in the table already.
var ErrUserExists = errors.New("user is in the table already")

// An Editor changes a table, or with DryRun only works out and checks each change: it fails as the
// real one would, and writes nothing.
//
// What need not change stays as it is, byte for byte. The file is replaced in one step, so that
// readers and crashes meet the old one or the new one; two edits at once wait for each other; and
// the new text is read back before it is written. Errors are [ErrNoUser] or an *[Error].
type Editor struct {
	Table  Table
	DryRun bool
}

// An Address is where a token's settings stand. The first token has no name; its settings are the
// user's.
type Address struct{ User, Token string }

// A change works on a text and says whether what it made of it is right.
type change struct {
	user  string
	alter func(document) error
	check func(after []byte) error

	// convert says that the text gets the other form.
	convert bool
}

// Add appends a user with all tokens to the table. A missing table is made, in the INI form. A user
// who is there already, in the table or in the folder beside it, is an error that wraps
// [ErrUserExists].
func (e Editor) Add(u motp.User) error {
	path := e.Table.Path
	if err := checkUser(u); err != nil {
		return editError(path, u.Name, err)
	}
	add := change{
		user: u.Name,
		alter: func(x document) error {
			if err := e.mustBeNew(u.Name); err != nil {
				return err
			}
			return x.add(u)
		},
		check: func(after []byte) error { return e.checkSame(path, after, u) },
	}
	return e.applyToTable(add)
}

// applyToTable makes a change to the table itself, which may be missing.
func (e Editor) applyToTable(c change) error {
	if !e.DryRun {
		if err := e.makeTable(c); err != nil {
			return err
		}
	}
	return e.apply(e.Table.Path, c)
}

// makeTable sees to it that there is a file to lock, unless the change would fail anyway.
func (e Editor) makeTable(c change) error {
	path := e.Table.Path
	_, free, err := readSafely(unix.AT_FDCWD, path, path)
	if err == nil {
		free()
		return nil
	}
	if !isNotExist(err) {
		return err
	}
	if err := (Editor{Table: e.Table, DryRun: true}).apply(path, c); err != nil {
		return err
	}
	if err := createFile(path); err != nil {
		return writeError(path, err)
	}
	return nil
}

func (e Editor) mustBeNew(name string) error {
	_, found, err := e.Table.find(name)
	if err != nil && !isNotExist(err) {
		return err
	}
	if found = onlyNamed(name, found); len(found) > 0 {
		return &Error{
			Kind: BadUser,
			File: found[0].File,
			Line: found[0].Line,
			Msg:  showName(name) + " is here already",
			Err:  ErrUserExists,
		}
	}
	return nil
}

// Remove takes a user out of the table, or removes the user's own file in the folder beside it.
func (e Editor) Remove(name string) error {
	entry, err := e.locate(name)
	if err != nil {
		return err
	}
	return e.apply(entry.File, change{
		user:  name,
		alter: func(x document) error { return x.remove(name) },
		check: func(after []byte) error {
			if len(entriesOf(documentOf(entry.File, after), name)) > 0 {
				return errors.New("cannot be removed by itself: " +
					"the entry is not of the usual form; delete it with an " +
					"editor")
			}
			return nil
		},
	})
}

// An Assignment is what a key of a token is to be, as it stands in the INI form.
type Assignment struct{ Key, Value string }

// Set gives a key of a token a value, as it stands in the INI form. Of a first token it may be
// disabled or local, too, which are the user's.
func (e Editor) Set(to Address, key, value string) error {
	return e.SetAll(to, []Assignment{{key, value}})
}

// SetAll is Set for several keys of one token, in one step: either all have their value, or the
// table stays as it was.
func (e Editor) SetAll(to Address, values []Assignment) error {
	entry, at, err := e.locateToken(to)
	if err != nil {
		return err
	}
	for _, v := range values {
		if entry.Err == nil {
			err = checkValue(entry.User.Tokens[at].Type, v.Key, v.Value)
		} else {
			err = checkPrintable(v.Key, v.Value) // and the reader, behind it
		}
		if err != nil {
			return editError(entry.File, to.User, err)
		}
	}
	return e.apply(entry.File, change{
		user: to.User,
		alter: func(x document) error {
			for _, v := range values {
				if err := x.set(to, v.Key, v.Value); err != nil {
					return err
				}
			}
			return nil
		},
		check: func(after []byte) error {
			got, err := readBack(entry.File, after, to.User)
			if err != nil || entry.Err != nil {
				return err
			}
			return e.checkSet(got, entry, at, values)
		},
	})
}

// checkSet holds an entry that is read back to what a token's keys were to be.
func (e Editor) checkSet(got, before Entry, at int, values []Assignment) error {
	want := before.clone()
	who := want.person()
	for _, v := range values {
		setLine(&who, &want.User.Tokens[at], v.Key, v.Value)
		if !maySeal(v.Key) {
			continue
		}
		want.sealed[at].forget(v.Key)
		if err := got.openField(e.Table.Sealer, at, v.Key); err != nil {
			return otherwise(v.Key)
		}
	}
	who.putInto(&want)
	if !sameEntry(got, want) {
		return otherwise(values[len(values)-1].Key)
	}
	return nil
}

func otherwise(key string) error { return errors.New("the " + key + " " + errOtherwise.Error()) }

// Unset takes a key of a token out.
func (e Editor) Unset(from Address, key string) error {
	entry, _, err := e.locateToken(from)
	if err != nil {
		return err
	}
	return e.apply(entry.File, change{
		user:  from.User,
		alter: func(x document) error { return x.unset(from, key) },
		check: func(after []byte) error {
			_, err := readBack(entry.File, after, from.User)
			return err
		},
	})
}

// locate finds the one place where a user stands. The entry may be a broken one.
func (e Editor) locate(name string) (Entry, error) {
	_, found, err := e.Table.find(name)
	if err != nil {
		return Entry{}, err
	}
	switch found = onlyNamed(name, found); len(found) {
	case 0:
		return Entry{}, ErrNoUser
	case 1:
	default:
		err := duplicate(found[0], found[1])
		err.Msg = showName(name) + ": " + err.Msg + ": delete one of them with an editor"
		return Entry{}, err
	}
	var broken *Error
	if errors.As(found[0].Err, &broken) && broken.Kind == Unavailable {
		return Entry{}, broken
	}
	return found[0], nil
}

// apply makes a change to a file, or rehearses it.
func (e Editor) apply(path string, c change) error {
	if e.DryRun {
		before, after, err := c.work(path, e.Table)
		if err == nil && !bytes.Equal(before, after) {
			err = rehearseWrite(path, after)
		}
		return err
	}
	file, err := lockFile(path)
	if err != nil {
		return err
	}
	defer file.unlock()
	before, after, err := c.work(path, e.Table)
	switch {
	case err != nil:
		return err
	case bytes.Equal(before, after):
		file.clearUp()
		return nil
	case path != e.Table.Path && !saysAnything(after):
		err = file.remove() // a user's own file, without the user
	default:
		err = file.replace(after)
	}
	if err != nil {
		return writeError(path, err)
	}
	return nil
}

// work makes the change in memory.
func (c change) work(path string, of Table) (before, after []byte, err error) {
	content, free, err := readSafely(unix.AT_FDCWD, path, path)
	switch {
	case err == nil:
		before = bytes.Clone(content)
		free()
	case !isNotExist(err):
		return nil, nil, err
	}
	x := documentOf("", before)
	x.sealWith(of.Sealer, sync.OnceValue(func() bool { return of.SealedIn() != "" }))
	if err := c.alter(x); err != nil {
		return nil, nil, editError(path, c.user, err)
	}
	after = x.bytes()
	if len(after) > maxFile {
		err = errors.New("the file would be larger than " +
			strconv.Itoa(maxFile>>20) + " MiB")
	} else if !c.convert && !sameForm(before, after) {
		err = errors.New("the file mixes rows and [sections]: mend it with an editor first")
	} else {
		err = c.check(after)
	}
	if err != nil {
		return nil, nil, editError(path, c.user, err)
	}
	return before, after, nil
}

// What is wrong with a text that is to be written.
var (
	errUnreadable = errors.New("cannot be written so that it is read back")
	errOtherwise  = errors.New("cannot be written so that it is read back the same")
)

// readBack reads a user out of a text that is to be written. What is sealed is left so.
func readBack(path string, content []byte, name string) (Entry, error) {
	f := documentOf(path, content)
	if _, err := f.settings(); err != nil {
		return Entry{}, err
	}
	found := entriesOf(f, name)
	switch {
	case len(found) == 0:
		return Entry{}, errUnreadable
	case len(found) > 1:
		return Entry{}, duplicate(found[0], found[1])
	}
	return found[0], found[0].Err
}

func sameUser(a, b motp.User) bool {
	return a.Name == b.Name && a.Disabled == b.Disabled && a.Paper.Equal(b.Paper) &&
		slices.Equal(a.Tokens, b.Tokens)
}
