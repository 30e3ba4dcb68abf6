package importers

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// readOTPVerifyUsers reads the users file of FreeRADIUS (users, authorize) for what otpverify.sh
// 1.05a was told of each user, in one of two ways:
//
//	alice  Auth-Type := Accept
//	  Exec-Program-Wait = "otpverify.sh %{User-Name} %{User-Password} 0123456789abcdef 1234 0"
//
//	alice  Secret := 0123456789abcdef, PIN := 1234, Offset := 0
//
// where the attributes are named Secret, PIN and Offset, or MOTP-Init-Secret, MOTP-PIN and
// MOTP-Offset as in pfSense, on any line of the entry, and the call may take them from there by
// %{reply:Secret}.
//
// The offset is a number of steps. The script made a minus sign a zero, so that -360 was +360;
// which of the two a token needs cannot be known. pfSense's script minds the sign. It made zeros,
// too, of all in a secret but 0-9 and a-f, and of all in a PIN but digits, so that nobody ever got
// in with these.
func readOTPVerifyUsers(r *reader) {
	for _, e := range raddbEntries(r) {
		u := userOTPVerify{entry: e}
		token, why := u.token()
		switch {
		case e.problem != "":
			r.skip(e.line, "", e.problem)
		case why != "":
			r.skip(e.line, e.name, why)
		default:
			r.take(e.line, e.name, token, u.notes(token)...)
		}
	}
}

// The names of attributes, in small letters.
var (
	secretAttributes = []string{"secret", "motp-init-secret"}
	pinAttributes    = []string{"pin", "motp-pin"}
	offsetAttributes = []string{"offset", "motp-offset"}
)

// userOTPVerify is an entry that may be about otpverify.sh.
type userOTPVerify struct {
	entry   raddbEntry
	pfSense bool
}

// token finds the token of an entry, or says why there is none.
func (u *userOTPVerify) token() (motp.Token, string) {
	calls := u.calls()
	secret, secrets := u.first(secretAttributes...)
	pin, pins := u.first(pinAttributes...)
	offset, offsets := u.first(offsetAttributes...)
	u.pfSense = strings.HasPrefix(strings.ToLower(secret.attribute), "motp-")
	switch {
	case len(calls) == 0 && secret.attribute == "" && pin.attribute == "":
		return motp.Token{}, "has neither a call of otpverify.sh nor Secret and PIN"
	case u.entry.name == "DEFAULT":
		return motp.Token{}, "is for everybody: DEFAULT names no user"
	case len(calls) > 1 || secrets || pins || offsets:
		return motp.Token{}, "has several calls, secrets, PINs or offsets"
	case u.isRejected():
		return motp.Token{}, "is refused there (Auth-Type Reject)"
	}
	values := [3]string{secret.value, pin.value, offset.value}
	if len(calls) == 1 {
		var why string
		if values, why = u.arguments(calls[0]); why != "" {
			return motp.Token{}, why
		}
	}
	return u.check(values)
}

// check makes a token of what the script would have got.
func (u *userOTPVerify) check(values [3]string) (t motp.Token, why string) {
	secret, pin, offset := values[0], values[1], values[2]
	var d time.Duration
	digits, negative := strings.CutPrefix(offset, "-")
	ok := isDigits(digits)
	if ok {
		d, ok = steps(offset)
	}
	switch {
	case secret == "":
		return t, "has no secret"
	case pin == "":
		return t, noPIN
	case offset == "":
		return t, "has no offset, without which otpverify.sh does not work: put a 0 " +
			"there, or what is right"
	case !consistsOf(secret, "0123456789abcdef"):
		return t, "the secret has other characters than 0-9 and a-f, for which " +
			"otpverify.sh read zeros: no code was ever right"
	case !isDigits(pin):
		return t, "the PIN has other characters than digits, for which otpverify.sh read " +
			"zeros: no code was ever right"
	case !ok:
		return t, "the offset is not a number of steps"
	case negative && d != 0 && !u.pfSense:
		return t, "the offset is negative, and otpverify.sh read it without the minus: " +
			"put the one there that is right"
	}
	return motp.Token{Secret: secret, PIN: pin, Offset: d}, ""
}

// calls returns what is called in the entry, if it is otpverify.sh.
func (u *userOTPVerify) calls() (calls []string) {
	for _, i := range u.named("exec-program-wait", "exec-program") {
		if strings.Contains(i.value, "otpverify") {
			calls = append(calls, i.value)
		}
	}
	return calls
}

// arguments returns the secret, the PIN and the offset that a call gives to the script.
func (u *userOTPVerify) arguments(call string) (values [3]string, why string) {
	all, ok := execWords(call)
	if !ok {
		return values, "the call of otpverify.sh has quotes that do not go round whole " +
			"words"
	}
	for len(all) > 0 && !strings.HasPrefix(path.Base(all[0]), "otpverify") {
		all = all[1:] // the shell that runs it
	}
	if len(all) != 6 {
		return values, "otpverify.sh is not called with user, code, secret, PIN and offset"
	}
	if !strings.Contains(all[1], "User-Name") && all[1] != u.entry.name ||
		!strings.Contains(all[2], "User-Password") {
		return values, "otpverify.sh is called with another name than %{User-Name}, or " +
			"another code than %{User-Password}"
	}
	for i, what := range []string{"secret", "PIN", "offset"} {
		values[i] = all[3+i]
		if name, isReference := reference(values[i]); isReference {
			item, several := u.first(strings.ToLower(name))
			if item.attribute == "" || several {
				return values, "the " + what + " is not in this entry"
			}
			values[i] = item.value
		}
	}
	return values, ""
}

// reference returns the name of the attribute for which %{reply:Secret} stands. Any other expansion
// has no name, and is in no entry.
func reference(s string) (name string, ok bool) {
	if !strings.Contains(s, "%") {
		return "", false
	}
	name, opened := strings.CutPrefix(s, "%{")
	name, closed := strings.CutSuffix(name, "}")
	if !opened || !closed || strings.ContainsAny(name, "%{}") {
		return "", true
	}
	if _, after, ok := strings.Cut(name, ":"); ok {
		name = after
	}
	return name, true
}

// execWords splits a command as FreeRADIUS does. Quotes must go round whole words.
func execWords(s string) (all []string, ok bool) {
	for s = strings.TrimLeft(s, " \t"); s != ""; s = strings.TrimLeft(s, " \t") {
		word, end := "", 0
		if quote := s[0]; quote == '\'' || quote == '"' {
			i := strings.IndexByte(s[1:], quote)
			if i < 0 {
				return nil, false
			}
			word, end = s[1:1+i], i+2
			if end < len(s) && s[end] != ' ' && s[end] != '\t' {
				return nil, false
			}
		} else {
			end = strings.IndexAny(s, " \t")
			if end < 0 {
				end = len(s)
			}
			if word = s[:end]; strings.ContainsAny(word, `'"`) {
				return nil, false
			}
		}
		all, s = append(all, word), s[end:]
	}
	return all, true
}

// named returns the entry's items with one of the names, in small letters.
func (u *userOTPVerify) named(names ...string) (items []raddbItem) {
	for _, i := range u.entry.items {
		if slices.Contains(names, strings.ToLower(i.attribute)) {
			items = append(items, i)
		}
	}
	return items
}

// first returns the first of them, and whether it is not the only one.
func (u *userOTPVerify) first(names ...string) (item raddbItem, several bool) {
	items := u.named(names...)
	if len(items) == 0 {
		return raddbItem{}, false
	}
	return items[0], len(items) > 1
}

func (u *userOTPVerify) isRejected() bool {
	return slices.ContainsFunc(u.named("auth-type"), func(i raddbItem) bool {
		return strings.EqualFold(i.value, "Reject")
	})
}

// notes tells what else the entry says of the user, which motp.conf has no place for.
func (u *userOTPVerify) notes(t motp.Token) (notes []string) {
	known := slices.Concat([]string{"auth-type", "exec-program", "exec-program-wait",
		"fall-through"}, secretAttributes, pinAttributes, offsetAttributes)
	var others []string
	for _, i := range u.entry.items {
		if !slices.Contains(known, strings.ToLower(i.attribute)) {
			others = append(others, i.shown())
		}
	}
	if len(others) > 0 {
		notes = append(notes, "stays FreeRADIUS' business: "+strings.Join(others, ", "))
	}
	if u.pfSense && t.Offset != 0 {
		notes = append(notes, "the offset is in steps, as the script took it; pfSense's "+
			"help says otherwise")
	}
	return notes
}
