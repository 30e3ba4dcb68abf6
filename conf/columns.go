package conf

import (
	"bytes"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// columns is the table of pam_mobile_otp: user, secret, PIN and offset in hours, separated by tabs or blanks. The offset may be missing. A line that begins
// with # is a comment, and so is what begins with # behind the PIN. There are no settings.
type columns struct {
	file string
	text []byte
}

func (columns) settings() (motp.Policy, error) { return motp.DefaultPolicy, nil }

func (c columns) entries(name string) []Entry {
	var found []Entry
	if name == "" {
		for l := range lines(c.text, 0) {
			if !l.blank() {
				found = append(found, c.entry(l))
			}
		}
		numberMistakes(c.text, found)
		return found
	}
	for at := range starts(c.text, name) {
		if l := c.lineAt(at); !l.blank() && startsWithWord(l.text, name) {
			found = append(found, c.entry(l))
		}
	}
	for at := range starts(c.text, "["+name+"]") {
		e := c.entry(c.lineAt(at))
		e.User.Name = name
		found = append(found, e)
	}
	numberMistakes(c.text, found)
	return found
}

func (c columns) lineAt(at int) (l line) {
	for l = range lines(c.text, at) {
		break
	}
	return l
}

// startsWithWord says whether a word is the first of a line.
func startsWithWord(line []byte, word string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(word))
	return ok && !strings.ContainsAny(word, " \t") && (len(rest) == 0 || rest[0] == ' ' ||
		rest[0] == '\t')
}

// entry reads one row.
func (c columns) entry(l line) Entry {
	words := strings.FieldsFunc(string(l.text), func(r rune) bool { return r == ' ' || r == '\t' })
	e := Entry{User: motp.User{Name: words[0]}, File: c.file, at: l.start}
	fail := func(key, msg string) Entry {
		e.Err = mistakeAt(BadUser, c.file, l.start, key, msg)
		return e
	}
	if l.isHeader() {
		return fail("", "a [section] in a table of columns: a file has one form, not both")
	}
	for i := 3; i < len(words); i++ {
		if strings.HasPrefix(words[i], "#") {
			words = words[:i]
		}
	}
	if len(words) < 3 || len(words) > 4 {
		return fail("", "a row is user, secret, pin, and offset in hours")
	}
	var t motp.Token
	if msg := setSecret(&t, words[1]); msg != "" {
		return fail("secret", msg)
	}
	if msg := setPIN(&t, words[2]); msg != "" {
		return fail("pin", msg)
	}
	if len(words) == 4 {
		if msg := setHours(&t, words[3]); msg != "" {
			return fail("offset", msg)
		}
	}
	e.User.Tokens = []motp.Token{t}
	return e
}
