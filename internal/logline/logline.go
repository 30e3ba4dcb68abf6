// Package logline writes the log's line of one attempt, for people and for fail2ban:
//
//	result=denied reason=replay user=alice rhost=192.0.2.7 tty=ssh service=sshd
//
// The module and the command write the same line. The package must not know what an attempt is,
// how a log is written, or package fmt: it is linked into the module.
package logline

import "strconv"

// An Item is one of PAM's, which may be missing, or too long to be passed; then S is empty.
type Item struct {
	S       string
	Absent  bool
	TooLong bool
}

// An Attempt is what the log says of one attempt.
type Attempt struct {
	Result string // accepted, denied or ignored; shown, of a token, before one of these
	Reason string // one word
	Detail string // for a person, may be empty
	User   string // empty if the name must not be written
	Token  string // which token answered, if it is not the first

	RHost, TTY, Service Item

	// Caller is set for a program that is not root's, and is the account it runs as. Then the
	// remote host is what the program claims, and is named so that nobody is banned for it.
	Caller string
}

// Line is the line. What comes from outside is quoted, so that it cannot forge a field or a line.
// A name that is not in the table must not be written, since people type passwords into the user
// prompt.
func (a Attempt) Line() string {
	user := "?"
	if a.User != "" {
		user = Quote(a.User)
	}
	token := ""
	if a.Token != "" {
		token = " token=" + Quote(a.Token)
	}
	rhost := " rhost="
	if a.Caller != "" {
		rhost = " caller=" + Quote(a.Caller) + " claimed_rhost="
	}
	s := "result=" + a.Result + " reason=" + a.Reason + " user=" + user + token +
		rhost + item(a.RHost) + " tty=" + item(a.TTY) + " service=" + item(a.Service)
	if a.Detail != "" {
		s += " detail=" + strconv.QuoteToASCII(a.Detail)
	}
	return s
}

// item is a PAM item; one that is not set is a dash.
func item(t Item) string {
	switch {
	case t.TooLong:
		return `"(too long)"`
	case t.Absent || t.S == "":
		return "-"
	}
	return Quote(t.S)
}

// maxShown is how much of a text from outside a log line holds.
const maxShown = 128

// Quote makes one field of a text that may come from anyone. Letters, digits and a few signs stand
// for themselves; a text with anything else is put into quotation marks, with every other byte as
// \x and two hex digits, blanks and equals signs too.
func Quote(s string) string {
	const hex = "0123456789abcdef"
	b := []byte{'"'}
	plain := s != "" && s != "-" && s != "?"
	for i := range len(s) {
		if i == maxShown {
			b, plain = append(b, "..."...), false
			break
		}
		c := s[i]
		if isPlain(c) {
			b = append(b, c)
			continue
		}
		plain = false
		b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
	}
	if plain {
		return string(b[1:])
	}
	return string(append(b, '"'))
}

func isPlain(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	case c == '.', c == '_', c == '-', c == ':', c == '@', c == '/', c == '%', c == '+':
		return true
	}
	return false
}
