package login

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

const defaultPrompt = "OTP: "

// fieldPrompt asks for what forward_pass takes apart.
func (o *options) fieldPrompt() string {
	if o.field == motp.CodeFirst {
		return "Code and password: "
	}
	return "Password and code: "
}

// An entry is what was typed into one field.
type entry struct {
	motp.Attempt

	// whole is all of it, for modules that have not heard of codes.
	whole string

	// tooLong says that it was too long to be passed.
	tooLong bool

	// password is what came with the code under a mark of its own (see scrv1), and marked says
	// so.
	password string
	marked   bool
}

// entry takes an answer as the line's options have it.
func (s *session) entry(answer Text) entry {
	e := entry{
		Attempt: motp.Attempt{Typed: typed(answer), Field: s.field, Origin: s.origin(),
			Grace: s.grace},
		whole:   answer.S,
		tooLong: answer.TooLong,
	}
	if !s.forwardPass {
		return e
	}
	if password, code, ok := scrv1(answer.S); ok {
		e.Typed, e.Field, e.whole, e.password, e.marked = code, motp.CodeAlone, password,
			password, true
	}
	return e
}

// beside is the password that came with a code.
func (e entry) beside(res motp.Password) string {
	if e.marked {
		return e.password
	}
	return string(res)
}

// scrv1 takes apart what OpenVPN's clients send for a static challenge: SCRV1, the password, and
// the answer, with colons between them, the latter two in base64 (OpenVPN's management-notes.txt).
// OpenVPN's own plugin does that for PAM, and other hosts do not.
func scrv1(text string) (password, code string, ok bool) {
	rest, ok := strings.CutPrefix(text, "SCRV1:")
	first, second, two := strings.Cut(rest, ":")
	if !ok || !two {
		return "", "", false
	}
	a, errA := base64.StdEncoding.DecodeString(first)
	b, errB := base64.StdEncoding.DecodeString(second)
	password, code = string(a), string(b)
	clear(a)
	clear(b)
	if errA != nil || errB != nil || strings.ContainsRune(password+code, 0) {
		return "", "", false
	}
	return password, code, true
}

// forward leaves a password for later modules, which will not ask for it again. It does so whatever
// the code was, so that those modules take the same time, and the answer tells nobody which half
// was wrong.
func (s *session) forward(password string) error {
	code, err := s.host.SetToken(password)
	if err == nil && code != 0 {
		err = errSetToken
	}
	return err
}

// withPassword leaves what came with a code for later modules. A code with nothing beside it lets
// nobody in: there are directories that take an empty password for no question.
func (s *session) withPassword(a attempt, typed entry, password motp.Password) attempt {
	beside := typed.beside(password)
	excused := a.code != Success && slices.Contains(opensStacks, a.code)
	if !s.forwardPass || excused || typed.tooLong {
		return a
	}
	err := s.forward(beside)
	if a.code != Success && a.pending == nil {
		return a // which it is, whether or not the program took the password
	}
	switch {
	case err != nil:
		return attempt{code: AuthinfoUnavail, report: report{reason: "set-pass",
			user: a.report.user, token: a.token,
			detail: "the code was right, but the password beside it could not be " +
				"left for later modules"}}
	case beside == "":
		return attempt{code: AuthErr, report: report{reason: "no-password",
			user: a.report.user, token: a.token,
			detail: "a right code, which is used now, and no password beside it"}}
	}
	return a
}

// holdsCode says whether an answer has the form of a code of the user's, with the PINs in force.
func (s *session) holdsCode(user motp.User, verifier motp.Verifier, typed entry) bool {
	tokens, err := verifier.InForce(s.ctx, user)
	if err != nil {
		return true // the attempt will say what is wrong
	}
	user.Tokens = tokens
	return user.WellFormedIn(typed.Field, typed.Typed)
}
