package cli

import (
	"errors"
	"os/user"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/diagnose"
	"github.com/pam-motp/pam-motp/internal/secrets"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// tellOfNew tells what somebody should know before a token is added, and may not have meant.
func (a *app) tellOfNew(name string, e enrolment) {
	whose := shown.Token(name, e.token.Name)
	for _, flaw := range secrets.Flaws(e.token) {
		a.warn("the secret of %s %s", whose, flaw.Words)
	}
	if e.given {
		a.warnOfSharing(name, e.token)
	}
	if e.token.Offset.Abs() > diagnose.FarthestZone {
		a.warn("%s: %s", whose, diagnose.ExplainOffset(e.token.Offset))
	}
	if a.hasRecord(name) {
		a.say("there is a record of an earlier %s: codes that were used stay used, and "+
			"failures count on; \"motp forget %s\" before this ends that",
			shown.Name(name), shown.Argument(name))
	}
	a.tellOfAccount(name)
}

// tellOfAccount says that a name is no account's here. It may be right: users of RADIUS have none,
// and accounts may be made later.
func (a *app) tellOfAccount(name string) {
	account, err := user.Lookup(name)
	var unknown user.UnknownUserError
	switch {
	case errors.As(err, &unknown):
		other := ""
		if lower := strings.ToLower(name); lower != name {
			if _, err := user.Lookup(lower); err == nil {
				other = "; there is " + shown.Name(lower) + ", which is another " +
					"name"
			}
		}
		a.say("%s has no account on this machine, so that only a service that needs none, "+
			"such as RADIUS, will let the name in%s", shown.Name(name), other)
	case err == nil && account.Username != name && a.byAccountName():
		a.warn("the account of %s is called %s here, and with names = account a login "+
			"looks for that: add the user by that name", shown.Name(name),
			shown.Name(account.Username))
	case err == nil && account.Username != name:
		a.say("the account of %s is called %s here: services may ask for it by that name",
			shown.Name(name), shown.Name(account.Username))
	}
}

// byAccountName says whether logins look users up by the account's own name.
func (a *app) byAccountName() bool {
	settings, err := a.table().Settings()
	return err == nil && settings.Names == conf.NamesAccount
}

// warnOfSharing says what it means that others have the secret of a new token, too.
func (a *app) warnOfSharing(name string, token motp.Token) {
	_, entries, err := a.table().Users()
	if err != nil {
		return // no table yet; else mayAdd has told
	}
	for _, e := range entries {
		same := func(t motp.Token) bool { return secrets.KeyOf(t) == secrets.KeyOf(token) }
		if e.User.Name != name && slices.ContainsFunc(e.User.Tokens, same) {
			a.warn("%s and %s share one secret and remain users with memories of "+
				"their own: a code used by one is still good for the other with "+
				"the same PIN and settings",
				shown.Name(e.User.Name), shown.Token(name, token.Name))
		}
	}
}
