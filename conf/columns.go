package conf

import (
	"bytes"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// columns is the table of pam_mobile_otp: user, secret, PIN and offset in hours, separated by tabs
// or blanks. The offset may be missing. A line that begins with # is a comment, and so is what
// begins with # behind the PIN. There are no settings.
type columns struct{ content }

// columnsType is the only type of token that the form has.
const columnsType = motp.MobileOTP

// The columns.
const (
	nameColumn = iota
	secretColumn
	pinColumn
	offsetColumn
	allColumns
)

func (*columns) form() form { return inColumns }

func (*columns) settings() (Settings, error) { return DefaultSettings(), nil }

func (c *columns) entries(name string) []Entry {
	var found []Entry
	text := c.bytes()
	if name == "" {
		for l := range lines(text, 0) {
			if !l.blank() {
				found = append(found, c.entry(l))
			}
		}
		numberMistakes(text, found)
		return found
	}
	for at := range starts(text, name) {
		if l := lineAt(text, at); !l.blank() && startsWithWord(l.text, name) {
			found = append(found, c.entry(l))
		}
	}
	for at := range starts(text, "["+name+"]") {
		e := c.entry(lineAt(text, at))
		e.User.Name = name
		found = append(found, e)
	}
	numberMistakes(text, found)
	return found
}

// entry reads one row.
func (c *columns) entry(l line) Entry {
	row := string(l.text)
	words := columnsOf(row)
	e := Entry{User: motp.User{Name: words[nameColumn].of(row)}, File: c.file, at: l.start}
	fail := func(key, msg string) Entry {
		e.Err = mistakeAt(BadUser, c.file, l.start, key, msg)
		return e
	}
	if l.isHeader() {
		return fail("", "a [section] in a table of columns: a file has one form, not both")
	}
	if len(words) < offsetColumn || len(words) > allColumns {
		return fail("", "a row is user, secret, pin, and offset in hours")
	}
	t := motp.Token{Type: columnsType}
	for i, key := range []string{secretColumn: "secret", pinColumn: "pin"} {
		if isSealed(words[i].of(row)) && maySeal(key) {
			e.at = l.start
			e.Err = e.mistake(0, key, errNoRoom)
			return e
		}
	}
	if msg := setSecret(&t, words[secretColumn].of(row)); msg != "" {
		return fail("secret", msg)
	}
	if msg := setPIN(&t, words[pinColumn].of(row)); msg != "" {
		return fail("pin", msg)
	}
	if len(words) > offsetColumn {
		if msg := setHours(&t, words[offsetColumn].of(row)); msg != "" {
			return fail("offset", msg)
		}
	}
	e.User.Tokens = []motp.Token{t}
	return e
}

// A span is where in a line a column stands.
type span struct{ from, to int }

func (s span) of(line string) string { return line[s.from:s.to] }

// columnsOf finds the columns of a row; none in a blank line or a comment.
func columnsOf(line string) (columns []span) {
	if isBlank(line) || isComment(line) {
		return nil
	}
	end := len(strings.TrimRight(line, blanks+"\n"))
	for i := len(line) - len(strings.TrimLeft(line, blanks)); i < end; {
		from := i
		for i < end && line[i] != ' ' && line[i] != '\t' {
			i++
		}
		if len(columns) >= offsetColumn && line[from] == '#' {
			break // a comment
		}
		columns = append(columns, span{from, i})
		for i < end && (line[i] == ' ' || line[i] == '\t') {
			i++
		}
	}
	return columns
}

// mayName looks at a row. In one that is well-formed only the first column names anybody.
func (c *columns) mayName(t traces, l line, folded []byte) bool {
	first := folded
	if i := bytes.IndexAny(folded, " \t"); i >= 0 {
		first = folded[:i]
	}
	return t.in(first) || c.entry(l).Err != nil
}
