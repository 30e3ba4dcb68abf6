// Package conf finds users in motp.conf, the table of those who log in with codes, and changes it
// safely: [Table] reads, [Editor] edits, and [Kept] reads for a program that stays.
//
// The table is one file in one of two forms: sections (INI), or the four columns of pam_mobile_otp.
// Beside it may stand a folder, motp.conf.d, with one file a user. A login looks up one user: the
// others are passed over unparsed, so that a mistake in one's entry shuts out nobody else, and a
// search looks at each byte a few times, whatever stands there.
//
// It knows what tokens and policies are, from package motp, and must not know what becomes of them:
// no PAM, no records, no codes, no terminal. Module and command read and edit through it
// alone. Its errors are types and sentinels; they name file, line and key, and never hold a secret
// or a PIN.
//
// open.go opens files safely, lines.go searches. A document (document.go) is a file's text in one
// form, for reading and editing alike: sections.go and sectionsedit.go, with ini.go, which has
// ini.v1 read what the search has found; columns.go and columnsedit.go. keys.go is the table of
// keys, values.go, secret.go, paper.go and settings.go read what stands behind them. editor.go,
// edittokens.go and put.go make changes, reseal.go those of a key, and lockedfile.go writes them.
// sealed.go opens what is sealed, by keys that the package must not know. absence.go and trace.go
// tell that a user is not meant to be in a table. kept.go answers by the index of keptindex.go as
// long as stamp.go says that nothing has changed.
package conf

import (
	"errors"
	"slices"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

const (
	// DefaultPath is where the table is unless the option conf= says otherwise.
	DefaultPath = "/etc/security/motp.conf"

	// DefaultState is the folder of the users' records unless the option state= says otherwise.
	DefaultState = "/var/lib/motp"
)

// ErrNoUser means that the table was read and the user is not in it.
var ErrNoUser = errors.New("user is not in the table")

// A Table is a motp.conf and the folder beside it. Nothing is kept open or in memory.
type Table struct {
	Path string

	// Sealer opens what is sealed in the table. With nil, nothing that is opens.
	Sealer motp.Sealer
}

// Dir is the folder with one file a user, beside the table.
func (t Table) Dir() string { return t.Path + ".d" }

// An Entry is one user as the table has it.
type Entry struct {
	User motp.User
	File string
	Line int // where the entry begins; 1 is the first line
	at   int // the same, in bytes of the file

	// Further are the lines where the sections of the user's further tokens begin,
	// User.Tokens[1:].
	Further   []int
	furtherAt []int // the same, in bytes

	// sealed is what stands sealed of each of User.Tokens, where that is empty until it is
	// opened; nil if nothing is.
	sealed []sealed

	// Local says that the user's tokens exist on this host only, and the record with them:
	// there is a line local = yes. Fleet says where the record is; zero for one in files.
	Local bool
	Fleet Fleet

	// Err says what is wrong with the entry. Then the user can't log in, and only the name in
	// User can be relied on.
	Err error
}

// Lookup finds one user. The settings are the table's, or the default; they hold even with
// [ErrNoUser]. Any other error is an *Error.
func (t Table) Lookup(name string) (Settings, motp.User, error) {
	if name == "" {
		name = nobody // which is looked for like any other, and "" would mean all
	}
	settings, found, err := t.search(name, numberTrouble, true)
	if err != nil {
		return settings, motp.User{}, err
	}
	settings.Fleet = settings.Fleet.of(name, found)
	u, err := only(name, found)
	return settings, u, err
}

// only returns the user of that name, if there is one entry for them and it is right.
func only(name string, found []Entry) (motp.User, error) {
	found = slices.DeleteFunc(found, func(e Entry) bool { return e.User.Name != name })
	switch {
	case len(found) == 0:
		return motp.User{}, ErrNoUser
	case len(found) > 1:
		return motp.User{}, duplicate(found[0], found[1])
	case found[0].Err != nil:
		return motp.User{}, found[0].Err
	}
	return found[0].User, nil
}

// nobody is a name that no table can hold.
const nobody = "\x00"

// Settings returns what the table says for everyone, or the default if there is none but a folder
// of users' own files. The error is one that keeps everyone out, an *Error.
func (t Table) Settings() (Settings, error) {
	text, free, err := readSafely(unix.AT_FDCWD, t.Path, t.Path)
	if err == nil {
		defer free()
		return documentOf(t.Path, text).settings()
	}
	if !isNotExist(err) {
		return DefaultSettings(), err
	}
	dir, _, errFolder := openSafely(unix.AT_FDCWD, t.Dir(), t.Dir(), unix.S_IFDIR)
	switch {
	case errFolder == nil:
		_ = unix.Close(dir)
		return DefaultSettings(), nil
	case isNotExist(errFolder):
		return DefaultSettings(), err // neither
	}
	return DefaultSettings(), errFolder
}

// Users returns every entry, in the order of the table, then of the folder. An error is one that
// keeps everyone out; an entry's own stands in it.
func (t Table) Users() (motp.Policy, []Entry, error) {
	settings, all, err := t.search("", numberAll, true)
	if err != nil {
		return settings.Policy, nil, err
	}
	first := make(map[string]int)
	for i := range all {
		e := &all[i]
		e.Fleet = settings.Fleet.of(e.User.Name, all[i:i+1])
		j, seen := first[e.User.Name]
		if !seen {
			first[e.User.Name] = i
			continue
		}
		e.Err = duplicate(all[j], *e)
		if all[j].Err == nil {
			all[j].Err = duplicate(*e, all[j])
		}
	}
	return settings.Policy, all, nil
}

func duplicate(other, e Entry) *Error {
	return &Error{
		Kind: BadUser,
		File: e.File,
		Line: e.Line,
		Msg:  "this user is also at " + place(other.File, other.Line),
	}
}

// find collects one user's entries, or all with the name "", from the table and the folder beside
// it. What is sealed is left so.
func (t Table) find(name string) (Settings, []Entry, error) {
	return t.search(name, numberAll, false)
}

// search is find; number gives the entries of a text their lines, and open has them opened.
func (t Table) search(
	name string,
	number func(text []byte, found []Entry),
	open bool,
) (Settings, []Entry, error) {
	settings := DefaultSettings()
	var found []Entry

	text, free, errTable := readSafely(unix.AT_FDCWD, t.Path, t.Path)
	if errTable == nil {
		defer free()
		d := documentOf(t.Path, text)
		var err error
		if settings, err = d.settings(); err != nil {
			return settings, nil, err
		}
		found = d.entries(name)
		number(text, found)
		if open {
			openAll(text, found, t.Sealer)
		}
		if open && len(found) == 0 {
			rehearseOpen(d, t.Sealer)
		}
	} else if !isNotExist(errTable) {
		return settings, nil, errTable
	}

	own, errFolder := t.findOwn(name)
	if errFolder != nil {
		if isNotExist(errFolder) {
			return settings, found, errTable // a table, or neither
		}
		return settings, nil, errFolder
	}
	if open {
		openAll(nil, own, t.Sealer)
	}
	return settings, append(found, own...), nil
}
