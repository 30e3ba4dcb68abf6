package conf

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/internal/dryrun"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// editError says of which user and file an edit failed. Errors that know already are left as they
// are.
func editError(path, name string, err error) error {
	var known *Error
	if errors.Is(err, ErrNoUser) || errors.As(err, &known) {
		return err
	}
	msg := showName(name) + ": " + err.Error()
	var form *formError
	if errors.As(err, &form) {
		own := path + ".d/" + motp.EncodeName(name) + ending
		msg += "; a [section] can, in a file of the user's own: " + own
	}
	return &Error{Kind: BadUser, File: path, Msg: msg, Err: err}
}

func writeError(path string, err error) error {
	var inner *fs.PathError
	if errors.As(err, &inner) && inner.Path != path {
		return systemError(path, inner.Op+" "+inner.Path, inner.Err)
	}
	if inner != nil {
		return systemError(path, inner.Op, inner.Err)
	}
	return systemError(path, "write", err)
}

// rehearseWrite tells whether a table could be written, before anybody is asked anything.
func rehearseWrite(path string, content []byte) error {
	err := dryrun.Replace(path, content)
	var known *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, dryrun.ErrImmutable) || errors.Is(err, dryrun.ErrMount):
		msg := "cannot be replaced: " + err.Error()
		if errors.As(err, &known) && known.Path == path {
			msg = "cannot be replaced: it " + known.Err.Error()
		}
		return &Error{Kind: Unavailable, File: path, Msg: msg, Err: err}
	}
	return writeError(path, err)
}

func errTwice(key string, first, second int) error {
	what := "is there"
	if key != "" {
		what = "has " + key
	}
	return errors.New(what + " twice, in lines " + strconv.Itoa(first+1) + " and " +
		strconv.Itoa(second+1) + ": delete one of them")
}

// A formError is about what only the INI form can say.
type formError struct{ what string }

func (e *formError) Error() string { return "the four-column table cannot say " + e.what }

// showName is a user's name as an error may show it: what comes from a terminal or a file must
// not play with the reader's screen. A backslash does not (DOM\alice).
func showName(name string) string {
	if strings.Contains(name, " ") {
		return strconv.Quote(name)
	}
	return shown.Name(name)
}
