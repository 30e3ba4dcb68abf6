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
	want := entry.clone()
	want.User.Tokens = append(want.User.Tokens, token)
	want.sealed = append(want.sealed, sealed{})
	err = checkToken(token)
	if err == nil && len(want.User.Tokens) > motp.MaxTokens {
		err = errTokens
	}
	if err != nil {
		return editError(entry.File, user, err)
	}
	return e.apply(entry.File, change{
		user:  user,
		alter: func(x document) error { return x.addToken(user, token) },
		check: func(after []byte) error {
			got, err := readBack(entry.File, after, user)
			if err == nil && len(got.User.Tokens) == len(want.User.Tokens) {
				err = got.openToken(e.Table.Sealer, len(want.User.Tokens)-1)
			}
			if err == nil && !sameEntry(got, want) {
				err = errOtherwise
			}
			return err
		},
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
			want := entry.clone()
			want.User.Tokens = slices.Delete(want.User.Tokens, at, at+1)
			want.sealed = slices.Delete(want.sealed, at, at+1)
			got, err := readBack(entry.File, after, from.User)
			if err == nil && !sameEntry(got, want) {
				err = errOtherwise
			}
			return err
		},
	})
}

// checkSame reads a user out of a text that is to be written, who must be what was wanted.
func (e Editor) checkSame(path string, after []byte, want motp.User) error {
	got, err := readBack(path, after, want.Name)
	if got.open(e.Table.Sealer); err == nil {
		err = got.Err
	}
	if err == nil && !sameUser(got.User, want) {
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
