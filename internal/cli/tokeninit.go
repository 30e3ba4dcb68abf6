package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"

	"github.com/pam-motp/pam-motp/internal/secrets"
	"github.com/pam-motp/pam-motp/internal/softtoken"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// tokenInit makes a token.
func (a *app) tokenInit(profile *string) *cobra.Command {
	var secret, site string
	var noQR bool
	var kind kindFlags
	cmd := &cobra.Command{
		Use: "init [--profile NAME] " + kindUsage +
			" [--secret TEXT] [--site SITE] [--no-qr] [--dry-run] [--json]",
		Short: "Make a token on this machine, and show its secret once",
		Long: `Make a token on this machine, and show its secret, this once. Whoever looks
after the server enrolls you with it: motp add YOU --secret SECRET. With --secret
it becomes a second one of a token that you have.`,
		Example: `  motp token init
  motp token init --profile work --secret 7ac61d4736f51a2b
  motp token init --profile app --type totp`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := kind.read(secret)
			if err != nil {
				return err
			}
			given := cmd.Flags().Changed("secret")
			if !given {
				if t.Secret, err = secrets.New(t.Kind()); err != nil {
					return err
				}
			}
			if err := a.mayHandOut(given); err != nil {
				return err
			}
			made, err := a.makeToken(*profile, t)
			if err != nil || !made {
				return err
			}
			// one that was given is elsewhere, and the server knows it
			if !given && !a.wantsReport {
				a.say("the server learns of it by \"motp add USER%s --secret "+
					"SECRET\", with the secret below",
					kind.arguments())
			}
			// a phone may have it as well; the shell's line comes below
			return a.handOut(shownSecret{
				token: t, site: siteFlag(site), user: myName(),
				noQR: noQR, below: 1,
			}, given, "it is in the token's file")
		},
	}
	kind = kinds(cmd)
	cmd.Flags().StringVar(&secret, "secret", "",
		"the secret, if you have one already: of Mobile-OTP "+
			"the text as it is,\nof the others base32 or hex:…")
	cmd.Flags().StringVar(&site, "site", "", siteUsage)
	cmd.Flags().BoolVar(&noQR, "no-qr", false, "show the secret without a QR code")
	a.changes(cmd)
	return cmd
}

// makeToken writes a token's file, or tells with --dry-run that it could.
func (a *app) makeToken(profile string, t motp.Token) (made bool, err error) {
	for _, flaw := range secrets.Flaws(t) {
		a.warn("the secret %s", flaw.Words)
	}
	var path string
	err = a.commit("the token is made; its secret is in your folder of tokens",
		func() (err error) {
			path, err = softtoken.Save(profile, t, a.dryRun)
			return err
		})
	var file *fs.PathError
	switch {
	case errors.Is(err, fs.ErrExist) && errors.As(err, &file):
		const next = "\"motp token%s\" shows its codes, --profile names another"
		return false, fmt.Errorf("%s: is there already: "+next, file.Path,
			profileArgument(profile))
	case err != nil:
		return false, explainProfile(err)
	case a.dryRun:
		a.say("the token would be in %s; nothing is changed", path)
		return false, nil
	}
	a.say("the token is in %s; \"motp token%s\" shows its codes",
		path, profileArgument(profile))
	return true, nil
}

// myName is who runs this.
func myName() string {
	if me, err := user.Current(); err == nil {
		return me.Username
	}
	return "me"
}
