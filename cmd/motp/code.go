package main

import (
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// code prints what a token shows.
func (a *app) code() *cobra.Command {
	var token motp.Token
	var offset string
	var at int64
	cmd := &cobra.Command{
		Use:   "code --secret HEX --pin PIN [--offset O] [--at UNIX-SECONDS]",
		Short: "Print the code that a token with this secret and PIN shows",
		Long: `Print the code that a token with this secret and PIN shows: six digits and a
newline, nothing else. For scripts and tests; other users of this machine may
see the arguments of running commands.`,
		Example: `  motp code --secret 0123456789abcdef --pin 6666
  motp code --secret 0123456789abcdef --pin 6666 --at 1296121200
  motp code --secret 0123456789abcdef --pin 6666 --offset 1h`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkSecret(token.Secret); err != nil {
				return err
			}
			if token.PIN == "" {
				return usagef("--pin is empty")
			}
			var err error
			if token.Offset, err = parseOffset(offset); err != nil {
				return err
			}
			when := a.now()
			if cmd.Flags().Changed("at") {
				when = time.Unix(at, 0)
			}
			a.print("%s", token.Code(when))
			return nil
		},
	}
	cmd.Flags().StringVar(&token.Secret, "secret", "", "the token's secret, used as the text it is")
	cmd.Flags().StringVar(&token.PIN, "pin", "", "the PIN")
	cmd.Flags().StringVar(&offset, "offset", "0", offsetUsage)
	cmd.Flags().Int64Var(&at, "at", 0, "time, in seconds since 1970 (default now)")
	must(cmd.MarkFlagRequired("secret"))
	must(cmd.MarkFlagRequired("pin"))
	return cmd
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
