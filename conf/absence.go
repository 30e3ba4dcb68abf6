package conf

import (
	"bytes"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// ConfirmAbsent returns nil if a user whom Lookup did not find is not meant to be in the table,
// under any of these names: what was typed, and what the system calls that account. It is for
// those who let such a user pass. A name that differs in its case, by blanks, or in having a
// domain or none (alice@example.com, EXAMPLE\alice), or a line that is of no form, may be the
// trace of one who is. It reads the whole table, once.
func (t Table) ConfirmAbsent(names ...string) error {
	text, free, err := readSafely(unix.AT_FDCWD, t.Path, t.Path)
	if err != nil && !isNotExist(err) {
		return err
	}
	wanted := tracesOf(names)
	if err == nil {
		defer free()
		if err := confirmAbsent(t.Path, text, wanted); err != nil {
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
		if wanted.inFileName(file) {
			return &Error{
				Kind: Unavailable,
				File: t.Dir() + "/" + file,
				Msg:  "is named like the user, but not exactly",
			}
		}
	}
	return nil
}

// confirmAbsent looks through one text.
func confirmAbsent(file string, text []byte, wanted traces) error {
	d := documentOf(file, text)
	var folded []byte
	for l := range lines(text, 0) {
		fail := func(msg string) error {
			err := mistakeAt(Unavailable, file, l.start, "", msg)
			numberMistake(text, err)
			return err
		}
		if bytes.IndexByte(l.text, '\r') >= 0 {
			return fail("has a carriage return in the middle, " +
				"behind which another line may be meant")
		}
		if l.blank() {
			continue
		}
		folded = appendFolded(folded[:0], l.text)
		if !wanted.in(folded) && !wanted.beginWith(folded) {
			continue // nearly all lines, which cost nothing more
		}
		if d.mayName(wanted, l, folded) {
			return fail("names the user, but not exactly")
		}
	}
	return nil
}

// mayName looks at what names somebody in a line of the INI form.
func (*sections) mayName(t traces, l line, folded []byte) bool {
	said, whole := namesIn(l)
	return t.in(appendFolded(nil, said)) || !whole && t.beginWith(folded)
}

// namesIn returns what a line of the form with sections may name users with. whole says that the
// line cannot have been cut off in the middle of a name.
func namesIn(l line) (said []byte, whole bool) {
	if l.isSetting() {
		if key, _, _ := l.cut(); isKey(string(key)) {
			// the next section, where a line end is missing
			joined := bytes.LastIndexByte(l.text, '[')
			if joined < 0 {
				return nil, true
			}
			return l.text[joined:], true
		}
	}
	if inside, closed := bytes.CutSuffix(l.text, []byte("]")); closed && l.isHeader() {
		user, _, _ := bytes.Cut(inside[1:], []byte("/"))
		return user, true
	}
	return l.text, false
}

// plainName reads the %41 of the names that motp.EncodeName makes, in small letters too.
func plainName(file string) string {
	var b []byte
	for i := 0; i < len(file); i++ {
		c := file[i]
		if c == '%' && i+2 < len(file) {
			if n, err := strconv.ParseUint(file[i+1:i+3], 16, 8); err == nil {
				c, i = byte(n), i+2
			}
		}
		b = append(b, c)
	}
	return string(b)
}

func isKey(key string) bool {
	return isUserKey(key) || slices.Contains(settingKeys, key)
}

// inFileName says whether a file of the folder may be meant for a user: but for case and domain,
// with the number or the ending that files of such folders have elsewhere.
func (t traces) inFileName(file string) bool {
	folded := appendFolded(nil, []byte(plainName(file)))
	stem, ours := bytes.CutSuffix(folded, []byte(ending))
	if !ours {
		stem, _, _ = bytes.Cut(folded, []byte("."))
	}
	numbered := bytes.TrimLeft(stem, "0123456789")
	if len(numbered) < len(stem) {
		numbered = bytes.TrimPrefix(numbered, []byte("-"))
	}
	return t.in(stem) || t.in(numbered)
}
