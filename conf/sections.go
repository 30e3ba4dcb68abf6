package conf

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// sections is the INI form: settings, then a [section] a user, and one a further token, with one
// "key = value" a line. Values stand for themselves: there are no quotes, continuation lines,
// inline comments or interpolation. Where a section begins, and whose it is, is found by a search;
// what it says is read by gopkg.in/ini.v1, which takes the square of the time for many sections.
type sections struct{ content }

func (*sections) form() form { return inSections }

// settings reads the lines above the first section.
func (s *sections) settings() (Settings, error) {
	read := DefaultSettings()
	all := parseINI(s.bytes(), 0, len(settingKeys))
	err := s.assign(all, BadSettings, read.set)
	if err == nil {
		err = s.completeFleet(all, &read.Fleet)
	}
	if err != nil {
		numberMistake(s.bytes(), err)
		return DefaultSettings(), err
	}
	return read, nil
}

// completeFleet looks at what the settings of a fleet say together.
func (s *sections) completeFleet(all []statement, f *Fleet) error {
	var said []string
	for _, one := range all {
		if isFleetKey(one.key) {
			said = append(said, one.key)
		}
	}
	key, msg := f.complete(said)
	if msg == "" {
		return nil
	}
	at := slices.IndexFunc(all, func(one statement) bool { return one.key == key })
	return mistakeAt(BadSettings, s.file, all[at].at, key, msg)
}

// firstSetting returns the first line above the sections that says something.
func (s *sections) firstSetting() (line, bool) {
	for l := range lines(s.bytes(), 0) {
		if l.isHeader() {
			break
		}
		if !l.blank() {
			return l, true
		}
	}
	return line{}, false
}

// entries gathers the sections of a user, [alice] and [alice/tablet], into one entry.
func (s *sections) entries(name string) []Entry {
	var found []Entry
	byName := make(map[string]int) // index of a user's entry
	for at := range starts(s.bytes(), "["+name) {
		if name != "" && !s.named(at, name) {
			continue // [alice2] begins with [alice too
		}
		sec := s.section(at)
		if name != "" && sec.user != name {
			continue // [alice]2] does, too
		}
		i, seen := byName[sec.user]
		if !seen || sec.token == "" && sec.err == nil && s.isFirst(found[i]) {
			// a user's first section; the second of that name is an entry of its own,
			// and so a duplicate
			byName[sec.user] = len(found)
			found = append(found,
				Entry{User: motp.User{Name: sec.user}, File: s.file, at: sec.at})
			i = len(found) - 1
		}
		s.gather(&found[i], sec)
	}
	for i := range found {
		e := &found[i]
		if e.Err == nil && e.User.Tokens[0].Name != "" {
			e.Err = mistakeAt(BadUser, s.file, e.at, "",
				"a token's section, but its user has none")
		}
		if e.Err != nil {
			e.User.Tokens = nil
		}
		if allPlain(e.sealed) {
			e.sealed = nil
		}
	}
	numberMistakes(s.bytes(), found)
	return found
}

// named says whether the header in the line at a place is that of a user, or of a token of theirs,
// as far as that can be told before the section is read: behind the name it ends.
func (s *sections) named(at int, name string) bool {
	text := s.bytes()
	rest := text[at+bytes.IndexByte(text[at:], '[')+1:][len(name):]
	if len(rest) == 0 || rest[0] == ']' || rest[0] == '/' {
		return true
	}
	for l := range lines(rest, 0) {
		return len(l.text) == 0
	}
	return true
}

// isFirst says whether an entry has the user's own section already.
func (s *sections) isFirst(e Entry) bool {
	return e.Err != nil || e.User.Tokens[0].Name == ""
}

// gather puts what a section says into its user's entry. The user's own section comes first among
// the tokens, wherever it stands.
func (s *sections) gather(e *Entry, sec section) {
	fail := func(key, msg string) {
		if e.Err == nil {
			e.Err = mistakeAt(BadUser, s.file, sec.at, key, msg)
		}
	}
	if sec.err != nil {
		if e.Err == nil {
			e.Err = sec.err
		}
		return
	}
	for _, t := range e.User.Tokens {
		if t.Name == sec.token {
			fail("", "this token has a section already")
			return
		}
	}
	if len(e.User.Tokens) == motp.MaxTokens {
		fail("", "more than 8 tokens")
		return
	}
	if sec.token != "" {
		e.User.Tokens = append(e.User.Tokens, sec.what)
		e.sealed = append(e.sealed, sec.sealed)
		e.furtherAt = append(e.furtherAt, sec.at)
		return
	}
	sec.person.putInto(e)
	e.at = sec.at
	e.User.Tokens = slices.Insert(e.User.Tokens, 0, sec.what)
	e.sealed = slices.Insert(e.sealed, 0, sec.sealed)
}

// A section is a token of a user: the first, [alice], or one more, [alice/tablet].
type section struct {
	user, token string
	at          int // where its header begins, in bytes
	line        int // the same, in lines; only editors count them
	person      person
	what        motp.Token
	sealed      sealed // what of that stands sealed, and is empty there
	err         error
}

// section reads the one whose header begins at a place in the text.
func (s *sections) section(at int) section {
	sec := section{at: at}
	header := lineAt(s.bytes(), at)
	fail := func(key, msg string) section {
		sec.err = mistakeAt(BadUser, s.file, at, key, msg)
		return sec
	}
	inside, closed := header.inBrackets()
	name, token, isToken := strings.Cut(string(inside), "/")
	sec.user, sec.token = name, token
	switch {
	case !closed:
		return fail("", "a section is one name in brackets, and nothing behind them")
	case name == "":
		return fail("", "a section without a name")
	case isToken && !tokenName(token):
		return fail("", wrongTokenName)
	}

	body := header.start + lineLength(s.bytes()[header.start:])
	var p person
	sec.what.Name = token
	if err := s.assignToken(body, &p, &sec.what, &sec.sealed); err != nil {
		sec.err = err
		return sec
	}
	sec.person = p
	switch {
	case sec.what.Secret == "" && sec.sealed.secret == "":
		return fail("secret", "is missing")
	case sec.what.PIN == "" && sec.sealed.pin == "" && sec.what.Kind().PINInCode:
		return fail("pin", "is missing")
	case isToken && p.disabled:
		return fail(disabledKey, ofTheUser)
	case isToken && p.local:
		return fail(localKey, ofTheUser)
	case isToken && p.paper.Exist():
		return fail(paperKey, ofTheUser)
	}
	return sec
}

const ofTheUser = "stands in the user's own section"

// inBrackets returns what a header is for: a user, or user/token. closed says that it ends there;
// if it does not, that is whom the mistake concerns.
func (l line) inBrackets() (inside []byte, closed bool) {
	inside, closed = bytes.CutSuffix(l.text[1:], []byte("]"))
	if !closed {
		inside, _, _ = bytes.Cut(inside, []byte("]"))
	}
	return inside, closed
}

// assignToken reads the settings of a token, up to the next section: the type first, wherever it
// stands, since it says what the other keys mean. What is sealed is noted beside.
func (s *sections) assignToken(from int, p *person, t *motp.Token, beside *sealed) error {
	all := parseINI(s.bytes(), from, len(userKeys()))
	for _, said := range all {
		if said.key == "type" {
			_ = setType(t, said.value)
		}
	}
	return s.assign(all, BadUser, func(key, value string) string {
		if maySeal(key) && isSealed(value) {
			return beside.set(key, value)
		}
		return setLine(p, t, key, value)
	})
}

// CheckTokenName says what is wrong with the name of a further token.
func CheckTokenName(name string) error {
	if !tokenName(name) {
		return errors.New(wrongTokenName)
	}
	return nil
}

const wrongTokenName = "a token's name has 1 to 32 letters, digits, and . _ -"

// tokenName says whether a token may be named so.
func tokenName(s string) bool {
	return s != "" && len(s) <= 32 &&
		strings.Trim(s,
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}

// assign gives every key with its value to set, which says what is wrong with it, or nothing.
func (s *sections) assign(all []statement, kind Kind, set func(key, value string) string) error {
	for _, said := range all {
		wrong := said.wrong
		if wrong == "" {
			wrong = set(said.key, said.value)
		}
		if wrong == noStatement {
			return mistakeAt(kind, s.file, said.at, "", wrong)
		}
		if wrong != "" {
			return mistakeAt(kind, s.file, said.at, shownKey(said.key), wrong)
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
