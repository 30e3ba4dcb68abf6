package cli

import (
	"github.com/pam-motp/pam-motp/internal/privatefile"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp/uri"
	"github.com/spf13/cobra"
)

// qr shows a user's secret again.
func (a *app) qr() *cobra.Command {
	var name, site, png, svg string
	cmd := &cobra.Command{
		Use:   "qr USER [--token NAME] [--site SITE] [--png FILE] [--svg FILE]",
		Short: "Show a user's QR code again, or write it to a file",
		Long: `Show the QR code that a token scans, with the URI above it. Who sees
it has the user's secret; the PIN is not in it. For TOTP and HOTP it is an
otpauth:// URI, for Mobile-OTP a motp:// URI. With --png or --svg it goes to a
new file that only root can read.`,
		Example: `  motp qr alice
  motp qr alice --png alice.png
  motp qr alice --token tablet --site 'Example Ltd'`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			_, user, err := a.lookup(args[0])
			if err != nil {
				return err
			}
			token, err := pickToken(user, name)
			if err != nil {
				return err
			}
			if err := a.knowCounters(user); err != nil {
				return err
			}
			if token.T0 != 0 {
				a.warn("the token of %s counts from another time than 1970, "+
					"which no QR code can say", shown.Name(user.Name))
			}
			if png == "" && svg == "" {
				return a.printSecret(shownSecret{token: *token,
					site: siteFlag(site), user: user.Name,
					noText: true, below: 1})
			}
			e := uri.Enrolment{Site: siteFlag(site), User: user.Name, Token: *token}
			code, err := term.NewQR(e.URI())
			if err != nil {
				return err
			}
			if png != "" {
				err = privatefile.Write(png, code.PNG())
			}
			if err == nil && svg != "" {
				err = privatefile.Write(svg, code.SVG())
			}
			return err
		},
	}
	a.tokenFlag(cmd, &name, whichToken)
	cmd.Flags().StringVar(&site, "site", "", siteUsage)
	cmd.Flags().StringVar(&png, "png", "", "write a PNG picture to this new file, mode 0600")
	cmd.Flags().StringVar(&svg, "svg", "", "write an SVG picture to this new file, mode 0600")
	return cmd
}
