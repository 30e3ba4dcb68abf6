package conf

import (
	"bytes"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// CertainlyWithout returns nil if a user whom Lookup did not find is not meant to be in the table. It is for those who let such a user pass: a name that differs
// in its case or by blanks, or a line that is of no form, may be the trace of one who is. It reads the whole table.
func (t Table) CertainlyWithout(name string) error {
	text, free, err := readSafely(unix.AT_FDCWD, t.Path, t.Path)
	if err != nil && !isNotExist(err) {
		return err
	}
	if err == nil {
		defer free()
		if err := certainlyWithout(t.Path, text, name); err != nil {
			return err
		}
	}
	dir, _, err := openSafely(unix.AT_FDCWD, t.Dir(), t.Dir(), unix.S_IFDIR)
	if isNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	files, err := list(dir)
	if err != nil {
		return systemError(t.Dir(), "list", err)
	}
	for _, file := range files {
		if strings.EqualFold(file, motp.EncodeName(name)+ending) {
			return &Error{Kind: Unavailable, File: t.Dir() + "/" + file, Msg: "is named like the user, but not exactly"}
		}
	}
	return nil
}

func certainlyWithout(file string, text []byte, name string) error {
	_, isColumns := formOf(file, text).(columns)
	for l := range lines(text, 0) {
		if l.blank() {
			continue
		}
		entry := firstWord(l.text)
		wrong := false
		switch {
		case isColumns:
			wrong = len(bytes.Fields(l.text)) < 3
		case l.isHeader():
			var closed bool
			entry, closed = strings.CutSuffix(string(l.text[1:]), "]")
			entry, _, _ = strings.Cut(entry, "/")
			wrong = !closed || strings.TrimSpace(entry) != entry
		default:
			entry = ""
			wrong = !bytes.Contains(l.text, []byte("="))
		}
		if wrong {
			return &Error{Kind: Unavailable, File: file, Line: l.number, Msg: "is no entry, and might have been one"}
		}
		if entry != "" && strings.EqualFold(entry, name) {
			return &Error{Kind: Unavailable, File: file, Line: l.number, Msg: "names the user, but not exactly"}
		}
	}
	return nil
}
