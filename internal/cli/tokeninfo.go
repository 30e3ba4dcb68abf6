package cli

import (
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/softtoken"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// tokenInfo shows what the Info screen of a phone shows.
func (a *app) tokenInfo(profile *string) *cobra.Command {
	return &cobra.Command{
		Use:   "info [--profile NAME]",
		Short: "Show the token's clock, as the Info screen of a phone does",
		Long: `Show the token's clock as the Info screen of a phone does: the epoch
is a number of nine digits, the tens of seconds since 1970, from which "motp
sync" knows how far the clock is off. The time zone does not go into the codes.`,
		Example: `  motp token info
  motp token info --profile work`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			t, err := loadToken(*profile)
			if err != nil {
				return err
			}
			all, err := softtoken.Profiles()
			if err != nil {
				return err
			}
			path, err := softtoken.Path(*profile)
			if err != nil {
				return err
			}
			a.printInfo(t, *profile, path, all)
			return nil
		},
	}
}

func (a *app) printInfo(t motp.Token, profile, path string, all []string) {
	now := a.now()
	a.print("type       %s", codeformat.Kind(t))
	switch {
	case t.Type == motp.MobileOTP:
		a.print("epoch      %09d", t.Step(now))
	case counts(t):
		a.print("counter    %d", t.Counter)
	}
	a.print("time       %s", now.Local().Format(time.DateTime))
	a.print("time zone  %s (UTC%s)", now.Local().Format("MST"), now.Local().Format("-07:00"))
	a.print("profile    %s, in %s", shown.Name(profile), path)
	a.print("profiles   %s", strings.Join(all, ", "))
}
