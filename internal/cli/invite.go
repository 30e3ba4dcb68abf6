package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// invite enrolls a user who is not there: the token is finished, and admits nobody until its user
// has set it up.
func (a *app) invite() *cobra.Command {
	var e enrolment
	var expires string
	var withPIN bool
	var kind kindFlags
	cmd := &cobra.Command{
		Use: "invite USER [--expires 3d] [--type motp|totp|hotp] [--token NAME] [--pin]\n" +
			"  [--algorithm A] [--digits N] [--period SECONDS] [--counter N]\n" +
			"  [--dry-run] [--json]",
		Short: "Enroll a user who is not there: print an invitation",
		Long: `Write a token that admits nobody yet, and print an invitation of four groups
of letters and digits. Its user types that at "OTP: ", in a service whose line
has the option enrol and which shows text and asks several times, such as sshd
and login, by motpd. There it is asked for "yes", shows the QR code, asks for a
PIN and for a first code, and the user is in. An invitation is good once, and
until it expires.

Whoever has the invitation becomes the user: hand it over like a password, by
another way than the user's mail.

A user whose invitation was lost, or has expired, is invited anew with the same
command: the earlier invitation and its secret are good for nothing then. With
--token, a user who is in the table is invited to a further token. Mobile-OTP
always has a PIN; with --pin so have TOTP and HOTP, typed before the code.`,
		Example: `  motp invite alice --type totp
  motp invite alice --expires 8h
  motp invite alice --token tablet --type totp --pin`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(cmd *cobra.Command, args []string) error {
			lasts, err := parseExpiry(expires)
			if err != nil {
				return usagef("--expires: %w", err)
			}
			if err := e.read(cmd, kind, "", "0"); err != nil {
				return err
			}
			if withPIN || e.token.Kind().PINInCode {
				if e.token.PIN, err = noPINYet(); err != nil {
					return err
				}
			}
			return a.inviteTo(args[0], e.token, lasts)
		},
	}
	flags := cmd.Flags()
	kind = kinds(cmd)
	flags.StringVar(&e.name, "token", "",
		"`NAME` of a further token, for a user who is in the table")
	flags.StringVar(&expires, "expires", "3d", "when the invitation expires: 30m, 8h, 3d")
	flags.BoolVar(&withPIN, "pin", false, "the user chooses a PIN for TOTP and HOTP, too")
	a.changes(cmd)
	return cmd
}

// noPINYet is the PIN in the table until the user has one: nobody knows it.
func noPINYet() (string, error) {
	b := make([]byte, 16)
	_, err := rand.Read(b)
	return hex.EncodeToString(b), err
}

// parseExpiry reads how long an invitation is good: a duration, or days.
func parseExpiry(text string) (time.Duration, error) {
	const least, most = time.Minute, 365 * 24 * time.Hour
	d, err := time.ParseDuration(text)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n int
		n, err = strconv.Atoi(days)
		d = time.Duration(min(max(n, 0), 400)) * 24 * time.Hour
	}
	if err != nil || d < least || d > most {
		return 0, errors.New("must be a time from 1m to 365d, like 8h or 3d")
	}
	return d, nil
}

// inviteTo writes the token and prints the invitation.
func (a *app) inviteTo(name string, token motp.Token, lasts time.Duration) error {
	whose := shown.Token(name, token.Name)
	until := a.now().Add(lasts).Truncate(time.Second)
	text, invitation, err := newInvitation(token, until)
	if err != nil {
		return err
	}
	token.Invitation = invitation
	if err := a.mayHandOut(false); err != nil {
		return err
	}
	put := func(table conf.Editor) error { return addTo(table, name, token) }
	prepare := func() error { return a.prepareFor(name, token, false) }
	switch _, err := a.mayAdd(name, token, false); {
	case errors.Is(err, conf.ErrUserExists), errors.Is(err, conf.ErrTokenExists):
		if err := a.mayInviteAnew(name, token); err != nil {
			return err
		}
		put = func(table conf.Editor) error { return inviteAnew(table, name, token) }
		prepare = func() error {
			return a.verifier(motp.DefaultPolicy).Prepare(context.Background(), name)
		}
	case err != nil:
		return err
	default:
		a.tellOfAccount(name)
	}
	a.warnOfPaper(name, tokenStatus{Name: token.Name, PIN: token.PIN != "",
		Invitation: motp.Invited.String()})
	if a.dryRun {
		if err := put(a.editor()); err != nil {
			return a.explainAdd(name, token.Name, err)
		}
		a.did(whose, "invited")
		return nil
	}
	return a.commit(whose+" is invited; the invitation is lost: invite again", func() error {
		return a.handOver(name, token, text, until, put, prepare)
	})
}

// handOver writes what put puts, has the record prepared, and prints the invitation.
func (a *app) handOver(name string, token motp.Token, text string, until time.Time,
	put func(conf.Editor) error, prepare func() error) error {
	whose := shown.Token(name, token.Name)
	if err := a.begin(); err != nil {
		return fmt.Errorf("%w: %s is not invited", a.explain(name, err), whose)
	}
	if err := put(a.editor()); err != nil {
		return a.explainAdd(name, token.Name, err)
	}
	if err := prepare(); err != nil {
		return fmt.Errorf("%w: %s is in the table, and cannot set the token up",
			a.explain(name, err), whose)
	}
	a.changed()
	if a.wantsReport {
		a.report.Invitation = text
		a.report.again = "invite again"
		return nil
	}
	a.print("%s", text)
	if err := term.Written(a.out); err != nil {
		return err
	}
	a.say("%s is invited until %s: to type this at \"OTP: \", in a service with the option "+
		"enrol, by motpd", whose, until.Local().Format(time.DateTime))
	return nil
}

func newInvitation(token motp.Token, until time.Time) (string, motp.Invitation, error) {
	var random [motp.InvitationEntropy]byte
	var salt [motp.InvitationSalt]byte
	for _, b := range [][]byte{random[:], salt[:]} {
		if _, err := rand.Read(b); err != nil {
			return "", motp.Invitation{}, fmt.Errorf("make an invitation: %w", err)
		}
	}
	text := motp.InvitationText(random)
	i, err := motp.NewInvitation(token, text, salt, until.Unix())
	return text, i, err
}

// mayInviteAnew finds out whether a token that is there may be invited to again: it must be one
// that nobody has set up, of the same kind.
func (a *app) mayInviteAnew(name string, token motp.Token) error {
	s, err := a.find(name)
	if err != nil {
		return err
	}
	whose := shown.Token(name, token.Name)
	pin := map[bool]string{false: "without a PIN", true: "with a PIN"}
	for _, t := range s.Tokens {
		switch {
		case t.Name != token.Name:
			continue
		case t.Invitation == "" || t.Invitation == motp.Claimed.String():
			return fmt.Errorf("%s is in use: \"motp remove %s\" takes it away, or "+
				"--token NAME invites to a further one", whose,
				shown.TokenArgument(name, token.Name))
		case t.Type != token.Type.String():
			return fmt.Errorf("%s is invited with a token of type %s: invite with "+
				"--type %[2]s, or \"motp remove %s\" first", whose, t.Type,
				shown.TokenArgument(name, token.Name))
		case t.PIN != (token.PIN != ""):
			return fmt.Errorf("%s is invited with a token %s, and is to have one %s: "+
				"\"motp remove %s\" first", whose, pin[t.PIN], pin[token.PIN != ""],
				shown.TokenArgument(name, token.Name))
		case t.About != codeformat.Kind(token):
			return fmt.Errorf("%s is invited with another token, %s: \"motp remove "+
				"%s\" first", whose, t.About,
				shown.TokenArgument(name, token.Name))
		}
	}
	return nil
}

// inviteAnew gives a token that nobody has set up another secret and another invitation, in one
// step: with one of them alone nobody could set it up.
func inviteAnew(table conf.Editor, name string, token motp.Token) error {
	of := conf.Address{User: name, Token: token.Name}
	var values []conf.Assignment
	for _, key := range []string{"invitation", "secret"} {
		text, err := conf.ValueOf(token, key)
		if err != nil {
			return err
		}
		values = append(values, conf.Assignment{Key: key, Value: text})
	}
	return table.SetAll(of, values)
}
