package storepipe

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pam-motp/pam-motp/motp"
)

// A wireError is an error as it goes over the pipe.
type wireError struct {
	Text   string   `json:"text"`
	Reason string   `json:"reason,omitempty"` // its word for logs
	Is     []string `json:"is,omitempty"`     // which of the known errors it is
	Change bool     `json:"change,omitempty"` // it is what the change returned
}

// known are the errors that callers tell apart.
var known = map[string]error{
	"busy":       motp.ErrBusy,
	"corrupt":    motp.ErrCorrupt,
	"full":       motp.ErrFull,
	"user":       motp.ErrUser,
	"canceled":   context.Canceled,
	"deadline":   context.DeadlineExceeded,
	"not there":  fs.ErrNotExist,
	"permission": fs.ErrPermission,
}

// errChange stands for what the change returned at the other end.
var errChange = errors.New("the change has failed")

// pack has an error go over the pipe; nil for none.
func pack(err error) *wireError {
	if err == nil {
		return nil
	}
	w := &wireError{Text: err.Error(), Change: errors.Is(err, errChange)}
	for word, sentinel := range known {
		if errors.Is(err, sentinel) {
			w.Is = append(w.Is, word)
		}
	}
	var reason interface{ Reason() string }
	if errors.As(err, &reason) {
		w.Reason = reason.Reason()
	}
	return w
}

// unpack is the error that came over the pipe.
func (w *wireError) unpack() error {
	if w == nil {
		return nil
	}
	e := &plainError{text: w.Text}
	for _, word := range w.Is {
		if sentinel := known[word]; sentinel != nil {
			e.is = append(e.is, sentinel)
		}
	}
	if w.Reason != "" {
		return &Error{*e, w.Reason}
	}
	return e
}

type plainError struct {
	text string
	is   []error
}

func (e *plainError) Error() string { return e.text }

// Unwrap has [errors.Is] find what the error was at the other end.
func (e *plainError) Unwrap() []error { return e.is }

// An Error is one that has a word for logs: of the store at the other end, or of the pipe.
type Error struct {
	plainError
	reason string
}

// Reason is the word.
func (e *Error) Reason() string { return e.reason }

// isTold says whether an error is the server's own, and not of the pipe.
func isTold(err error) bool {
	var plain *plainError
	var reasoned *Error
	return errors.As(err, &plain) || errors.As(err, &reasoned)
}

// lost is the error of a call whose other end has ended.
func lost(why error) error {
	text := "the program that has the records ended: whether anything was changed is not known"
	if why != nil {
		text += ": " + why.Error()
	}
	return &Error{plainError{text: text}, "unsure"}
}
