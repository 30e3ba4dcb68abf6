package cli

import (
	"github.com/pam-motp/pam-motp/internal/softtoken"
	"github.com/spf13/cobra"
)

// tokenSeal puts a token's secret under a passphrase.
func (a *app) tokenSeal(profile *string) *cobra.Command {
	var from passphraseFlags
	var rotate bool
	cmd := &cobra.Command{
		Use: "seal [--profile NAME] [--rotate] " + passphraseUsage +
			" [--dry-run] [--json]",
		Short: "Seal your token with a passphrase, so that a copy of its file is of no use",
		Long: `Seal your token: its secret stands as sealed:v1:KEYID:… then, and opens with
your passphrase, for your user id and this profile only. "motp token" asks for
the passphrase each time. It is kept nowhere, and nobody can tell you what it
was: without it, make a new token, and have the server learn of that.

With --rotate a new passphrase takes the place of the one that you have. From
standard input come the one that you have, and the new one in the next line;
with --passphrase-file, the new one is asked for.`,
		Example: `  motp token seal
  motp token seal --profile work --rotate
  secret-tool lookup motp token | motp token seal --passphrase-stdin`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			return a.sealToken(*profile, from, rotate)
		},
	}
	from.on(cmd)
	cmd.Flags().BoolVar(&rotate, "rotate", false, "give it another passphrase")
	a.changes(cmd)
	return cmd
}

func (a *app) sealToken(profile string, from passphraseFlags, rotate bool) error {
	f, err := loadFor(profile, from)
	switch {
	case err != nil:
		return err
	case rotate && !f.IsSealed():
		return usagef("--rotate is for a token that is sealed, and this one is plain")
	case !rotate && f.IsSealed():
		if !a.dryRun { // what a crash left of an earlier one may be plain
			if err := softtoken.Tidy(profile); err != nil {
				return err
			}
		}
		a.already("the token is sealed already")
		return nil
	case !rotate && a.dryRun:
		a.changed()
		a.say("the token in %s would be sealed; nothing is changed", f.Path())
		return nil
	}
	var old *softtoken.Key
	if rotate {
		if old, err = a.tokenKey(f, from); err != nil {
			return err
		}
		if from.file != "" {
			from = passphraseFlags{}
		}
	}
	anew, err := a.newTokenKey(from)
	if err != nil {
		return err
	}
	return a.resealToken(f, old, anew, "sealed; \"motp token"+profileArgument(profile)+
		"\" asks for the passphrase")
}

// tokenUnseal takes the passphrase off.
func (a *app) tokenUnseal(profile *string) *cobra.Command {
	var from passphraseFlags
	cmd := &cobra.Command{
		Use:   "unseal [--profile NAME] " + passphraseUsage + " [--dry-run] [--json]",
		Short: "Write your token's secret as it is, so that no passphrase is asked for",
		Long: `Write what "motp token seal" has sealed as it was. Whoever has a copy of the
file has the token then.`,
		Example:           "  motp token unseal\n  motp token unseal --profile work",
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			f, err := loadFor(*profile, from)
			if err != nil {
				return err
			}
			if !f.IsSealed() {
				a.already("the token is plain already")
				return nil
			}
			k, err := a.tokenKey(f, from)
			if err != nil {
				return err
			}
			return a.resealToken(f, k, nil, "plain")
		},
	}
	from.on(cmd)
	a.changes(cmd)
	return cmd
}

// loadFor loads a token for a verb that may ask for its passphrase.
func loadFor(profile string, from passphraseFlags) (softtoken.File, error) {
	if err := from.check(); err != nil {
		return softtoken.File{}, err
	}
	return loadToken(profile)
}

// resealToken writes a token's file, or tells with --dry-run that it could.
func (a *app) resealToken(f softtoken.File, old, anew *softtoken.Key, how string) error {
	err := a.commit("the token is "+how, func() error {
		return softtoken.Reseal(f.Profile(), old, anew, a.dryRun)
	})
	switch {
	case err != nil:
		return err
	case a.dryRun:
		a.say("the token in %s would be %s; nothing is changed", f.Path(), how)
	default:
		a.say("the token in %s is %s", f.Path(), how)
	}
	return nil
}
