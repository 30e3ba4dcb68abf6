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
		whole := bytes.Contains(l.text, []byte("=")) && !l.isHeader()
		if whole && !isColumns {
			continue // a key
		}
		if l.isHeader() {
			whole = bytes.HasSuffix(l.text, []byte("]"))
		} else if isColumns {
			whole = len(bytes.Fields(l.text)) >= 3
		}
		if traceOf(name, nameIn(string(l.text)), whole) {
			return &Error{Kind: Unavailable, File: file, Line: l.number, Msg: "names the user, but not exactly"}
		}
	}
	return nil
}

// nameIn finds what might be a user's name in a line that is no key.
func nameIn(l string) string {
	l = strings.TrimLeft(l, "[ \t\u00a0")
	if end := strings.IndexAny(l, "]/ \t"); end >= 0 {
		l = l[:end]
	}
	return l
}

// traceOf says whether a name that was found might be the user's: but for its case, or cut off in a line that is not whole.
func traceOf(user, found string, whole bool) bool {
	if found == "" || user == "" {
		return false
	}
	cut := !whole && len(found) < len(user) && strings.EqualFold(found, user[:len(found)])
	return cut || strings.EqualFold(found, user)
}
