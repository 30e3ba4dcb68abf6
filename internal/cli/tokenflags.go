package cli

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// kindFlags are the flags that say what kind of token it is. They are named like the keys of
// motp.conf, and take the same.
type kindFlags struct {
	flags *pflag.FlagSet
}

// kindKeys are their names. The type comes first: it says which others there are.
var kindKeys = []string{"type", "algorithm", "digits", "period", "counter"}

const kindUsage = "[--type motp|totp|hotp] [--algorithm A] [--digits N] [--period SECONDS] " +
	"[--counter N]"

// kinds gives a verb the flags.
func kinds(cmd *cobra.Command) kindFlags {
	f := cmd.Flags()
	f.String("type", motp.MobileOTP.String(), "motp, totp (RFC 6238) or hotp (RFC 4226)")
	f.String("algorithm", motp.SHA1.String(), "of TOTP and HOTP: SHA1, SHA256 or SHA512")
	f.String("digits", "6", "of a TOTP or HOTP code: 6, 7 or 8")
	f.String("period", "30", "of TOTP: how long a code is shown, in seconds")
	f.String("counter", "0", "of HOTP: that of the next code")
	must(cmd.RegisterFlagCompletionFunc("type", completeWords("motp", "totp", "hotp")))
	must(cmd.RegisterFlagCompletionFunc("algorithm", completeWords("SHA1", "SHA256", "SHA512")))
	return kindFlags{f}
}

func completeWords(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

// read makes a token of the flags that were given. The secret is that of --secret, if there is one.
func (k kindFlags) read(secret string) (t motp.Token, err error) {
	for _, key := range kindKeys {
		if f := k.flags.Lookup(key); f.Changed {
			if err := conf.Assign(&t, key, f.Value.String()); err != nil {
				return t, usagef("--%s %w", key, err)
			}
		}
	}
	if !k.flags.Changed("secret") {
		return t, nil
	}
	if t.Kind().TextSecret {
		t.Secret = secret
		return t, checkSecret(secret)
	}
	if secret == "" {
		return t, usagef("--secret is empty")
	}
	if err := conf.Assign(&t, "secret", secret); err != nil {
		return t, usagef("--secret %w", err)
	}
	return t, nil
}

// arguments are the flags that were given, as they stand in commands that are proposed.
func (k kindFlags) arguments() string {
	var b strings.Builder
	for _, key := range kindKeys {
		if f := k.flags.Lookup(key); f.Changed {
			b.WriteString(" --" + key + " " + shown.Argument(f.Value.String()))
		}
	}
	return b.String()
}

// tokenFlag gives a verb --token, which names one of a user's tokens.
func (a *app) tokenFlag(cmd *cobra.Command, name *string, usage string) {
	cmd.Flags().StringVar(name, "token", "", usage)
	must(cmd.RegisterFlagCompletionFunc("token", a.completeToken))
}

const whichToken = "`NAME` of the token, of a user who has several (default the first)"

// completeToken completes the names of a user's further tokens.
func (a *app) completeToken(
	_ *cobra.Command, args []string, _ string,
) (names []cobra.Completion, _ cobra.ShellCompDirective) {
	if len(args) == 1 {
		if _, user, err := a.table().Lookup(args[0]); err == nil {
			for _, t := range user.Tokens[1:] {
				names = append(names, t.Name)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// pickToken finds one of a user's tokens by its name, which is empty for the first.
func pickToken(user motp.User, name string) (*motp.Token, error) {
	at := slices.IndexFunc(user.Tokens, func(t motp.Token) bool { return t.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("%s has no token %s: %s",
			shown.Name(user.Name), shown.Name(name), tokenNames(user))
	}
	return &user.Tokens[at], nil
}

// tokenNames tells which tokens a user has.
func tokenNames(user motp.User) string {
	var names []string
	for _, t := range user.Tokens {
		if t.Name != "" {
			names = append(names, t.Name)
		}
	}
	if len(names) == 0 {
		return "there is only the first, which has no name"
	}
	return "beside the first, which has no name, there is " + strings.Join(names, ", ")
}

const offsetUsage = "how far the token's clock is ahead: 1h, -90s, or a number of 10-second steps"

// parseOffset reads the value of --offset.
func parseOffset(s string) (time.Duration, error) {
	offset, err := conf.ParseOffset(s)
	if err != nil {
		return 0, usagef("--offset %w", err)
	}
	return offset, nil
}

// checkSecret refuses what cannot be the value of --secret, without showing it.
func checkSecret(secret string) error {
	switch {
	case secret == "":
		return usagef("--secret is empty")
	case strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return usagef("--secret may hold letters, digits and signs of ASCII, no blanks")
	}
	return nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// siteFlag is the value of --site, or this machine's name.
func siteFlag(site string) string {
	if site != "" {
		return site
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		return host
	}
	return "motp"
}

const siteUsage = "name of the place to log in to, as the token shows it (default this host's name)"
