package cli

import (
	"fmt"

	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/internal/softtoken"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// token is a token on this machine, in the place of a phone.
func (a *app) token() *cobra.Command {
	var profile string
	var how tokenFlags
	cmd := &cobra.Command{
		Use: "token [init | info | seal | unseal] [--profile NAME] [--watch] " +
			"[--pin-stdin]\n        " + passphraseUsage,
		Short: "Be a token yourself: show codes in the place of a phone",
		Long: `Be a token: ask for the PIN, if it is one of Mobile-OTP, print the
code of this moment, and tell for how long it is shown. A HOTP token makes the
next code each time. "motp token init" makes the token first. Anybody can do
this, without root and without the table.

The secret is in your own folder ($XDG_DATA_HOME/motp, or ~/.local/share/motp),
readable by you alone; the PIN is kept nowhere. A token on the machine that you
log in from is less than one in your pocket: who gets at your account has it.
After "motp token seal", it takes a passphrase, too, which is asked for first;
from standard input, it is the line before the PIN.`,
		Example: `  motp token init
  motp token seal
  motp token
  motp token --watch
  motp token --profile work`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			f, err := loadFor(profile, how.passphrase)
			if err != nil {
				return err
			}
			return a.beToken(f, how)
		},
	}
	cmd.PersistentFlags().StringVar(&profile, "profile",
		softtoken.DefaultProfile, "which of your tokens")
	cmd.Flags().BoolVar(&how.pinStdin, "pin-stdin", false, "read the PIN from standard input")
	cmd.Flags().BoolVarP(&how.watch, "watch", "w",
		false, "go on, and count the seconds down; Ctrl-C ends it")
	how.passphrase.on(cmd)
	must(cmd.RegisterFlagCompletionFunc("profile", completeProfile))
	cmd.AddCommand(a.marked(a.tokenInit(&profile)), a.marked(a.tokenInfo(&profile)),
		a.marked(a.tokenSeal(&profile)), a.marked(a.tokenUnseal(&profile)))
	return cmd
}

// tokenFlags are what "motp token" is told.
type tokenFlags struct {
	passphrase      passphraseFlags
	pinStdin, watch bool
}

// beToken shows what the token shows.
func (a *app) beToken(f softtoken.File, how tokenFlags) error {
	switch t := f.Token(); {
	case !t.Kind().PINInCode && how.pinStdin:
		return usagef("--pin-stdin is not for type %v: its PIN, if there is one, is "+
			"typed before the code",
			t.Type)
	case t.Kind().Counter && how.watch:
		return usagef("--watch is not for type %v: its codes do not change by themselves",
			t.Type)
	}
	key, err := a.tokenKey(f, how.passphrase)
	if err != nil {
		return err
	}
	t, err := f.Open(key)
	switch {
	case err != nil:
		return err
	case t.Kind().Counter:
		return a.nextCode(f.Profile(), key)
	case t.Kind().PINInCode:
		if t.PIN, err = a.tokenPIN(how.pinStdin); err != nil {
			return err
		}
	}
	if how.watch {
		return softtoken.Watch(a.out, t, term.IsTerminal(a.out), a.now, softtoken.Sleep)
	}
	now := a.now()
	a.print("%s", t.Code(now))
	a.say("shown for %s more", words.Count(softtoken.ShownFor(t, now), "second"))
	return nil
}

// nextCode prints the next code of a HOTP token.
func (a *app) nextCode(profile string, key *softtoken.Key) error {
	t, err := softtoken.Next(profile, key)
	if err != nil {
		return err
	}
	a.print("%s", t.CodeAt(t.Counter))
	a.say("code number %d; \"motp token%s\" makes the next",
		t.Counter, profileArgument(profile))
	return nil
}

// tokenPIN asks for a token's PIN. It is only used, not kept: one question is enough, since a wrong
// PIN gives a wrong code.
func (a *app) tokenPIN(stdin bool) (string, error) {
	const what = "the token's PIN"
	var typed string
	var err error
	if stdin {
		typed, err = a.readOneLine(what)
	} else {
		var t *term.Terminal
		if t, err = term.Open(); err != nil {
			return "",
				fmt.Errorf("%w for %s: start motp in one, or give the PIN with "+
					"--pin-stdin",
					err, what)
		}
		defer t.Close()
		typed, err = t.AskHidden("PIN: ")
	}
	if err == nil {
		err = pin.Check(motp.MobileOTP.Kind(), typed)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	return typed, nil
}
