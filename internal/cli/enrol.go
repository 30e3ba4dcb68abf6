package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
)

// An enrolment is what add is told about a new token.
type enrolment struct {
	name    string     // of a further token
	token   motp.Token // without the PIN
	given   bool       // the secret is not a new one
	pin     pinFlags
	site    string
	noQR    bool
	noCheck bool

	ifMissing bool // only if there is none
}

// enroll takes a token from the first question to the record.
func (a *app) enroll(name string, e enrolment) error {
	token := e.token
	whose := shown.Token(name, token.Name)
	policy, err := a.mayAdd(name, token, e.given)
	if e.ifMissing && (errors.Is(err, conf.ErrUserExists) ||
		errors.Is(err, conf.ErrTokenExists)) {
		if _, _, err := a.lookup(name); err != nil {
			return err
		}
		a.already(whose + " is in the table already")
		return nil
	}
	if err != nil {
		return err
	}
	if err := a.mayHandOut(e.given); err != nil {
		return err
	}
	a.tellOfNew(name, e)
	if token.PIN, err = a.newPIN(whose, token.Kind(), e.pin); err != nil {
		return err
	}
	if a.dryRun {
		if err := addTo(a.editor(), name, token); err != nil {
			return a.explainAdd(name, token.Name, err)
		}
		a.did(whose, "added to "+a.confPath)
		return nil
	}

	if err := a.showSecret(name, token, e); err != nil {
		return fmt.Errorf("%w: %s is not added", err, whose)
	}
	right := ""
	if !e.noCheck && !a.wantsReport {
		if right, err = a.checkNewToken(name, &token, policy); err != nil {
			return err
		}
	}
	err = a.commit(whose+" is in "+a.confPath+" now", func() error {
		err := a.write(name, token, e.given)
		if err == nil && !a.keepsOwnPIN(name, token.Name) && right != "" {
			a.useUp(policy, name, right)
		}
		return err
	})
	if err != nil {
		return err
	}
	a.say("%s is in %s now; try a login before you log out", whose, a.confPath)
	return nil
}

// addTo adds a user with a first token, or a further token to one who is there.
func addTo(table conf.Editor, user string, token motp.Token) error {
	if token.Name == "" {
		return table.Add(motp.User{Name: user, Tokens: []motp.Token{token}})
	}
	return table.AddToken(user, token)
}

// showSecret prints the secret, once, as a QR code and as text.
func (a *app) showSecret(name string, token motp.Token, e enrolment) error {
	whose := shown.Token(name, token.Name)
	if a.wantsReport {
		return a.handOut(shownSecret{token: token, site: siteFlag(e.site), user: name},
			e.given, fmt.Sprintf("\"motp qr %s\" shows it",
				shown.TokenArgument(name, token.Name)))
	}
	a.ledger.stand("nothing is changed: %s is not added, and the secret above is good for "+
		"nothing",
		whose)
	s := shownSecret{token: token, site: siteFlag(e.site), user: name, noQR: e.noQR}
	if e.noQR {
		s.heading = "Type this secret into the token:"
	} else {
		s.heading = "Scan this with the token, or type in the secret below it:"
	}
	s.below = 1 // the question for a code
	if e.noCheck {
		s.below = 3 // what was done, and the shell
	}
	return a.printSecret(s)
}

// checkNewToken asks for a code, where there is somebody to ask.
func (a *app) checkNewToken(
	user string, token *motp.Token, policy motp.Policy,
) (right string, err error) {
	whose := shown.Token(user, token.Name)
	t, err := term.Open()
	if err != nil {
		a.say("%v for a code of %s: the token is not checked", err, whose)
		return "", nil
	}
	defer t.Close()
	right, err = a.checkToken(t, whose, token, policy)
	if err != nil {
		const otherwise = "--no-check adds without a code"
		return "", fmt.Errorf("%w: %s is not added; %s", err, whose, otherwise)
	}
	return right, nil
}

// write writes a token into the table and makes the record. With an error neither is there. given
// says that the secret is not a new one.
func (a *app) write(name string, token motp.Token, given bool) error {
	if err := a.begin(); err != nil {
		return fmt.Errorf("%w: %s is not added", a.explain(name, err),
			shown.Token(name, token.Name))
	}
	table := a.editor()
	if err := addTo(table, name, token); err != nil {
		return a.explainAdd(name, token.Name, err)
	}
	whose := shown.Token(name, token.Name)
	if err := a.prepareFor(name, token, given); err != nil {
		err = a.explain(name, err)
		if undo := takeBack(table, name, token); undo != nil {
			const stays = "stays in the table without a record"
			return fmt.Errorf("%w; and %s %s: %w", err, whose, stays, undo)
		}
		return fmt.Errorf("%w: %s is not added", err, whose)
	}
	return nil
}

// prepareFor makes the record of somebody who was added, anew where that may be.
func (a *app) prepareFor(name string, token motp.Token, given bool) error {
	ctx, v := context.Background(), a.verifier(motp.DefaultPolicy)
	err := v.Prepare(ctx, name)
	if err == nil {
		return nil
	}
	if err := mayBeginAnew(name, token, given, err); err != nil {
		return err
	}
	if err := v.Store.Forget(ctx, name); err != nil {
		return err
	}
	return v.Prepare(ctx, name)
}

// mayBeginAnew is nil if an error is that of a fleet's store, which was restored and may have
// forgotten a record of that name, and if nothing of that can matter: to a user who is new, with
// a secret that is new.
func mayBeginAnew(name string, token motp.Token, given bool, err error) error {
	var file *fs.PathError
	switch {
	case !errors.Is(err, motp.ErrCorrupt) || errors.As(err, &file):
		return err
	case token.Name != "":
		return fmt.Errorf("%w: \"motp unlock %s\" makes it anew", err, shown.Argument(name))
	case given:
		return fmt.Errorf("%w, or the store was restored within 24 hours, and may have "+
			"forgotten it: a new secret (without --secret) is good at once", err)
	}
	return nil
}

func takeBack(table conf.Editor, name string, token motp.Token) error {
	if token.Name == "" {
		return table.Remove(name)
	}
	return table.RemoveToken(conf.Address{User: name, Token: token.Name})
}

// useUp sees to it that the code of the check is no good for a login.
func (a *app) useUp(policy motp.Policy, name, right string) {
	_, user, err := a.lookup(name)
	if err != nil {
		a.warn("the code is not used up: %v", err)
		return
	}
	v := a.verifier(policy)
	result, err := v.UseUp(context.Background(), user, right, a.now())
	switch {
	case err != nil:
		a.warn("the code is not used up: %v", a.explain(name, err))
	case result.Verdict != motp.Accepted:
		why := a.refusal(policy, user, right, a.now(), result)
		a.warn("%v; the record is older than this token", why)
	}
}
