package conf

import (
	"errors"
	"slices"

	"github.com/pam-motp/pam-motp/motp"
)

var (
	// ErrNoToken means that the user is in the table, and has no token of that name.
	ErrNoToken = errors.New("user has no such token")

	// ErrTokenExists means that a token that is to be added is in the table already.
	ErrTokenExists = errors.New("user has a token of this name already")
)

// AddToken gives a user who is in the table a further token, behind those that are there. Its name
// is an error that wraps [ErrTokenExists] if it is taken; a user who is not there is [ErrNoUser].
func (e Editor) AddToken(user string, token motp.Token) error {
	entry, err := e.locate(user)
	if err != nil {
		return err
	}
	if entry.Err != nil {
		return entry.Err
	}
	if token.Name == "" {
		return editError(entry.File, user, errors.New("a further token needs a name"))
	}
	if indexOf(entry.User, token.Name) >= 0 {
		return &Error{
			Kind: BadUser,
			File: entry.File,
			Line: entry.Line,
			Msg:  showName(user) + " has a token " + showName(token.Name) + " already",
			Err:  ErrTokenExists,
		}
	}
	want := motp.User{
		Name:     user,
		Tokens:   append(slices.Clone(entry.User.Tokens), token),
		Paper:    entry.User.Paper,
		Disabled: entry.User.Disabled,
	}
	if err := checkUser(want); err != nil {
		return editError(entry.File, user, err)
	}
	return e.apply(entry.File, change{
		user:  user,
		alter: func(x document) error { return x.addToken(user, token) },
		check: func(after []byte) error { return checkSame(entry.File, after, want) },
	})
}

// RemoveToken takes away one of a user's further tokens. The error is [ErrNoUser], or wraps
// [ErrNoToken], or is another *[Error].
func (e Editor) RemoveToken(from Address) error {
	entry, at, err := e.locateToken(from)
	if err != nil {
		return err
	}
	if from.Token == "" {
		err := errors.New("the first token goes with the user only")
		return editError(entry.File, from.User, err)
	}
	return e.apply(entry.File, change{
		user:  from.User,
		alter: func(x document) error { return x.removeToken(from) },
		check: func(after []byte) error {
			if entry.Err != nil {
				_, err := readBack(entry.File, after, from.User)
				return err
			}
			want := entry.User
			want.Tokens = slices.Delete(slices.Clone(want.Tokens), at, at+1)
			return checkSame(entry.File, after, want)
		},
	})
}

// checkSame reads a user out of a text that is to be written, who must be what was wanted.
func checkSame(path string, after []byte, want motp.User) error {
	got, err := readBack(path, after, want.Name)
	if err == nil && !sameUser(got, want) {
		err = errOtherwise
	}
	return err
}

// locateToken finds a user, and which of the tokens is meant. A broken entry has none to count.
func (e Editor) locateToken(a Address) (entry Entry, at int, err error) {
	entry, err = e.locate(a.User)
	if err != nil || entry.Err != nil {
		return entry, 0, err
	}
	if at = indexOf(entry.User, a.Token); at < 0 {
		return entry, 0, noToken(entry.File, a)
	}
	return entry, at, nil
}

func noToken(file string, a Address) error {
	return &Error{
		Kind: BadUser,
		File: file,
		Msg:  showName(a.User) + " has no token " + showName(a.Token),
		Err:  ErrNoToken,
	}
}

// indexOf finds a token by its name; -1 if there is none.
func indexOf(u motp.User, token string) int {
	return slices.IndexFunc(u.Tokens, func(t motp.Token) bool { return t.Name == token })
}
