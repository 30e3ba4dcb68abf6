package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// secretDigits is the length of a new secret, in hex digits: what the first token had, and what every token takes.
const secretDigits = 16

// add enrols a user, or gives one a further token.
func (a *app) add() *cobra.Command {
	var e enrolment
	var secret, offset string
	var kind kindFlags
	cmd := &cobra.Command{
		Use: "add USER [--type motp|totp|hotp] [--token NAME] [--secret TEXT] [--offset O] [--site SITE]\n" +
			"  [--algorithm A] [--digits N] [--period SECONDS] [--counter N] [--pin-stdin] [--weak-pin]\n" +
			"  [--no-qr] [--no-check] [--dry-run]",
		Short: "Enrol a user: make a secret, ask for the PIN, show the QR code",
		Long: `Enrol a user: make a secret, ask for the token's PIN, show the secret as a QR
code to scan, ask for a code to see that the token has it right, and write the
table. A missing table is made. The name is the login name, letter for letter.
With --token, a user who is in the table gets a further token.

The QR code of a Mobile-OTP token holds motp://SITE:USER?secret=SECRET; that of
TOTP (authenticator apps) and HOTP an otpauth:// URI. No PIN is in it. TOTP and
HOTP need none; if there is one, it is typed before the code. A PIN that anybody
would guess first, such as 1 or 0000, is refused without --weak-pin.

Many apps know SHA1, six digits and 30 seconds only, whatever the QR code says:
the check finds out. Where there is no terminal to ask on, --pin-stdin is needed
for Mobile-OTP, and the token is not checked.`,
		Example: `  motp add alice
  motp add alice --token tablet --type totp --site 'Example Ltd'
  motp add bob --type hotp --secret hex:3132333435363738393031323334353637383930
  motp add alice --offset 1h      her phone's clock is an hour ahead
  echo 5917 | motp add alice --pin-stdin --no-check`,
		Args:              oneUser,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if e.token, err = kind.read(secret); err != nil {
				return err
			}
			if cmd.Flags().Changed("token") {
				if err := conf.CheckTokenName(e.name); err != nil {
					return usagef("--token: %w", err)
				}
			}
			e.token.Name = e.name
			if e.token.Type == motp.HOTP && cmd.Flags().Changed("offset") {
				return usagef("--offset is not for type hotp")
			}
			if e.token.Offset, err = parseOffset(offset); err != nil {
				return err
			}
			if !cmd.Flags().Changed("secret") {
				if e.token.Secret, err = newSecretFor(e.token.Type); err != nil {
					return err
				}
			}
			return a.enrol(args[0], e)
		},
	}
	flags := cmd.Flags()
	kind = kinds(cmd)
	flags.StringVar(&e.name, "token", "", "`NAME` of a further token, for a user who is in the table")
	flags.StringVar(&secret, "secret", "", "the token's secret, if it has one already: of Mobile-OTP the text\nas it is, of the others base32 or hex:…")
	flags.StringVar(&offset, "offset", "0", offsetUsage)
	flags.StringVar(&e.site, "site", "", siteUsage)
	e.pin.add(cmd)
	flags.BoolVar(&e.noQR, "no-qr", false, "show the secret without a QR code")
	flags.BoolVar(&e.noCheck, "no-check", false, "ask for no code")
	a.changes(cmd)
	return cmd
}

// An enrolment is what add is told about a new token.
type enrolment struct {
	name    string     // of a further token
	token   motp.Token // without the PIN
	pin     pinFlags
	site    string
	noQR    bool
	noCheck bool
}

// enrol takes a token from the first question to the record.
func (a *app) enrol(name string, e enrolment) error {
	token := e.token
	policy, err := a.mayAdd(name, token)
	if err != nil {
		return err
	}
	whose := owner(name, token.Name)
	for _, w := range tokenWeaknesses(token) {
		a.warn("the secret of %s %s", whose, w)
	}
	if token.PIN, err = a.newPIN(whose, token.Type, e.pin); err != nil {
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
	if !e.noCheck {
		if right, err = a.checkNewToken(name, &token, policy); err != nil {
			return err
		}
	}
	if err := a.write(name, token); err != nil {
		return err
	}
	if right != "" {
		a.useUp(policy, name, right)
	}
	a.say("%s is in %s now; try a login before you log out", whose, a.confPath)
	return nil
}

// addTo adds a user with a first token, or a further token to one who is there.
func addTo(table editor, user string, token motp.Token) error {
	if token.Name == "" {
		return table.Add(motp.User{Name: user, Tokens: []motp.Token{token}})
	}
	return table.AddToken(user, token)
}

// tokenWeaknesses tells what is unwise about a token's secret.
func tokenWeaknesses(t motp.Token) (warnings []string) {
	if t.Type == motp.MobileOTP {
		return secretWeaknesses(t.Secret)
	}
	for _, w := range conf.Warnings(motp.User{Tokens: []motp.Token{t}}) {
		warnings = append(warnings, strings.TrimPrefix(w, "secret: "))
	}
	return warnings
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

// mayAdd finds out whether a token can be added before anybody is asked anything, and what policy will hold.
func (a *app) mayAdd(name string, token motp.Token) (motp.Policy, error) {
	trial := token
	if trial.Type == motp.MobileOTP {
		trial.PIN = "5917"
	}
	if err := addTo(conf.Rehearsal{Table: a.table()}, name, trial); err != nil {
		return motp.Policy{}, a.explainAdd(name, token.Name, err)
	}
	policy, user, _ := a.table().Lookup(name) // whether there is such a user, and perhaps no table, is known
	user.Name = name
	if _, err := a.verifier(policy).Status(context.Background(), user, a.now()); err != nil &&
		!errors.Is(err, fs.ErrNotExist) {
		return motp.Policy{}, fmt.Errorf("%w: %s is not added", a.explain(name, err), owner(name, token.Name))
	}
	return policy, nil
}

// explainAdd puts the next step to an error about a token that cannot be added.
func (a *app) explainAdd(name, token string, err error) error {
	switch {
	case errors.Is(err, conf.ErrNoUser):
		return fmt.Errorf("%s: %s is not in the table: \"motp add %s\" without --token adds the first token", a.confPath, show(name), argument(name))
	case errors.Is(err, conf.ErrTokenExists):
		return fmt.Errorf("%w: \"motp remove %s%s\" takes it away, if that is what you want", err, argument(name), tokenArgument(token))
	}
	return a.explain(name, err)
}

// showSecret prints the secret, once, as a QR code and as text.
func (a *app) showSecret(user string, token motp.Token, e enrolment) error {
	uri := tokenURI(siteFlag(e.site), user, token)
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
	a.print("%s\n\n%s\n", uri, secretInWords(token))
	return a.written()
}

// checkNewToken asks for a code, where there is somebody to ask.
func (a *app) checkNewToken(user string, token *motp.Token, policy motp.Policy) (right string, err error) {
	whose := owner(user, token.Name)
	t, err := openTerminal()
	if err != nil {
		a.say("%v for a code of %s: the token is not checked", err, whose)
		return "", nil
	}
	defer t.close()
	right, err = a.checkToken(t, whose, token, policy)
	if err != nil {
		return "", fmt.Errorf("%w: %s is not added; --no-check adds without a code", err, whose)
	}
	return right, nil
}

// newSecretFor makes a secret for a type of token.
func newSecretFor(of motp.Type) (string, error) {
	if of == motp.MobileOTP {
		return newSecret()
	}
	key := make([]byte, keyBytes)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return string(key), nil
}

// keyBytes is the length of a new key for TOTP or HOTP, which RFC 4226 section 4 recommends.
const keyBytes = 20

// newSecret makes a secret from the system's random source.
func newSecret() (string, error) {
	b := make([]byte, secretDigits/2)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// write writes a token into the table and makes the record. With an error neither is there.
func (a *app) write(name string, token motp.Token) error {
	table := a.table()
	if err := addTo(table, name, token); err != nil {
		return a.explainAdd(name, token.Name, err)
	}
	if err := a.verifier(motp.DefaultPolicy).Prepare(context.Background(), name); err != nil {
		err = a.explain(name, err)
		if undo := takeBack(table, name, token); undo != nil {
			return fmt.Errorf("%w; and %s stays in the table without a record: %w", err, owner(name, token.Name), undo)
		}
		return fmt.Errorf("%w: %s is not added", err, owner(name, token.Name))
	}
	return nil
}

func takeBack(table conf.Table, name string, token motp.Token) error {
	if token.Name == "" {
		return table.Remove(name)
	}
	return table.RemoveToken(name, token.Name)
}

// useUp sees to it that the code of the check is no good for a login.
func (a *app) useUp(policy motp.Policy, name, right string) {
	_, user, err := a.lookup(name)
	if err != nil {
		a.warn("the code is not used up: %v", err)
		return
	}
	result, err := a.verifier(policy).Verify(context.Background(), user, right, a.now())
	switch {
	case err != nil:
		a.warn("the code is not used up: %v", a.explain(name, err))
	case result.Verdict != motp.Accepted:
		a.warn("%v; the record is older than this token", a.refusal(policy, user, right, a.now(), result))
	}
}
