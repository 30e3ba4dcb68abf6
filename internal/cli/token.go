package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os/user"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// token is a token on this machine, in the place of a phone.
func (a *app) token() *cobra.Command {
	var profile string
	var pinStdin, watch bool
	cmd := &cobra.Command{
		Use:   "token [init | info] [--profile NAME] [--watch] [--pin-stdin]",
		Short: "Be a token yourself: show codes in the place of a phone",
		Long: `Be a token: ask for the PIN, if it is one of Mobile-OTP, print the code of this
moment, and tell for how long it is shown. A HOTP token makes the next code each
time. "motp token init" makes the token first. Anybody can do this, without root
and without the table.

The secret is in your own folder ($XDG_DATA_HOME/motp, or ~/.local/share/motp),
readable by you alone; the PIN is kept nowhere. A token on the machine that you
log in from is less than one in your pocket: who gets at your account has it.`,
		Example: `  motp token init
  motp token
  motp token --watch
  motp token --profile work`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			t, err := loadToken(profile)
			if err != nil {
				return err
			}
			switch {
			case t.Type != motp.MobileOTP && pinStdin:
				return usagef("--pin-stdin is not for type %v: its PIN, if there is one, is typed before the code", t.Type)
			case t.Type == motp.HOTP && watch:
				return usagef("--watch is not for type hotp: its codes do not change by themselves")
			case t.Type == motp.HOTP:
				return a.nextCode(profile)
			case t.Type == motp.MobileOTP:
				if t.PIN, err = a.tokenPIN(pinStdin); err != nil {
					return err
				}
			}
			if watch {
				return a.watchToken(t, sleep)
			}
			now := a.now()
			a.print("%s", t.Code(now))
			a.say("shown for %s more", words.Count(secondsLeft(t, now), "second"))
			return nil
		},
	}
	cmd.PersistentFlags().StringVar(&profile, "profile", defaultProfile, "which of your tokens")
	cmd.Flags().BoolVar(&pinStdin, "pin-stdin", false, "read the PIN from standard input")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "go on, and count the seconds down; Ctrl-C ends it")
	must(cmd.RegisterFlagCompletionFunc("profile", completeProfile))
	cmd.AddCommand(a.marked(a.tokenInit(&profile)), a.marked(a.tokenInfo(&profile)))
	return cmd
}

// nextCode prints the next code of a HOTP token.
func (a *app) nextCode(profile string) error {
	t, err := countToken(profile)
	if err != nil {
		return err
	}
	a.print("%s", t.CodeAt(t.Counter))
	a.say("code number %d; \"motp token%s\" makes the next", t.Counter, profileArgument(profile))
	return nil
}

// tokenInit makes a token.
func (a *app) tokenInit(profile *string) *cobra.Command {
	var secret, site string
	var noQR bool
	var kind kindFlags
	cmd := &cobra.Command{
		Use:   "init [--profile NAME] " + kindUsage + " [--secret TEXT] [--site SITE] [--no-qr] [--dry-run]",
		Short: "Make a token on this machine, and show its secret once",
		Long: `Make a token on this machine, and show its secret, this once. Whoever looks
after the server enrols you with it: motp add YOU --secret SECRET. With --secret
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
			if !cmd.Flags().Changed("secret") {
				if t.Secret, err = newSecretFor(t.Type); err != nil {
					return err
				}
			}
			for _, w := range tokenWeaknesses(t) {
				a.warn("the secret %s", w)
			}
			var path string
			err = a.commit("the token is made; its secret is in your folder of tokens", func() (err error) {
				path, err = saveToken(*profile, t, a.dryRun)
				return err
			})
			if err != nil {
				return err
			}
			if a.dryRun {
				a.say("the token would be in %s; nothing is changed", path)
				return nil
			}
			a.say("the token is in %s; \"motp token%s\" shows its codes", path, profileArgument(*profile))
			if !cmd.Flags().Changed("secret") { // else there is one elsewhere that the server knows
				a.say("the server learns of it by \"motp add USER%s --secret SECRET\", with the secret below",
					kind.arguments())
			}
			// a phone may have it as well; the shell's line comes below
			return a.printSecret(shownSecret{token: t, site: siteFlag(site), user: myName(), noQR: noQR,
				below: 1})
		},
	}
	kind = kinds(cmd)
	cmd.Flags().StringVar(&secret, "secret", "", "the secret, if you have one already: of Mobile-OTP the text as it is,\nof the others base32 or hex:…")
	cmd.Flags().StringVar(&site, "site", "", siteUsage)
	cmd.Flags().BoolVar(&noQR, "no-qr", false, "show the secret without a QR code")
	a.changes(cmd)
	return cmd
}

// myName is who runs this.
func myName() string {
	if me, err := user.Current(); err == nil {
		return me.Username
	}
	return "me"
}

// tokenInfo shows what the Info screen of a phone shows.
func (a *app) tokenInfo(profile *string) *cobra.Command {
	return &cobra.Command{
		Use:   "info [--profile NAME]",
		Short: "Show the token's clock, as the Info screen of a phone does",
		Long: `Show the token's clock as the Info screen of a phone does: the epoch is a number
of nine digits, the tens of seconds since 1970, from which "motp sync" knows how
far the clock is off. The time zone does not go into the codes.`,
		Example: `  motp token info
  motp token info --profile work`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			t, err := loadToken(*profile)
			if err != nil {
				return err
			}
			all, err := profiles()
			if err != nil {
				return err
			}
			path, err := tokenPath(*profile)
			if err != nil {
				return err
			}
			now := a.now()
			a.print("type       %s", codeformat.Kind(t))
			switch t.Type {
			case motp.MobileOTP:
				a.print("epoch      %09d", t.Step(now))
			case motp.HOTP:
				a.print("counter    %d", t.Counter)
			}
			a.print("time       %s", now.Local().Format(time.DateTime))
			a.print("time zone  %s (UTC%s)", now.Local().Format("MST"), now.Local().Format("-07:00"))
			a.print("profile    %s, in %s", shown.Name(*profile), path)
			a.print("profiles   %s", strings.Join(all, ", "))
			return nil
		},
	}
}

// tokenPIN asks for a token's PIN. It is only used, not kept: one question is enough, since a wrong PIN gives a wrong code.
func (a *app) tokenPIN(stdin bool) (string, error) {
	const what = "the token's PIN"
	var pin string
	var err error
	if stdin {
		pin, err = a.readOneLine(what)
	} else {
		var t *term.Terminal
		if t, err = term.Open(); err != nil {
			return "", fmt.Errorf("%w for %s: start motp in one, or give the PIN with --pin-stdin", err, what)
		}
		defer t.Close()
		pin, err = t.AskHidden("PIN: ")
	}
	if err == nil {
		err = checkPIN(motp.MobileOTP, pin)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	return pin, nil
}

// loadToken loads a token without its PIN.
func loadToken(profile string) (motp.Token, error) {
	t, err := readToken(profile)
	if errors.Is(err, fs.ErrNotExist) {
		return motp.Token{}, fmt.Errorf("%w: \"motp token init%s\" makes it", err, profileArgument(profile))
	}
	return t, err
}

// profileArgument is --profile as it stands in commands that are proposed.
func profileArgument(profile string) string {
	if profile == defaultProfile {
		return ""
	}
	return " --profile " + shown.Argument(profile)
}

// completeProfile completes the names of one's tokens.
func completeProfile(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	all, err := profiles()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
