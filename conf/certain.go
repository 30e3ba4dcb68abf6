package conf

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

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
		if fileOf(file, motp.EncodeName(name)) {
			return &Error{Kind: Unavailable, File: t.Dir() + "/" + file, Msg: "is named like the user, but not exactly"}
		}
	}
	return nil
}

func certainlyWithout(file string, text []byte, name string) error {
	_, isColumns := formOf(file, text).(columns)
	for l := range lines(text, 0) {
		fail := func(msg string) error {
			return &Error{Kind: Unavailable, File: file, Line: l.number, Msg: msg}
		}
		switch {
		case bytes.IndexByte(l.text, '\r') >= 0:
			return fail("has a carriage return in the middle, behind which another line may be meant")
		case l.blank() || name == "" || !holdsFolded(l.text, name) && !cutOff(l.text, name): // nearly all lines, which cost nothing more
		case isColumns && columnsTrace(columns{file, text}, l, name), !isColumns && sectionsTrace(l, name):
			return fail("names the user, but not exactly")
		}
	}
	return nil
}

// sectionsTrace looks for a user's trace in a line of the form with sections.
func sectionsTrace(l line, name string) bool {
	text := string(l.text)
	key, _, _ := strings.Cut(text, "=")
	switch {
	case l.isSetting() && isKey(strings.TrimRight(key, " \t")):
		joined := strings.LastIndexByte(text, '[') // the next section, where a line end is missing
		return joined >= 0 && holdsWord(text[joined:], name)
	case l.isHeader() && strings.HasSuffix(text, "]"):
		user, _, _ := strings.Cut(text[1:len(text)-1], "/")
		return holdsWord(user, name)
	}
	return holdsWord(text, name) || cutOff(l.text, name)
}

// columnsTrace looks for one in a row.
func columnsTrace(c columns, l line, name string) bool {
	text := string(l.text)
	l.start = 0 // where it stands is not asked, and costs a count of all lines before it
	if e := c.entry(l); e.Err == nil {
		return holdsWord(e.User.Name, name)
	}
	return holdsWord(text, name) || cutOff(l.text, name)
}

func isKey(key string) bool {
	return slices.Contains(userKeys, key) || slices.Contains(settingKeys, key)
}

// holdsFolded says whether a name stands in a text, in any case.
func holdsFolded(text []byte, name string) bool {
	for i := 0; i+len(name) <= len(text); i++ {
		const small = 0x20 // the bit that tells small letters from capitals
		if (text[i]|small == name[0]|small || name[0] >= utf8.RuneSelf) && bytes.EqualFold(text[i:i+len(name)], []byte(name)) {
			return true
		}
	}
	return false
}

// holdsWord says whether a name stands in a text by itself, in any case. A digit before it may be the end of something else.
func holdsWord(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	for from := 0; ; from++ {
		i := strings.Index(text[from:], name)
		if i < 0 {
			return false
		}
		from += i
		before, after := text[:from], text[from+len(name):]
		if (before == "" || !inName(before[len(before)-1]) || isDigit(before[len(before)-1])) && (after == "" || !inName(after[0])) {
			return true
		}
	}
}

// inName says whether a byte is one that names are made of.
func inName(c byte) bool {
	return 'a' <= c && c <= 'z' || isDigit(c) || strings.IndexByte("._-@+", c) >= 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// cutOff says whether a line that is not whole ends within the user's name.
func cutOff(text []byte, name string) bool {
	found := bytes.TrimLeft(text, "[ \t\u00a0")
	if end := bytes.IndexAny(found, "]/ \t"); end >= 0 {
		found = found[:end]
	}
	return len(found) > 0 && len(found) < len(name) && bytes.EqualFold(found, []byte(name[:len(found)]))
}

// fileOf says whether a file of the folder may be meant for a user: but for case, with the number or the ending that files of such folders have elsewhere.
func fileOf(file, encoded string) bool {
	file, encoded = strings.ToLower(file), strings.ToLower(encoded)
	numbered := strings.TrimLeft(file, "0123456789")
	if numbered != file && strings.TrimPrefix(numbered, "-") == encoded+ending || file == encoded+ending {
		return true
	}
	other := !strings.HasSuffix(file, ending)
	return other && (file == encoded || strings.HasPrefix(file, encoded+"."))
}
