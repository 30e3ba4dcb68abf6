package cli

import (
	"slices"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// pin changes a user's PIN.
func (a *app) pin() *cobra.Command {
	var how pinFlags
	var token string
	cmd := &cobra.Command{
		Use:   "pin [USER] [--token NAME] [--pin-stdin] [--weak-pin] [--dry-run] [--json]",
		Short: "Change the PIN of a user's token",
		Long: `Change the PIN of a user's token in the table: the PIN that the user
types into the token, or before the code of a TOTP or HOTP token, from then on.
Codes made with the old PIN are refused at once. An entry without a PIN gets
one. TOTP and HOTP may have none: then the PIN is left empty. A PIN that anybody
would guess first, such as 1 or 0000, is refused without --weak-pin.

A PIN that the user has set is in the record; whatever is set here is in force
instead of it, even if the table had it already.

A user who is not root changes his own PIN, without a name: motpd asks for a
current code, and keeps the PIN in the record (self_service in motp.conf).`,
		Example: `  motp pin alice
  motp pin alice --token tablet
  echo 5917 | motp pin alice --pin-stdin`,
		Args:              a.oneUserOrMyself,
		ValidArgsFunction: a.completeUser,
		RunE: a.orMyself(a.myPIN, func(_ *cobra.Command, args []string) error {
			return a.changePIN(args[0], token, how)
		}),
	}
	a.tokenFlag(cmd, &token, whichToken)
	how.add(cmd)
	a.changes(cmd)
	return cmd
}

// changePIN gives a token another PIN in the table.
func (a *app) changePIN(name, token string, how pinFlags) error {
	s, err := a.find(name)
	if err != nil {
		return err
	}
	if err := a.maySet(name, token, "pin", pin.Trial); err != nil {
		return err
	}
	typed, err := a.newPIN(shown.Token(name, token), s.kindOf(token), how)
	if err != nil {
		return err
	}
	is := "given the new PIN"
	if typed == "" {
		is = "without a PIN"
	}
	own := s.ownPIN(token)
	if how.stdin && !own && a.hasPIN(name, token, typed) {
		a.already(shown.Token(name, token) + " has this PIN already")
		return nil
	}
	err = a.commit(shown.Token(name, token)+" is "+is, func() error {
		of := conf.Address{User: name, Token: token}
		return a.setPIN(of, typed, own)
	})
	if err != nil {
		return err
	}
	a.did(shown.Token(name, token), is)
	if own {
		a.say("%s: this replaces a PIN that the user had set",
			shown.Token(name, token))
	}
	return nil
}

// hasPIN says whether a token has a PIN in the table.
func (a *app) hasPIN(name, token, pin string) bool {
	_, user, err := a.table().Lookup(name)
	return err == nil && slices.ContainsFunc(user.Tokens, func(t motp.Token) bool {
		return t.Name == token && t.PIN == pin
	})
}
