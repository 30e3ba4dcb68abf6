package conf

import (
	"bytes"

	"github.com/pam-motp/pam-motp/motp"
)

// sections is the INI form: settings, then a [section] a user with one "key = value" a line. Values stand for themselves: there are no quotes, continuation
// lines, inline comments or interpolation, so that a PIN may hold any printable character. (A general INI library keeps none of these
// promises wholly, and gives no line numbers.)
type sections struct {
	file string
	text []byte
}

// settings reads the lines above the first section.
func (s sections) settings() (motp.Policy, error) {
	policy := motp.DefaultPolicy
	err := s.assign(0, BadSettings, func(key, value string) string { return setPolicy(&policy, key, value) })
	if err != nil {
		return motp.DefaultPolicy, err
	}
	return policy, nil
}

// firstSetting returns the first line above the sections that says something.
func (s sections) firstSetting() (line, bool) {
	for l := range lines(s.text, 0) {
		if l.isHeader() {
			break
		}
		if !l.blank() {
			return l, true
		}
	}
	return line{}, false
}

func (s sections) entries(name string) []Entry {
	var found []Entry
	prefix := "["
	if name != "" {
		prefix += name + "]"
	}
	for at := range starts(s.text, prefix) {
		found = append(found, s.entry(at))
	}
	return found
}

// entry reads the section whose header begins at a place in the text.
func (s sections) entry(at int) Entry {
	e := Entry{File: s.file, Line: lineNumber(s.text, at)}
	var header line
	for l := range lines(s.text, at) {
		header = l
		break
	}
	end := bytes.LastIndexByte(header.text, ']')
	if end < 0 {
		end = len(header.text)
	}
	e.User.Name = string(header.text[1:end])
	if end != len(header.text)-1 {
		// the name, for whom the login looked, ends at the first bracket
		if first := bytes.IndexByte(header.text, ']'); first > 0 {
			e.User.Name = string(header.text[1:first])
		}
		e.Err = &Error{Kind: BadUser, File: s.file, Line: e.Line, Msg: "a section is one name in brackets, and nothing behind them"}
		return e
	}
	if e.User.Name == "" {
		e.Err = &Error{Kind: BadUser, File: s.file, Line: e.Line, Msg: "a section without a name"}
		return e
	}

	var token motp.Token
	body := header.start + lineLength(s.text[header.start:])
	err := s.assign(body, BadUser, func(key, value string) string { return setUser(&e.User, &token, key, value) })
	if err != nil {
		e.Err = err
		return e
	}
	if token.Secret == "" || token.PIN == "" {
		missing := "secret"
		if token.Secret != "" {
			missing = "pin"
		}
		e.Err = &Error{Kind: BadUser, File: s.file, Line: e.Line, Key: missing, Msg: "is missing"}
		return e
	}
	e.User.Tokens = []motp.Token{token}
	return e
}

// assign gives every "key = value" up to the next section to set, which says what is wrong with it, or nothing.
func (s sections) assign(from int, kind Kind, set func(key, value string) string) error {
	var seen []string
	for l := range lines(s.text, from) {
		if l.isHeader() {
			break
		}
		if l.blank() {
			continue
		}
		fail := func(key, msg string) error {
			return &Error{Kind: kind, File: s.file, Line: lineNumber(s.text, l.start), Key: key, Msg: msg}
		}
		key, value, ok := bytes.Cut(l.text, []byte("="))
		if !ok {
			return fail("", "neither a [section] nor key = value")
		}
		k := string(bytes.TrimRight(key, " \t"))
		for _, earlier := range seen {
			if k == earlier {
				return fail(k, "is set twice")
			}
		}
		seen = append(seen, k)
		if msg := set(k, string(bytes.TrimLeft(value, " \t"))); msg != "" {
			return fail(shownKey(k), msg)
		}
	}
	return nil
}

// lineLength is that of the first line with its end.
func lineLength(text []byte) int {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return i + 1
	}
	return len(text)
}
