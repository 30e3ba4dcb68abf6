package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// secretDigits is the length of a new secret, in hex digits: what the first token had, and what every token takes.
const secretDigits = 16

// add enrols a user.
func (a *app) add() *cobra.Command {
	var e enrolment
	var offset string
	cmd := &cobra.Command{
		Use:   "add USER [--secret TEXT] [--offset O] [--site SITE] [--pin-stdin] [--no-qr] [--no-check] [--dry-run]",
		Short: "Enrol a user: make a secret, ask for the PIN, show the QR code",
		Long: `Enrol a user: make a secret, ask for the token's PIN, show the secret as a QR
code to scan, ask for a code to see that the token has it right, and write the
table. A missing table is made. The name is the login name, letter for letter.

The QR code holds motp://SITE:USER?secret=SECRET and no PIN. Where there is no
terminal to ask on, --pin-stdin is needed, and the token is not checked.`,
		Example: `  motp add alice
  motp add alice --offset 1h      her phone's clock is an hour ahead
  echo 5917 | motp add alice --pin-stdin --no-check`,
		Args:              oneUser,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if e.token.Offset, err = parseOffset(offset); err != nil {
				return err
			}
			if cmd.Flags().Changed("secret") {
				err = checkSecret(e.token.Secret)
			} else {
				e.token.Secret, err = newSecret()
			}
			if err != nil {
				return err
			}
			return a.enrol(args[0], e)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&e.token.Secret, "secret", "", "the token's secret, if it has one already; used as the text it is")
	flags.StringVar(&offset, "offset", "0", offsetUsage)
	flags.StringVar(&e.site, "site", "", siteUsage)
	flags.BoolVar(&e.pinStdin, "pin-stdin", false, "read the PIN from standard input")
	flags.BoolVar(&e.noQR, "no-qr", false, "show the secret without a QR code")
	flags.BoolVar(&e.noCheck, "no-check", false, "ask for no code")
	a.changes(cmd)
	return cmd
}

// An enrolment is what add is told about a new user.
type enrolment struct {
	token    motp.Token // without the PIN
	site     string
	pinStdin bool
	noQR     bool
	noCheck  bool
}

// enrol takes a user from the first question to the record.
func (a *app) enrol(name string, e enrolment) error {
	user := motp.User{Name: name, Tokens: []motp.Token{e.token}}
	policy, err := a.mayAdd(user)
	if err != nil {
		return err
	}
	for _, w := range secretWeaknesses(e.token.Secret) {
		a.warn("the secret of %s %s", show(name), w)
	}
	pin, err := a.newPIN(name, e.pinStdin)
	if err != nil {
		return err
	}
	user.Tokens[0].PIN = pin
	if a.dryRun {
		if err := a.explain(name, a.editor().Add(user)); err != nil {
			return err
		}
		a.did(name, "added to "+a.confPath)
		return nil
	}

	if err := a.showSecret(user, e); err != nil {
		return err
	}
	code := ""
	if !e.noCheck {
		if code, err = a.checkNewToken(&user, policy); err != nil {
			return err
		}
	}
	if err := a.write(user); err != nil {
		return err
	}
	if code != "" {
		a.useUp(policy, user, code)
	}
	a.say("%s is in %s now; try a login before you log out", show(name), a.confPath)
	return nil
}

// secretWeaknesses tells what is unwise about a secret.
func secretWeaknesses(secret string) (warnings []string) {
	if len(secret) < secretDigits {
		warnings = append(warnings, "is shorter than 16 digits")
	}
	switch lower := strings.ToLower(secret); {
	case strings.Trim(lower, "0123456789abcdef") != "":
		warnings = append(warnings, "is not hexadecimal, and many tokens take nothing else")
	case lower != secret:
		warnings = append(warnings, "has upper-case letters, which some tokens turn into lower-case ones: then no code fits")
	}
	return warnings
}

// mayAdd finds out whether a user can be added before anybody is asked anything, and what policy will hold.
func (a *app) mayAdd(user motp.User) (motp.Policy, error) {
	trial := motp.User{Name: user.Name, Tokens: slices.Clone(user.Tokens)}
	trial.Tokens[0].PIN = "5917"
	if err := (conf.Rehearsal{Table: a.table()}).Add(trial); err != nil {
		return motp.Policy{}, a.explain(user.Name, err)
	}
	if _, err := a.verifier(motp.DefaultPolicy).Status(user, a.now()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return motp.Policy{}, fmt.Errorf("%w: %s is not added", a.explain(user.Name, err), show(user.Name))
	}
	policy, _, _ := a.table().Lookup(user.Name) // that there is no such user, and perhaps no table, is known
	return policy, nil
}

// showSecret prints the secret, once, as a QR code and as text.
func (a *app) showSecret(user motp.User, e enrolment) error {
	secret := user.Tokens[0].Secret
	uri := enrolURI(siteFlag(e.site), user.Name, secret)
	if e.noQR {
		a.print("Type this secret into the token:\n")
	} else {
		code, err := newQR(uri)
		if err != nil {
			return err
		}
		a.print("Scan this with the token, or type in the secret below it:\n")
		a.showQR(code)
	}
	a.print("%s\n\n%s\n", uri, secret)
	return nil
}

// checkNewToken asks for a code, where there is somebody to ask.
func (a *app) checkNewToken(user *motp.User, policy motp.Policy) (code string, err error) {
	t, err := openTerminal()
	if err != nil {
		a.say("%v for a code of %s: the token is not checked", err, show(user.Name))
		return "", nil
	}
	defer t.close()
	code, err = a.checkToken(t, user, policy.Window)
	if err != nil {
		return "", fmt.Errorf("%w: %s is not added; --no-check adds without a code", err, show(user.Name))
	}
	return code, nil
}

// newSecret makes a secret from the system's random source.
func newSecret() (string, error) {
	b := make([]byte, secretDigits/2)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// write writes a user into the table and makes the record. With an error neither is there.
func (a *app) write(user motp.User) error {
	table := a.table()
	if err := table.Add(user); err != nil {
		return a.explain(user.Name, err)
	}
	if err := a.verifier(motp.DefaultPolicy).Prepare(user.Name); err != nil {
		err = a.explain(user.Name, err)
		if undo := table.Remove(user.Name); undo != nil {
			return fmt.Errorf("%w; and %s stays in the table without a record: %w", err, show(user.Name), undo)
		}
		return fmt.Errorf("%w: %s is not added", err, show(user.Name))
	}
	return nil
}

// useUp sees to it that the code of the check is no good for a login.
func (a *app) useUp(policy motp.Policy, user motp.User, code string) {
	result, err := a.verifier(policy).Verify(user, code, a.now())
	switch {
	case err != nil:
		a.warn("the code is not used up: %v", a.explain(user.Name, err))
	case result.Verdict != motp.Accepted:
		a.warn("%v; the record is older than this token", a.refusal(policy, user, code, a.now(), result))
	}
}
