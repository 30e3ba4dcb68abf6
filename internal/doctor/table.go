package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/internal/secrets"
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
				saw = append(saw, fmt.Sprintf("%s in %s",
					count(users, "user"), p.conf))
			}
		})
	}
	return enumerate(saw)
}

// oneTable returns the number of users, or -1 if nobody gets in by this table.
func (v *visit) oneTable(p position, w owner) int {
	path, command := p.conf, w.command(p)
	policy, entries, err := v.siteOf(path).Users()
	if err != nil {
		v.tableError(p, err, w)
		return -1
	}
	entries = v.withPINs(p, entries)
	v.limits(path, policy.MaxFailures)
	v.guessedAt(path, policy, entries)
	if w.uid != 0 {
		v.noteAt(path, 0, fmt.Sprintf("belongs to %s: only programs that run as %s can "+
			"use it", w.name, w.name), "")
	}
	if len(entries) == 0 {
		v.warnAt(path, 0, "nobody is in it, so nobody gets in with a code",
			command+" add USER")
	}
	owners := map[secrets.Key]string{}
	withoutPIN := 0
	for _, e := range entries {
		if e.Err != nil {
			v.entryError(e, w)
			continue
		}
		v.invitations(p, e, command)
		for _, t := range e.User.Tokens {
			v.secret(e, t, renew(command, e))
			switch {
			case t.PIN == "":
				withoutPIN++
			case !t.Invitation.Exists(): // else the user has chosen it, or nobody has
				v.pin(e, t.PIN, command)
			}
			if other, twice := owners[secrets.KeyOf(t)]; twice && other != e.User.Name {
				what := "a token of %s has the same secret as one of %s: who has " +
					"the one can make the codes of the other, up to the PIN, " +
					"and a code that one has used is good for the other"
				v.warnAt(e.File, e.Line, fmt.Sprintf(what, show(e.User.Name),
					show(other)),
					"give one of them a new secret: "+renew(command, e))
			}
			owners[secrets.KeyOf(t)] = e.User.Name
		}
	}
	if withoutPIN > 0 {
		v.noteAt(path, 0, count(withoutPIN, "token")+" without a PIN: whoever has the "+
			"phone gets in, where PAM asks for nothing else", "")
	}
	return len(entries)
}

// withPINs are the entries with the PINs in force: some users have set one. A record that cannot be
// read is told of with the records.
func (v *visit) withPINs(p position, entries []conf.Entry) []conf.Entry {
	verifier := v.site(p).Verifier(motp.DefaultPolicy)
	for i := range entries {
		if e := &entries[i]; e.Err == nil {
			tokens, err := verifier.InForce(context.Background(), e.User)
			if err == nil {
				e.User.Tokens = tokens
			}
		}
	}
	return entries
}

// limits compares the lines that have a limit of failures of their own with the table, of which
// alone "motp status" and "motp list" know.
func (v *visit) limits(path string, limit int) {
	for _, s := range v.services {
		for _, l := range s.lines {
			if n := l.says.MaxFailures; l.says.Conf == path && n > 0 && n != limit {
				v.noteAt(l.File, l.Number, fmt.Sprintf("maxtries=%d, while %s "+
					"locks after %d wrong codes, by which motp status and "+
					"motp list go", n, path, limit),
					fmt.Sprintf("max_failures = %d in the table, and no "+
						"maxtries=", n))
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

// mendAccess is how the owner, and nobody else, can get at a file; it is empty if that is not what
// is wrong.
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
		file, line, what, mend = bad.File, bad.Line, w.told(keyed(bad)), v.mendAccess(bad,
			w)
	}
	if errors.Is(e.Err, motp.ErrSealed) {
		mend = "docs/sealing.md tells what to do when something does not open"
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

// secret judges a secret, and never shows it. With renew the user gets another.
func (v *visit) secret(e conf.Entry, t motp.Token, renew string) {
	for _, flaw := range secrets.Flaws(t) {
		what := "the secret of " + show(e.User.Name) + " " + flaw.Words
		mend := cmp.Or(flaw.Mend, renew)
		switch flaw.Gravity {
		case secrets.Grave:
			v.errorAt(e.File, e.Line, what, mend)
		case secrets.Warning:
			v.warnAt(e.File, e.Line, what, mend)
		default:
			v.noteAt(e.File, e.Line, what, "")
		}
	}
}

// pin judges a PIN, and never shows it.
func (v *visit) pin(e conf.Entry, code, command string) {
	if weak := pin.Weak(code); weak != "" {
		const what = "the PIN of %s %s: whoever finds the phone guesses it"
		v.warnAt(e.File, e.Line, fmt.Sprintf(what, show(e.User.Name), weak),
			command+" pin "+e.User.Name)
	}
}

// users are those whose entries can be relied on, with the policy of their table.
func (v *visit) users(path string) (motp.Policy, []motp.User) {
	policy, entries, err := v.siteOf(path).Users()
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
