package cli

import (
	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/secrets"
	"github.com/spf13/cobra"
)

const ifMissingUsage = "do nothing, and succeed, if there is such a user or token already"

// add enrolls a user, or gives one a further token.
func (a *app) add() *cobra.Command {
	var e enrolment
	var secret, offset string
	var kind kindFlags
	cmd := &cobra.Command{
		Use: "add USER [--type motp|totp|hotp] [--token NAME] [--secret TEXT] " +
			"[--offset O]\n" +
			"  [--site SITE] [--algorithm A] [--digits N] [--period SECONDS] " +
			"[--counter N]\n" +
			"  [--pin-stdin] [--weak-pin] [--no-qr] [--no-check] [--if-missing]\n" +
			"  [--dry-run] [--json]",
		Short: "Enroll a user: make a secret, ask for the PIN, show the QR code",
		Long: `Enroll a user: make a secret, ask for the token's PIN, show the secret as a
QR code to scan, ask for a code to see that the token has it right, and write
the table. A missing table is made. The name is the login name, letter for
letter. With --token, a user who is in the table gets a further token.

The QR code of a Mobile-OTP token holds motp://SITE:USER?secret=SECRET; that of
TOTP (authenticator apps) and HOTP an otpauth:// URI. No PIN is in it. TOTP and
HOTP need none; if there is one, it is typed before the code. A PIN that anybody
would guess first, such as 1 or 0000, is refused without --weak-pin.

Many apps know SHA1, six digits and 30 seconds only, whatever the QR code says:
the check finds out. Where there is no terminal to ask on, --pin-stdin is needed
for Mobile-OTP, and the token is not checked.

With --if-missing, a user or token that is in the table stays as it is, and that
is no failure. With --json no code is asked for, and a secret that was made now
stands in the JSON instead of a QR code; one that was given with --secret is
printed nowhere.`,
		Example: `  motp add alice
  motp add alice --token tablet --type totp --site 'Example Ltd'
  motp add bob --type hotp --secret hex:3132333435363738393031323334353637383930
  motp add alice --offset 1h      her phone's clock is an hour ahead
  echo 5917 | motp add alice --pin-stdin --no-check`,
		Args:              oneUser,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := e.read(cmd, kind, secret, offset); err != nil {
				return err
			}
			return a.enroll(args[0], e)
		},
	}
	flags := cmd.Flags()
	kind = kinds(cmd)
	flags.StringVar(&e.name, "token", "",
		"`NAME` of a further token, for a user who is in the table")
	flags.StringVar(&secret, "secret", "",
		"the token's secret, if it has one already: of Mobile-OTP "+
			"the text\nas it is, of the others base32 or hex:…")
	flags.StringVar(&offset, "offset", "0", offsetUsage)
	flags.StringVar(&e.site, "site", "", siteUsage)
	e.pin.add(cmd)
	flags.BoolVar(&e.noQR, "no-qr", false, "show the secret without a QR code")
	flags.BoolVar(&e.noCheck, "no-check", false, "ask for no code")
	flags.BoolVar(&e.ifMissing, "if-missing", false, ifMissingUsage)
	a.changes(cmd)
	return cmd
}

// read makes the token of the flags that were given, with a new secret if there is none.
func (e *enrolment) read(cmd *cobra.Command, kind kindFlags, secret, offset string) (err error) {
	if e.token, err = kind.read(secret); err != nil {
		return err
	}
	if cmd.Flags().Changed("token") {
		if err := conf.CheckTokenName(e.name); err != nil {
			return usagef("--token: %w", err)
		}
	}
	e.token.Name = e.name
	if !e.token.Kind().Has("offset") && cmd.Flags().Changed("offset") {
		return usagef("--offset is not for type hotp")
	}
	if e.token.Offset, err = parseOffset(offset); err != nil {
		return err
	}
	if e.given = cmd.Flags().Changed("secret"); e.given {
		return nil
	}
	e.token.Secret, err = secrets.New(e.token.Kind())
	return err
}
