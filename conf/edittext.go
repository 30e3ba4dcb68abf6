package conf

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A text is the content of a table that is being edited. Its methods change what they must and keep every other byte: comments, blank lines, order,
// line ends. With an error nothing was changed. They do not judge what they find; the reader does, before anything is written.
type text interface {
	add(u motp.User) error
	remove(name string) error
	addToken(user string, token motp.Token) error
	removeToken(Address) error
	set(to Address, key, value string) error
	unset(from Address, key string) error
	bytes() []byte
}

// parseText takes a file's content for the form it is in.
func parseText(content []byte) text {
	lines := splitLines(string(content))
	if _, ok := formOf("", content).(columns); ok {
		return &tableText{lines}
	}
	return &iniText{lines}
}

// splitLines cuts a text behind its line ends.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	return lines
}

// A setting is one line of a section.
type setting struct{ key, value string }

// settingsOf writes down what a token's section says. What has its zero value is left out.
func settingsOf(t motp.Token) (all []setting) {
	secret := t.Secret
	if t.Type != motp.MobileOTP {
		all = append(all, setting{"type", t.Type.String()})
		secret = EncodeKey([]byte(t.Secret))
	}
	all = append(all, setting{"secret", secret})
	if t.PIN != "" {
		all = append(all, setting{"pin", t.PIN})
	}
	if t.Offset != 0 {
		all = append(all, setting{"offset", FormatOffset(t.Offset)})
	}
	if t.Algorithm != motp.SHA1 {
		all = append(all, setting{"algorithm", t.Algorithm.String()})
	}
	for _, n := range []struct {
		key   string
		value int64
	}{{"digits", int64(t.Digits)}, {"period", int64(t.Period / time.Second)}, {"t0", t.T0}, {"counter", t.Counter}} {
		if n.value != 0 {
			all = append(all, setting{n.key, strconv.FormatInt(n.value, 10)})
		}
	}
	return all
}

// FormatOffset writes an offset the way motp.conf has it: "1h0m20s", "-90s" as "-1m30s", "0".
func FormatOffset(offset time.Duration) string {
	if offset == 0 {
		return "0"
	}
	s := offset.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// ParseOffset reads an offset the way motp.conf has it: a duration, "1h0m20s", or a whole number of 10-second steps.
func ParseOffset(s string) (time.Duration, error) {
	var t motp.Token
	if msg := setOffset(&t, s); msg != "" {
		return 0, errors.New(msg)
	}
	return t.Offset, nil
}

// see looks at a line as the reader does.
func see(s string) line { return line{text: []byte(strings.Trim(s, blanks+"\n"))} }

func isBlank(s string) bool { return len(see(s).text) == 0 }

func isComment(s string) bool { return see(s).blank() && !isBlank(s) }

// lineOf finds the line in which a user's entry begins, as the reader does; 0 is the first.
func lineOf(f form, name string) (int, error) {
	switch found := entriesOf(f, name); len(found) {
	case 0:
		return 0, ErrNoUser
	case 1:
		return found[0].Line - 1, nil
	default:
		return 0, errTwice("", found[0].Line-1, found[1].Line-1)
	}
}

// entriesOf returns the entries of one user, and of nobody whose name only begins like that.
func entriesOf(f form, name string) []Entry {
	found := f.entries(name)
	switch f := f.(type) {
	case sections:
		numberAll(f.text, found)
	case columns:
		numberAll(f.text, found)
	}
	return onlyNamed(name, found)
}

func onlyNamed(name string, found []Entry) []Entry {
	return slices.DeleteFunc(found, func(e Entry) bool { return e.User.Name != name || name == "" })
}

// keyOf returns the key of a setting's line; ok is false for any other line.
func keyOf(s string) (key string, ok bool) {
	l := see(s)
	if l.blank() || l.isHeader() {
		return "", false
	}
	key, _, ok = strings.Cut(string(l.text), "=")
	return strings.TrimRight(key, " \t"), ok
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

func errTwice(key string, first, second int) error {
	what := "is there"
	if key != "" {
		what = "has " + key
	}
	return errors.New(what + " twice, in lines " + strconv.Itoa(first+1) + " and " + strconv.Itoa(second+1) + ": delete one of them")
}

// A formError is about what only the INI form can say.
type formError struct{ what string }

func (e *formError) Error() string { return "the four-column table cannot say " + e.what }
