package login

import (
	"strconv"

	"github.com/pam-motp/pam-motp/pam/wire"
)

// A report is what the log says of one attempt.
type report struct {
	result string // accepted, denied or ignored
	reason string // one word
	detail string // for a person, may be empty
	user   string // empty if the name must not be written
	token  string // which token answered, if it is not the first
}

// line makes the log line of an attempt, for people and for fail2ban:
//
//	result=denied reason=replay user=alice rhost=192.0.2.7 tty=ssh service=sshd
//
// What comes from outside is quoted, so that it cannot forge a line. A name that is not in the table is not written, since people type passwords
// into the user prompt.
func (r report) line(req wire.Request) string {
	user := "?"
	if r.user != "" {
		user = quote(r.user)
	}
	token := ""
	if r.token != "" {
		token = " token=" + quote(r.token)
	}
	s := "result=" + r.result + " reason=" + r.reason + " user=" + user +
		token + " rhost=" + item(req.RHost) + " tty=" + item(req.TTY) + " service=" + item(req.Service)
	if r.detail != "" {
		s += " detail=" + strconv.QuoteToASCII(r.detail)
	}
	return s
}

// item shows a PAM item; one that is not set is a dash.
func item(t wire.Text) string {
	switch {
	case t.TooLong:
		return `"(too long)"`
	case t.Absent || t.S == "":
		return "-"
	}
	return quote(t.S)
}

// maxShown is how much of a text from outside a log line holds.
const maxShown = 128

// quote shows a text that may come from anyone. Letters, digits and a few signs stand for themselves; a text with anything else is put into
// quotes, with every other byte as \x and two hex digits, blanks and equals signs too.
func quote(s string) string {
	const hex = "0123456789abcdef"
	b := []byte{'"'}
	plain := s != "" && s != "-" && s != "?"
	for i := range len(s) {
		if i == maxShown {
			b, plain = append(b, "..."...), false
			break
		}
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '_' || c == '-' || c == ':' || c == '@' || c == '/' || c == '%' || c == '+' {
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
