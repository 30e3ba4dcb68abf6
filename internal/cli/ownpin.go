package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// A PIN that its user has set stands in the record, beside the one in the table.

// inForce are a user's tokens with the PINs in force, for making codes; a verifier is asked with
// the table's. A folder of records that is not there holds no PIN.
func (a *app) inForce(user motp.User) ([]motp.Token, error) {
	tokens, err := a.verifier(motp.DefaultPolicy).InForce(context.Background(), user)
	if errors.Is(err, fs.ErrNotExist) {
		return slices.Clone(user.Tokens), nil
	}
	return tokens, a.explain(user.Name, err)
}

// tokenInForce is one of a user's tokens with the PIN in force, all else as the caller has it.
func (a *app) tokenInForce(user motp.User, token motp.Token) (motp.Token, error) {
	tokens, err := a.inForce(user)
	for _, t := range tokens {
		if t.Name == token.Name {
			token.PIN = t.PIN
		}
	}
	return token, err
}

// ownPIN says whether a PIN that the user has set is in force for a token.
func (s userStatus) ownPIN(token string) bool {
	return slices.ContainsFunc(s.Tokens, func(t tokenStatus) bool {
		return t.Name == token && t.OwnPIN
	})
}

// setPIN writes a PIN into the table, or none, and has the record forget one of the user's own: if
// the table had this very PIN before, nothing else tells that an administrator has given it.
func (a *app) setPIN(of conf.Address, pin string, own bool) error {
	var err error
	if pin == "" {
		err = a.editor().Unset(of, "pin")
	} else {
		err = a.editor().Set(of, "pin", pin)
	}
	if err != nil || a.dryRun {
		return a.explain(of.User, err)
	}
	// also of an entry that is refused as plain, of which "motp seal" would have the user's own
	// PIN in force again
	table := conf.Table{Path: a.confPath, Sealer: onPurpose{a.keys()}}
	settings, user, err := table.Lookup(of.User)
	if err != nil {
		a.tellOwnPINLeft(of)
		return nil // what is wrong besides keeps the user out, and is not about the PIN
	}
	v := a.verifier(settings.Policy)
	status, err := v.Status(context.Background(), user, a.now())
	same := func(t motp.TokenStatus) bool { return t.Name == of.Token && t.OwnPIN }
	if own || slices.ContainsFunc(status.Tokens, same) {
		err = v.ForgetPIN(context.Background(), user, of.Token, a.now())
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, motp.ErrCorrupt) {
		return nil // what is lost holds no PIN
	}
	return fmt.Errorf("the PIN is in the table, but the record may still have one that the "+
		"user had set: %w", a.explain(of.User, err))
}

// tellOwnPINLeft says that a PIN of the user's own may be left in the record, where nobody can tell
// whether it is this token's, since the entry cannot be read.
func (a *app) tellOwnPINLeft(of conf.Address) {
	v := a.verifier(motp.DefaultPolicy)
	sealed, open, err := v.SealedPINs(context.Background(), of.User)
	if err == nil && len(sealed)+open > 0 {
		a.warn("the record may still have a PIN that the user had set, since the entry "+
			"cannot be read: mend it, then \"motp pin %s\" again",
			shown.TokenArgument(of.User, of.Token))
	}
}

// keepsOwnPIN says whether a token that was just added has a PIN in force that its user had set
// before it was removed, and tells so.
func (a *app) keepsOwnPIN(name, token string) bool {
	s, err := a.find(name)
	if err != nil || !s.ownPIN(token) {
		return false
	}
	a.warn("a PIN that the user had set before is in force, since the record knows this "+
		"secret with this PIN: \"motp pin %s\" replaces it",
		shown.TokenArgument(name, token))
	return true
}

// byTablePIN is the reason that a code is wrong if it would be right with the PIN in the table,
// which the user has replaced; known are the user's tokens with the PINs in force.
func byTablePIN(
	policy motp.Policy, user motp.User, known []motp.Token, typed string, now time.Time,
) string {
	for i, t := range known {
		if len(known) != len(user.Tokens) || user.Tokens[i].PIN == "" ||
			user.Tokens[i].PIN == t.PIN {
			continue
		}
		t.PIN = user.Tokens[i].PIN
		step, reach := t.Step(now), policy.Reach(t)
		if t.Match(typed, step-reach, step+reach) != nil {
			const words = ": it would be right with the PIN in the table, but the " +
				"user has set another; \"motp pin %s\" replaces that"
			return fmt.Sprintf(words, shown.TokenArgument(user.Name, t.Name))
		}
	}
	return ""
}
