package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// table looks at every table that a service reads.
func (v *visit) table() string {
	var saw []string
	seen := map[string]bool{}
	for _, p := range v.positions() {
		if seen[p.conf] {
			continue
		}
		seen[p.conf] = true
		w := v.owner(p)
		v.trusted(parent(p.conf), w)
		v.as(w, p.conf, func() {
			if users := v.oneTable(p, w); users >= 0 {
				saw = append(saw, fmt.Sprintf("%s in %s", count(users, "user"), p.conf))
			}
		})
	}
	return enumerate(saw)
}

// oneTable returns the number of users, or -1 if nobody gets in by this table.
func (v *visit) oneTable(p position, w owner) int {
	path, command := p.conf, w.command(p)
	policy, entries, err := v.site(position{conf: path}).Users()
	if err != nil {
		v.tableError(p, err, w)
		return -1
	}
	v.limits(path, policy.MaxFailures)
	v.guessedAt(path, policy, entries)
	if w.uid != 0 {
		v.noteAt(path, 0, fmt.Sprintf("belongs to %s: only programs that run as %s can use it", w.name, w.name), "")
	}
	if len(entries) == 0 {
		v.warnAt(path, 0, "nobody is in it, so nobody gets in with a code", command+" add USER")
	}
	secrets := map[string]string{}
	withoutPIN := 0
	for _, e := range entries {
		if e.Err != nil {
			v.entryError(e, w)
			continue
		}
		for _, t := range e.User.Tokens {
			v.secret(e, t, renew(command, e))
			if t.PIN == "" {
				withoutPIN++
			} else {
				v.pin(e, t.PIN, command)
			}
			if other, twice := secrets[t.Secret]; twice && other != e.User.Name {
				what := "a token of %s has the same secret as one of %s: who has the one can make the " +
					"codes of the other, up to the PIN, and a code that one has used is good for the other"
				v.warnAt(e.File, e.Line, fmt.Sprintf(what, show(e.User.Name), show(other)),
					"give one of them a new secret: "+renew(command, e))
			}
			secrets[t.Secret] = e.User.Name
		}
	}
	if withoutPIN > 0 {
		v.noteAt(path, 0, count(withoutPIN, "token")+" without a PIN: whoever has the phone gets in, where PAM asks for nothing else", "")
	}
	return len(entries)
}

// limits compares the lines that have a limit of failures of their own with the table, of which alone "motp status" and "motp list" know.
func (v *visit) limits(path string, limit int) {
	for _, s := range v.services {
		for _, l := range s.lines {
			if n := l.says.MaxFailures; l.says.Conf == path && n > 0 && n != limit {
				v.noteAt(l.File, l.Number, fmt.Sprintf("maxtries=%d, while %s locks after %d wrong codes, by which motp status and motp list go", n, path, limit),
					fmt.Sprintf("max_failures = %d in the table, and no maxtries=", n))
			}
		}
	}
}

// renew is how a user gets a new secret.
func renew(command string, e conf.Entry) string {
	return fmt.Sprintf("%s remove %s, %s add %s", command, e.User.Name, command, e.User.Name)
}

// tableError tells about a mistake that keeps everyone out.
func (v *visit) tableError(p position, err error, w owner) {
	var bad *conf.Error
	if !errors.As(err, &bad) {
		v.errorAt(p.conf, 0, "nobody gets in: "+err.Error(), "")
		return
	}
	mend := v.mendAccess(bad, w)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		mend = w.command(p) + " add USER makes it"
	case bad.Kind == conf.BadSettings:
		mend = "correct the line; examples/motp.conf explains every setting"
	}
	v.errorAt(bad.File, bad.Line, "nobody gets in: "+w.told(keyed(bad)), mend)
}

// mendAccess is how the owner, and nobody else, can get at a file; it is empty if that is not what is wrong.
func (v *visit) mendAccess(bad *conf.Error, w owner) string {
	denied := w.uid != 0 && errors.Is(bad, fs.ErrPermission)
	if denied || errors.Is(bad, conf.ErrExposed) {
		return v.restore(v.shown(bad.File), w)
	}
	return ""
}

// entryError tells about a mistake that keeps one user out.
func (v *visit) entryError(e conf.Entry, w owner) {
	file, line, what, mend := e.File, e.Line, e.Err.Error(), ""
	var bad *conf.Error
	if errors.As(e.Err, &bad) {
		file, line, what, mend = bad.File, bad.Line, w.told(keyed(bad)), v.mendAccess(bad, w)
	}
	if mend == "" {
		mend = "correct the entry; examples/motp.conf explains it"
	}
	v.errorAt(file, line, fmt.Sprintf("%s cannot log in: %s", show(e.User.Name), what), mend)
}

func keyed(e *conf.Error) string {
	if e.Key == "" {
		return e.Msg
	}
	return e.Key + " " + e.Msg
}

// published are secrets that stand in documentation, ours and others', in small letters; the last are keys of RFC 4226 and 6238.
var published = []string{
	"0123456789abcdef", "7ac61d4736f51a2b", "1234567890abcdef", "30edcc8edae50a60", "e3152afee62599c8", "0123456789abcdef0123456789abcdef",
	"hello!\xde\xad\xbe\xef", "hello!\xde\xad\xbe\xefhello!\xde\xad\xbe\xef", "12345678901234567890", "12345678901234567890123456789012", "1234567890123456789012345678901234567890123456789012345678901234",
}

// goodSecret is the length that the original token makes in digits, and RFC 4226 demands in bytes: nobody finds the secret from codes.
const goodSecret = 16

// secret judges a secret, and never shows it. With renew the user gets another.
func (v *visit) secret(e conf.Entry, t motp.Token, renew string) {
	name, lower := show(e.User.Name), lowerASCII(t.Secret)
	switch {
	case slices.Contains(published, lower):
		v.errorAt(e.File, e.Line, "the secret of "+name+" stands in the documentation, where everybody can read it", renew)
		return
	case strings.Count(t.Secret, t.Secret[:1]) == len(t.Secret):
		v.errorAt(e.File, e.Line, "the secret of "+name+" is one character over and over", renew)
		return
	case len(t.Secret) < goodSecret:
		unit := "characters"
		if t.Type != motp.MobileOTP {
			unit = "bytes"
		}
		v.warnAt(e.File, e.Line, fmt.Sprintf("the secret of %s has fewer than %d %s: it can be found from a few codes that somebody saw", name, goodSecret, unit), renew)
	}
	if t.Type != motp.MobileOTP {
		return // its letters are only one way to write it
	}
	switch hex := strings.Trim(lower, "0123456789abcdef") == ""; {
	case hex && lower != t.Secret:
		v.warnAt(e.File, e.Line, "the secret of "+name+" has capital letters, and most tokens turn them into small ones: then no code fits",
			"write the secret in small letters, unless the codes of this token fit")
	case !hex:
		v.noteAt(e.File, e.Line, "the secret of "+name+" is not hexadecimal, and many tokens take nothing else", "")
	}
}

// lowerASCII leaves alone what is no text.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// pin judges a PIN, and never shows it.
func (v *visit) pin(e conf.Entry, pin, command string) {
	weak := ""
	switch {
	case len(pin) < 4:
		weak = "is shorter than four characters"
	case strings.Trim(pin, pin[:1]) == "":
		weak = "is one character over and over"
	case row(pin):
		weak = "is a row of neighbouring digits"
	}
	if weak != "" {
		v.warnAt(e.File, e.Line, fmt.Sprintf("the PIN of %s %s: whoever finds the phone guesses it", show(e.User.Name), weak), command+" pin "+e.User.Name)
	}
}

// row says whether each character follows the one before it, up or down.
func row(pin string) bool {
	up, down := true, true
	for i := 1; i < len(pin); i++ {
		up = up && pin[i] == pin[i-1]+1
		down = down && pin[i] == pin[i-1]-1
	}
	return up || down
}

// users are those whose entries can be relied on, with the policy of their table.
func (v *visit) users(path string) (motp.Policy, []motp.User) {
	policy, entries, err := v.site(position{conf: path}).Users()
	if err != nil {
		return policy, nil
	}
	var users []motp.User
	for _, e := range entries {
		if e.Err == nil {
			users = append(users, e.User)
		}
	}
	return policy, users
}
