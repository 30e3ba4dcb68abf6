package cli

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// code prints what a token shows.
func (a *app) code() *cobra.Command {
	var secret, pin, offset, at string
	var kind kindFlags
	cmd := &cobra.Command{
		Use: "code --secret HEX --pin PIN [--offset O] [--at UNIX-SECONDS]\n" +
			"  motp code --type totp|hotp --secret BASE32 [--digits N] [--algorithm " +
			"A] [--period SECONDS] [--counter N] [--offset O] [--at UNIX-SECONDS]",
		Short: "Print the code that a token with this secret shows",
		Long: `Print the code that a token with this secret shows: its digits and a newline,
nothing else. The secret of TOTP and HOTP is base32, or hex behind "hex:"; a PIN
is no part of their codes. For scripts and tests; other users of this machine
may see the arguments of running commands.`,
		Example: `  motp code --secret 0123456789abcdef --pin 6666
  motp code --type totp --secret GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ --digits 8
  motp code --type hotp --secret GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ --counter 7
  motp code --secret 0123456789abcdef --pin 6666 --at 1296121200
  motp code --secret 0123456789abcdef --pin 6666 --offset 1h`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			token, err := kind.read(secret)
			if err != nil {
				return err
			}
			token.PIN = pin
			changed := cmd.Flags().Changed
			switch mobile := token.Kind().PINInCode; {
			case mobile && !changed("pin"):
				return usagef("required flag(s) \"pin\" not set")
			case mobile && pin == "":
				return usagef("--pin is empty")
			case !mobile && changed("pin"):
				return usagef("--pin is not for type %v: it is typed before the "+
					"code", token.Type)
			case !token.Kind().Has("offset") && changed("offset"):
				return usagef("--offset is not for type hotp")
			}
			if token.Offset, err = parseOffset(offset); err != nil {
				return err
			}
			when := a.now()
			if changed("at") {
				if when, err = parseUnix(at); err != nil {
					return err
				}
			}
			a.print("%s", token.Code(when))
			return nil
		},
	}
	kind = kinds(cmd)
	cmd.Flags().StringVar(&secret, "secret", "",
		"the token's secret, that of Mobile-OTP as the text it is")
	cmd.Flags().StringVar(&pin, "pin", "", "the PIN, of Mobile-OTP")
	cmd.Flags().StringVar(&offset, "offset", "0", offsetUsage)
	cmd.Flags().StringVar(&at, "at", "",
		"time, in `UNIX-SECONDS`, those since 1970 (default now)")
	must(cmd.MarkFlagRequired("secret"))
	return cmd
}

// parseUnix reads the value of --at.
func parseUnix(s string) (time.Time, error) {
	seconds, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return time.Time{}, usagef("--at must be Unix seconds")
	}
	return time.Unix(seconds, 0), nil
}
