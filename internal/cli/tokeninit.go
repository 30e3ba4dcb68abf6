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
	var how initFlags
	var kind kindFlags
	cmd := &cobra.Command{
		Use: "init [--profile NAME] " + kindUsage +
			" [--secret TEXT] [--site SITE] [--no-qr]\n" +
			"        [--seal " + passphraseUsage + "] [--dry-run] [--json]",
		Short: "Make a token on this machine, and show its secret once",
		Long: `Make a token on this machine, and show its secret, this once. Whoever looks
after the server enrolls you with it: motp add YOU --secret SECRET. With --secret
it becomes a second one of a token that you have. With --seal it is sealed with
a passphrase from the beginning, so that its secret is never on the disk.`,
		Example: `  motp token init
  motp token init --profile work --secret 7ac61d4736f51a2b
  motp token init --profile app --type totp --seal`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := how.check(); err != nil {
				return err
			}
			t, err := kind.read(how.secret)
			if err != nil {
				return err
			}
			how.given = cmd.Flags().Changed("secret")
			if !how.given {
				if t.Secret, err = secrets.New(t.Kind()); err != nil {
					return err
				}
			}
			return a.initToken(*profile, t, how, kind)
		},
	}
	kind = kinds(cmd)
	cmd.Flags().StringVar(&how.secret, "secret", "",
		"the secret, if you have one already: of Mobile-OTP "+
			"the text as it is,\nof the others base32 or hex:…")
	cmd.Flags().StringVar(&how.site, "site", "", siteUsage)
	cmd.Flags().BoolVar(&how.noQR, "no-qr", false, "show the secret without a QR code")
	cmd.Flags().BoolVar(&how.sealed, "seal", false, "seal it with a passphrase")
	how.passphrase.on(cmd)
	a.changes(cmd)
	return cmd
}

// initFlags are what "motp token init" is told, besides the kind.
type initFlags struct {
	secret, site string
	noQR, sealed bool
	given        bool // the secret
	passphrase   passphraseFlags
}

func (how initFlags) check() error {
	if how.passphrase.given() && !how.sealed {
		return usagef("a passphrase is for --seal")
	}
	return how.passphrase.check()
}

// initToken makes a token and shows its secret.
func (a *app) initToken(profile string, t motp.Token, how initFlags, kind kindFlags) error {
	if err := a.mayHandOut(how.given); err != nil {
		return err
	}
	var key *softtoken.Key
	if how.sealed {
		var err error
		if key, err = a.keyToSeal(profile, t, how.passphrase); err != nil {
			return err
		}
	}
	made, err := a.makeToken(profile, t, key)
	if err != nil || !made {
		return err
	}
	// one that was given is elsewhere, and the server knows it
	if !how.given && !a.wantsReport {
		a.say("the server learns of it by \"motp add USER%s --secret SECRET\", with the "+
			"secret below", kind.arguments())
	}
	// a phone may have it as well; the shell's line comes below
	return a.handOut(shownSecret{
		token: t, site: siteFlag(how.site), user: myName(),
		noQR: how.noQR, below: 1,
	}, how.given, "it is in the token's file")
}

// keyToSeal asks for the passphrase of a token that is to be made, if it can be.
func (a *app) keyToSeal(
	profile string, t motp.Token, from passphraseFlags,
) (*softtoken.Key, error) {
	if _, err := softtoken.Save(profile, t, nil, true); err != nil || a.dryRun {
		return nil, nil // which makeToken explains
	}
	return a.newTokenKey(from)
}

// makeToken writes a token's file, or tells with --dry-run that it could.
func (a *app) makeToken(
	profile string, t motp.Token, key *softtoken.Key,
) (made bool, err error) {
	for _, flaw := range secrets.Flaws(t) {
		a.warn("the secret %s", flaw.Words)
	}
	var path string
	err = a.commit("the token is made; its secret is in your folder of tokens",
		func() (err error) {
			path, err = softtoken.Save(profile, t, key, a.dryRun)
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
