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
			f, err := loadToken(*profile)
			if err != nil {
				return err
			}
			all, err := softtoken.Profiles()
			if err != nil {
				return err
			}
			a.printInfo(f, all)
			return nil
		},
	}
}

func (a *app) printInfo(f softtoken.File, all []string) {
	t, now := f.Token(), a.now()
	a.print("type       %s", codeformat.Kind(t))
	switch {
	case t.Type == motp.MobileOTP:
		a.print("epoch      %09d", t.Step(now))
	case counts(t):
		a.print("counter    %d", t.Counter)
	}
	a.print("time       %s", now.Local().Format(time.DateTime))
	a.print("time zone  %s (UTC%s)", now.Local().Format("MST"), now.Local().Format("-07:00"))
	sealed := ""
	if f.IsSealed() {
		sealed = ", sealed"
	}
	a.print("profile    %s, in %s%s", shown.Name(f.Profile()), f.Path(), sealed)
	a.print("profiles   %s", strings.Join(all, ", "))
}
