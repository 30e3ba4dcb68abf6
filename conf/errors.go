package conf

import (
	"errors"
	"io/fs"
	"strconv"
)

// Kind says whom an error concerns.
type Kind int

const (
	// Unavailable means that the table cannot be read or must not be trusted. It concerns
	// everyone.
	Unavailable Kind = iota

	// BadSettings means a mistake in the settings. It concerns everyone.
	BadSettings

	// BadUser means a mistake in the entry of one user, and concerns nobody else.
	BadUser
)

// ErrExposed means a file or folder that others than its owner, who is root or whoever runs the
// program, can read or change.
var ErrExposed = errors.New("is exposed to others")

// An Error says what is wrong with a table, and where.
type Error struct {
	Kind Kind
	File string
	Line int    // 0 if it is the file as a whole
	Key  string // the key or column, if one is to blame
	Msg  string // never holds a value
	Err  error  // the cause that a caller may branch on, if there is one

	// at is where the line begins, in bytes, as long as nobody has counted which it is.
	at     int
	placed bool
}

// mistakeAt is an error at a place in a text, whose line is counted when it is to be told.
func mistakeAt(kind Kind, file string, at int, key, msg string) *Error {
	return &Error{Kind: kind, File: file, Key: key, Msg: msg, at: at, placed: true}
}

func (e *Error) Error() string {
	s := place(e.File, e.Line) + ": "
	if e.Key != "" {
		s += e.Key + ": "
	}
	return s + e.Msg
}

func (e *Error) Unwrap() error { return e.Err }

func place(file string, line int) string {
	if line == 0 {
		return file
	}
	return file + ":" + strconv.Itoa(line)
}

func isNotExist(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func systemError(file, what string, err error) *Error {
	return &Error{
		Kind: Unavailable,
		File: file,
		Msg:  "cannot " + what + ": " + err.Error(),
		Err:  err,
	}
}
