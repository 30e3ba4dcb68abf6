package conf

import (
	"errors"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// iniText is a table in the INI form, as lines.
type iniText struct {
	lines []string
}

// newTable is what a new table begins with.
const newTable = `; Who may log in with a one-time password: read by pam_motp and by the command motp.
; It holds secrets: keep it root's alone, mode 0600. "motp add USER" adds a user.
;
; Settings for everyone stand here, above the first user:
; window       = 3m
; max_failures = 8
; unlock_after = never

; Clocks that drift are followed from one login to the next, this far at the most.
max_drift = 10m
`

func (x *iniText) bytes() []byte { return []byte(strings.Join(x.lines, "")) }

// add appends a section.
func (x *iniText) add(u motp.User) error {
	if err := checkHeader(u.Name); err != nil {
		return err
	}
	for _, t := range u.Tokens {
		if err := checkQuotes(settingsOf(t)); err != nil {
			return err
		}
	}
	if len(x.lines) == 0 {
		x.lines = splitLines(newTable)
	}
	for _, t := range u.Tokens {
		settings := settingsOf(t)
		if u.Disabled && t.Name == "" {
			settings = append(settings, setting{"disabled", "yes"})
		}
		x.insert(len(x.lines), Address{u.Name, t.Name}, settings)
	}
	return nil
}

// addToken puts a section behind the last one of its user.
func (x *iniText) addToken(user string, token motp.Token) error {
	heads := x.heads(user)
	if len(heads) == 0 {
		return ErrNoUser
	}
	settings := settingsOf(token)
	if err := checkQuotes(settings); err != nil {
		return err
	}
	x.insert(x.end(heads[len(heads)-1]), Address{user, token.Name}, settings)
	return nil
}

// insert writes a section before a line, with a blank line to either side.
func (x *iniText) insert(at int, a Address, settings []setting) {
	width := 0
	for _, s := range settings {
		width = max(width, len(s.key))
	}
	end := lineEnd(x.lines)
	x.lines = completeLastLine(x.lines, end)
	var section []string
	if at > 0 && !isBlank(x.lines[at-1]) {
		section = append(section, end)
	}
	section = append(section, "["+a.header()+"]"+end)
	for _, s := range settings {
		section = append(section, s.key+strings.Repeat(" ", width-len(s.key))+" = "+s.value+end)
	}
	if at < len(x.lines) && !isBlank(x.lines[at]) {
		section = append(section, end)
	}
	x.lines = slices.Insert(x.lines, at, section...)
}

// header is what stands between the brackets.
func (a Address) header() string {
	if a.Token == "" {
		return a.User
	}
	return a.User + "/" + a.Token
}

// remove cuts out a user's section, and those of the user's further tokens.
func (x *iniText) remove(name string) error {
	if _, err := lineOf(sections{text: x.bytes()}, name); err != nil {
		return err
	}
	for _, head := range slices.Backward(x.heads(name)) {
		x.cut(head)
	}
	return nil
}

// removeToken cuts out the section of one token.
func (x *iniText) removeToken(a Address) error {
	head, _, err := x.section(a)
	if err != nil {
		return err
	}
	x.cut(head)
	return nil
}

// heads returns the header lines of all of a user's sections.
func (x *iniText) heads(user string) (heads []int) {
	text := x.bytes()
	for _, sec := range x.sectionsOf(user) {
		heads = append(heads, lineNumber(text, sec.at)-1)
	}
	return heads
}

// sectionsOf reads all of a user's sections.
func (x *iniText) sectionsOf(user string) (all []section) {
	s := sections{text: x.bytes()}
	for at := range starts(s.text, "["+user) {
		if sec := s.section(at); sec.user == user {
			sec.line = lineNumber(s.text, at)
			all = append(all, sec)
		}
	}
	return all
}

// next returns where the section behind a header line ends: at the next one, or at the end of the file.
func (x *iniText) next(head int) int {
	next := head + 1
	for next < len(x.lines) && !see(x.lines[next]).isHeader() {
		next++
	}
	return next
}

// cut takes a section out, with the comment that stands directly above it. A comment directly above the next section belongs to that one; a
// comment among blank lines belongs to nobody; and the comment at the head of the file is the file's. These stay.
func (x *iniText) cut(head int) {
	next := x.next(head)
	from := commentAbove(x.lines, head)
	if from == 0 {
		from = head
	}
	to := x.end(head)
	for to < next && isBlank(x.lines[to]) {
		to++
	}
	x.lines = append(x.lines[:from:from], x.lines[to:]...)
	for n := from; n > 0 && n == len(x.lines) && isBlank(x.lines[n-1]); n-- {
		x.lines = x.lines[:n-1] // the section was the last: the blank line above it goes too
	}
}

// end returns where a section's own lines end: behind its last setting, and the comment lines that follow it directly, unless they belong to the next.
func (x *iniText) end(head int) int {
	next := x.next(head)
	last := head
	for i := head + 1; i < next; i++ {
		if !isBlank(x.lines[i]) && !isComment(x.lines[i]) {
			last = i
		}
	}
	to := last + 1
	for to < next && isComment(x.lines[to]) {
		to++
	}
	if to == next && next < len(x.lines) {
		to = max(last+1, commentAbove(x.lines, next))
	}
	return to
}

// set changes the value of a setting in its line, or adds a line after the section's last setting.
func (x *iniText) set(a Address, key, value string) error {
	if err := checkQuotes([]setting{{key, value}}); err != nil {
		return err
	}
	head, next, err := x.section(a)
	if err != nil {
		return err
	}
	at, err := x.setting(key, head, next)
	if err != nil {
		return err
	}
	if at >= 0 {
		x.lines[at] = withValue(x.lines[at], value)
		return nil
	}

	last := head
	for i := head + 1; i < next; i++ {
		if _, ok := keyOf(x.lines[i]); ok {
			last = i
		}
	}
	end := lineEnd(x.lines)
	line := likeLine(x.lines[last], key) + value + end
	if last == len(x.lines)-1 {
		x.lines = completeLastLine(x.lines, end)
	}
	x.lines = append(x.lines[:last+1:last+1], append([]string{line}, x.lines[last+1:]...)...)
	return nil
}

// unset takes a setting's line out. Taking out what is not there is no error.
func (x *iniText) unset(a Address, key string) error {
	head, next, err := x.section(a)
	if err != nil {
		return err
	}
	at, err := x.setting(key, head, next)
	if err != nil || at < 0 {
		return err
	}
	x.lines = append(x.lines[:at:at], x.lines[at+1:]...)
	return nil
}

// section finds the header line of a token's section, and where the next section begins, or the file ends.
func (x *iniText) section(a Address) (head, next int, err error) {
	head = -1
	all := x.sectionsOf(a.User)
	text := x.bytes()
	for _, sec := range all {
		if sec.token != a.Token {
			continue
		}
		at := lineNumber(text, sec.at) - 1
		if head >= 0 {
			return 0, 0, errTwice("", head, at)
		}
		head = at
	}
	switch {
	case head >= 0:
		return head, x.next(head), nil
	case len(all) == 0:
		return 0, 0, ErrNoUser
	case a.Token == "":
		return 0, 0, errors.New("a token has a section, but the user has none: add it with an editor")
	default:
		return 0, 0, ErrNoToken
	}
}

// setting finds the line of a setting within a section; -1 if there is none.
func (x *iniText) setting(key string, head, next int) (int, error) {
	at := -1
	for i := head + 1; i < next; i++ {
		if k, ok := keyOf(x.lines[i]); !ok || k != key {
			continue
		}
		if at >= 0 {
			return 0, errTwice(key, at, i)
		}
		at = i
	}
	return at, nil
}

// commentAbove returns the first line of the comment that stands directly above a line; that line itself if there is none.
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

// likeLine returns the beginning of a setting's line, up to its value, with the equals sign where the given line has it.
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
