package conf

import (
	"errors"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// newTable is what a new table begins with.
const newTable = "; Who may log in with a one-time password: " +
	"read by pam_motp and by the command motp.\n" +
	`; It holds secrets: keep it root's alone, mode 0600. "motp add USER" adds a user.
;
; Settings for everyone stand here, above the first user:
; window       = 3m
; max_failures = 8
; unlock_after = never

; Clocks that drift are followed from one login to the next, this far at the most.
max_drift = 10m
`

// add appends a section for each token.
func (s *sections) add(u motp.User) error {
	before := s.split()
	if len(before) == 0 {
		s.join(splitLines(newTable))
	}
	err := s.append(u)
	if err != nil {
		s.join(before)
	}
	return err
}

// append is add to a text that has begun.
func (s *sections) append(u motp.User) error {
	if err := checkHeader(u.Name); err != nil {
		return err
	}
	var all [][]setting
	for _, t := range u.Tokens {
		settings, err := s.sealedSettings(u.Name, t)
		if err != nil {
			return err
		}
		all = append(all, settings)
	}
	for i, t := range u.Tokens {
		settings := all[i]
		if t.Name == "" {
			settings = append(settings, Entry{User: u}.person().settings()...)
		}
		s.insert(len(s.split()), Address{u.Name, t.Name}, settings)
	}
	return nil
}

// addToken puts a section behind the last one of its user.
func (s *sections) addToken(user string, token motp.Token) error {
	own := s.sectionsOf(user)
	if len(own) == 0 {
		return ErrNoUser
	}
	settings, err := s.sealedSettings(user, token)
	if err != nil {
		return err
	}
	s.insert(s.end(own[len(own)-1].line), Address{user, token.Name}, settings)
	return nil
}

// insert writes a section before a line, with a blank line to either side.
func (s *sections) insert(at int, a Address, settings []setting) {
	width := 0
	for _, one := range settings {
		width = max(width, len(one.key))
	}
	end := lineEnd(s.split())
	all := completeLastLine(s.split(), end)
	var section []string
	if at > 0 && !isBlank(all[at-1]) {
		section = append(section, end)
	}
	section = append(section, "["+a.header()+"]"+end)
	for _, one := range settings {
		gap := strings.Repeat(" ", width-len(one.key))
		section = append(section, one.key+gap+" = "+one.value+end)
	}
	if at < len(all) && !isBlank(all[at]) {
		section = append(section, end)
	}
	s.join(slices.Insert(all, at, section...))
}

// header is what stands between the brackets.
func (a Address) header() string {
	if a.Token == "" {
		return a.User
	}
	return a.User + "/" + a.Token
}

// remove cuts out a user's section, and those of the user's further tokens.
func (s *sections) remove(name string) error {
	if _, err := lineOf(s, name); err != nil {
		return err
	}
	for _, sec := range slices.Backward(s.sectionsOf(name)) {
		s.cutOut(sec.line)
	}
	return nil
}

// removeToken cuts out the section of one token.
func (s *sections) removeToken(a Address) error {
	head, err := s.head(a)
	if err != nil {
		return err
	}
	s.cutOut(head)
	return nil
}

// sectionsOf reads all of a user's sections. Their lines are counted from 0.
func (s *sections) sectionsOf(user string) (all []section) {
	text := s.bytes()
	for at := range starts(text, "["+user) {
		if sec := s.section(at); sec.user == user {
			sec.line = lineNumber(text, at) - 1
			all = append(all, sec)
		}
	}
	return all
}

// next returns where the section behind a header line ends: at the next one, or at the end of the
// file.
func (s *sections) next(head int) int {
	all := s.split()
	next := head + 1
	for next < len(all) && !see(all[next]).isHeader() {
		next++
	}
	return next
}

// entryEnd leaves the comment above the next section to that one.
func (s *sections) entryEnd(at int) int {
	end := s.next(at)
	if end < len(s.split()) {
		end = max(at+1, commentAbove(s.split(), end))
	}
	return end
}

func (s *sections) part(lines []string) document {
	return &sections{content{file: s.file, cut: lines, edited: true, by: s.by,
		holds: s.holds}}
}

// cutOut takes a section out, with the comment that stands directly above it. A comment directly
// above the next section belongs to that one; a comment among blank lines belongs to nobody; and
// the comment at the head of the file is the file's. These stay.
func (s *sections) cutOut(head int) {
	all := s.split()
	next := s.next(head)
	from := commentAbove(all, head)
	if from == 0 {
		from = head
	}
	to := s.end(head)
	for to < next && isBlank(all[to]) {
		to++
	}
	all = append(all[:from:from], all[to:]...)
	for n := from; n > 0 && n == len(all) && isBlank(all[n-1]); n-- {
		all = all[:n-1] // the section was the last: the blank line above it goes too
	}
	s.join(all)
}

// end returns where a section's own lines end: behind its last setting, and the comment lines that
// follow it directly, unless they belong to the next.
func (s *sections) end(head int) int {
	all := s.split()
	next := s.next(head)
	last := head
	for i := head + 1; i < next; i++ {
		if !isBlank(all[i]) && !isComment(all[i]) {
			last = i
		}
	}
	to := last + 1
	for to < next && isComment(all[to]) {
		to++
	}
	if to == next && next < len(all) {
		to = max(last+1, commentAbove(all, next))
	}
	return to
}

// set changes the value of a setting in its line, or adds a line after the section's last setting.
func (s *sections) set(a Address, key, value string) error {
	if err := checkQuotes([]setting{{key, value}}); err != nil {
		return err
	}
	head, err := s.head(a)
	if err != nil {
		return err
	}
	at, last, err := s.setting(key, head)
	if err != nil {
		return err
	}
	all := s.split()
	if at >= 0 && s.isAlready(a, see(all[at]).statement(), value) {
		return nil
	}
	if value, err = s.seal(a, key, value); err != nil {
		return err
	}
	if at >= 0 {
		all[at] = withValue(all[at], value)
		s.join(all)
		return nil
	}
	end := lineEnd(all)
	line := likeLine(all[last], key) + value + end
	if last == len(all)-1 {
		all = completeLastLine(all, end)
	}
	s.join(slices.Insert(all, last+1, line))
	return nil
}

// unset takes a setting's line out. Taking out what is not there is no error.
func (s *sections) unset(a Address, key string) error {
	head, err := s.head(a)
	if err != nil {
		return err
	}
	at, _, err := s.setting(key, head)
	if err != nil || at < 0 {
		return err
	}
	s.join(slices.Delete(s.split(), at, at+1))
	return nil
}

// head finds the header line of a token's section.
func (s *sections) head(a Address) (int, error) {
	all := s.sectionsOf(a.User)
	head := -1
	for _, sec := range all {
		if sec.token != a.Token {
			continue
		}
		if head >= 0 {
			return 0, errTwice("", head, sec.line)
		}
		head = sec.line
	}
	switch {
	case head >= 0:
		return head, nil
	case len(all) == 0:
		return 0, ErrNoUser
	case a.Token == "":
		return 0, errors.New("a token has a section, but the user has none: add it with " +
			"an editor")
	default:
		return 0, ErrNoToken
	}
}

// setting finds the line of a setting within a section, -1 if there is none, and that of the last
// one of any key, which is the header if there is none.
func (s *sections) setting(key string, head int) (at, last int, err error) {
	all := s.split()
	at, last = -1, head
	next := s.next(head)
	for i := head + 1; i < next; i++ {
		k, ok := keyOf(all[i])
		if !ok {
			continue
		}
		last = i
		if k != key {
			continue
		}
		if at >= 0 {
			return 0, 0, errTwice(key, at, i)
		}
		at = i
	}
	return at, last, nil
}

// keyOf returns the key of a setting's line, as the reader has it; ok is false for any other line.
func keyOf(s string) (key string, ok bool) {
	l := see(s)
	if l.blank() || l.isHeader() {
		return "", false
	}
	said := l.statement()
	return said.key, said.wrong != noStatement
}

// commentAbove returns the first line of the comment that stands directly above a line; that line
// itself if there is none.
func commentAbove(lines []string, at int) int {
	for at > 0 && isComment(lines[at-1]) {
		at--
	}
	return at
}

// withValue returns a setting's line with another value, and all else as it was.
func withValue(line, value string) string {
	before, after, _ := strings.Cut(line, "=")
	body := strings.TrimRight(after, "\r\n")
	blanks := body[:len(body)-len(strings.TrimLeft(body, " \t"))]
	if strings.TrimLeft(body, " \t") == "" {
		blanks = " "
	}
	return before + "=" + blanks + value + after[len(body):]
}

// likeLine returns the beginning of a setting's line, up to its value, with the equals sign where
// the given line has it.
func likeLine(line, key string) string {
	k, ok := keyOf(line)
	if !ok {
		return key + " = "
	}
	before, _, _ := strings.Cut(line, "=")
	indent := before[:len(before)-len(strings.TrimLeft(before, " \t"))]
	gap := len(before) - len(indent) - len(k) // blanks before the equals sign
	if gap == 0 {
		return indent + key + "="
	}
	return indent + key + strings.Repeat(" ", max(1, len(k)+gap-len(key))) + "= "
}
