package conf

import (
	"bytes"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// A document is the text of one file in one of the two forms. Reading and editing take it apart in
// the same way. An edit changes what it must and keeps every other byte: comments, blank lines,
// order, line ends; with an error nothing is changed. Edits do not judge what they find: what they
// made is read before it is written.
type document interface {
	form() form

	// settings reads what stands in the file for everyone.
	settings() (Settings, error)

	// entries returns the entries of one user, or of all with the name "". It reads nothing
	// else, and leaves the counting of lines to numberAll.
	entries(name string) []Entry

	// mayName says whether a line that holds a name may be meant for that user. The line is
	// given in small letters, too.
	mayName(t traces, l line, folded []byte) bool

	add(u motp.User) error
	remove(name string) error
	addToken(user string, token motp.Token) error
	removeToken(Address) error
	set(to Address, key, value string) error
	unset(from Address, key string) error

	// entryEnd returns behind which line an entry ends that begins in a line; and the same for
	// any other line, as if an entry began there.
	entryEnd(at int) int

	// part is a document of the same form, of some of the lines.
	part(lines []string) document

	// sealWith has what is written from now on sealed. others says whether anything is sealed
	// in the files that belong to the same table.
	sealWith(by motp.Sealer, others func() bool)

	bytes() []byte
	split() []string
	join(lines []string)
}

// A form is a way to write a table.
type form int

const (
	inSections form = iota // the INI form
	inColumns              // the form of pam_mobile_otp
)

// documentOf tells the two forms apart by the first line that is neither blank nor a comment: a
// section or a setting begins the one, a row the other. If it is none of these, a section further
// down shows that it was meant to be a setting.
func documentOf(file string, text []byte) document {
	c := content{file: file, text: text}
	for l := range lines(text, 0) {
		if l.blank() {
			continue
		}
		rows := &columns{c}
		if l.isHeader() || l.isSetting() || rows.entry(l).Err != nil && hasHeader(text) {
			break
		}
		return rows
	}
	return &sections{c}
}

func hasHeader(text []byte) bool {
	for range starts(text, "[") {
		return true
	}
	return false
}

// content is the text of a file: as bytes, to be searched, and as lines, to be edited.
type content struct {
	file string
	text []byte

	cut    []string // the lines with their ends, once somebody has asked for them
	edited bool     // and text is not what they say

	by    motp.Sealer // of what is written; nil leaves it as it is
	holds func() bool // something is sealed, here or in another file of the table
}

func (c *content) bytes() []byte {
	if c.edited {
		c.text, c.edited = []byte(strings.Join(c.cut, "")), false
	}
	return c.text
}

func (c *content) split() []string {
	if c.cut == nil {
		c.cut = splitLines(string(c.text))
	}
	return c.cut
}

func (c *content) join(lines []string) { c.cut, c.edited = lines, true }

// splitLines cuts a text behind its line ends.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

// see looks at a line as the reader does.
func see(s string) line { return line{text: []byte(strings.Trim(s, blanks+"\n"))} }

func isBlank(s string) bool { return strings.Trim(s, blanks+"\n") == "" }

func isComment(s string) bool {
	s = strings.TrimLeft(s, blanks)
	return s != "" && (s[0] == ';' || s[0] == '#')
}

// lineEnd returns how the lines of a file end.
func lineEnd(lines []string) string {
	if len(lines) > 0 && strings.HasSuffix(lines[0], "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// completeLastLine gives the last line its end, so that another can follow.
func completeLastLine(lines []string, end string) []string {
	if n := len(lines); n > 0 && !strings.HasSuffix(lines[n-1], "\n") {
		lines[n-1] += end
	}
	return lines
}

// entriesOf returns the entries of one user, and of nobody whose name only begins like that.
func entriesOf(d document, name string) []Entry {
	found := d.entries(name)
	numberAll(d.bytes(), found)
	return onlyNamed(name, found)
}

func onlyNamed(name string, found []Entry) []Entry {
	return slices.DeleteFunc(found, func(e Entry) bool {
		return e.User.Name != name || name == ""
	})
}

// lineOf finds the line in which a user's entry begins, as the reader does; 0 is the first.
func lineOf(d document, name string) (int, error) {
	switch found := entriesOf(d, name); len(found) {
	case 0:
		return 0, ErrNoUser
	case 1:
		return found[0].Line - 1, nil
	default:
		return 0, errTwice("", found[0].Line-1, found[1].Line-1)
	}
}

// sameForm tells whether an edit leaves a table in its form. In a file that mixes both, what stands
// first decides, and may go.
func sameForm(before, after []byte) bool {
	if !saysAnything(before) || !saysAnything(after) {
		return true
	}
	return documentOf("", before).form() == documentOf("", after).form()
}

// saysAnything tells whether there is more in a text than comments.
func saysAnything(text []byte) bool {
	for l := range lines(text, 0) {
		if !l.blank() {
			return true
		}
	}
	return false
}

// startsWithWord says whether a word is the first of a line.
func startsWithWord(line []byte, word string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(word))
	return ok && !strings.ContainsAny(word, " \t") &&
		(len(rest) == 0 || rest[0] == ' ' || rest[0] == '\t')
}
