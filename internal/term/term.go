// Package term is the terminal: what is asked on it, what is drawn on it, and how much it shows.
// Questions go to the terminal that the command was started from, wherever standard input and
// output lead.
//
// The package must not know tokens, tables or verbs: it gets texts, and gives answers.
package term

import (
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// An Output is standard output. It remembers its first error, so that none of those who print need
// look.
type Output struct {
	io.Writer
	err error
}

// Write writes, and remembers an error.
func (o *Output) Write(b []byte) (int, error) {
	n, err := o.Writer.Write(b)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// Written tells whether all that was printed could be written, of an Output.
func Written(w io.Writer) error {
	if o, ok := w.(*Output); ok {
		return o.err
	}
	return nil
}

// IsTerminal says whether what is written there appears on a terminal.
func IsTerminal(w io.Writer) bool {
	file, ok := fileOf(w)
	return ok && term.IsTerminal(int(file.Fd()))
}

// Size is the size of the terminal on which what is written appears; false if there is none.
func Size(w io.Writer) (columns, rows int, ok bool) {
	if !IsTerminal(w) {
		return 0, 0, false
	}
	file, _ := fileOf(w)
	columns, rows, err := term.GetSize(int(file.Fd()))
	return columns, rows, err == nil && columns > 0 && rows > 0
}

// FileMode is the mode of the file that is written to; false if it is none.
func FileMode(w io.Writer) (fs.FileMode, bool) {
	file, ok := fileOf(w)
	if !ok {
		return 0, false
	}
	info, err := file.Stat()
	if err != nil {
		return 0, false
	}
	return info.Mode(), true
}

func fileOf(w io.Writer) (*os.File, bool) {
	if o, ok := w.(*Output); ok {
		w = o.Writer
	}
	file, ok := w.(*os.File)
	return file, ok
}

// WasClosed says whether what is written there is lost since standard output was closed when the
// program was started: Go has /dev/null in its place then, to read and to write, lest a file is
// opened there. A shell opens /dev/null to write.
func WasClosed(w io.Writer) bool {
	file, ok := fileOf(w)
	if !ok {
		return false
	}
	var st, null unix.Stat_t
	if unix.Fstat(int(file.Fd()), &st) != nil || unix.Stat(os.DevNull, &null) != nil ||
		st.Mode&unix.S_IFMT != unix.S_IFCHR || st.Rdev != null.Rdev {
		return false
	}
	flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}
