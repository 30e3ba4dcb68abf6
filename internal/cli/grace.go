package cli

import (
	"context"
	"errors"
	"time"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// grace lists and ends what lets a user pass without a code for a time.
func (a *app) grace() *cobra.Command {
	var end bool
	cmd := &cobra.Command{
		Use:   "grace USER [--end] [--dry-run] [--json]",
		Short: "List or end the times for which a user is not asked again",
		Long: `Where a PAM line has the option grace, a user is not asked again for
some time after a right code, from the same address at the same service. List
when such codes were typed: how long each is good for is the line's to say. The
record does not know addresses. With --end, the user is asked again everywhere.`,
		Example: `  motp grace alice
  motp grace alice --end`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			policy, user, err := a.lookup(args[0])
			if err != nil {
				return err
			}
			v := a.verifier(policy)
			record, err := v.Status(context.Background(), user, a.now())
			if err != nil {
				return a.explain(user.Name, err)
			}
			if !end {
				if a.dryRun {
					return errors.New("--dry-run is for --end")
				}
				a.listGrace(user, record)
				return nil
			}
			return a.endGrace(v, user, record)
		},
	}
	cmd.Flags().BoolVar(&end, "end", false, "have the user asked again everywhere")
	a.changes(cmd)
	return cmd
}

func (a *app) listGrace(user motp.User, record motp.Status) {
	a.report.Changed = false
	if len(record.Grace) == 0 {
		a.say("%s is asked everywhere", shown.Name(user.Name))
		return
	}
	a.say("%s typed a right code where it may do for a time:", shown.Name(user.Name))
	for _, since := range record.Grace {
		a.say("  %s", since.Format(time.DateTime))
	}
}

func (a *app) endGrace(v motp.Verifier, user motp.User, record motp.Status) error {
	if len(record.Grace) == 0 {
		a.already(shown.Name(user.Name) + " is asked everywhere")
		return nil
	}
	if !a.dryRun {
		err := a.commit("the grace of "+shown.Name(user.Name)+" is ended", func() error {
			return v.EndGrace(context.Background(), user, a.now())
		})
		if err != nil {
			return a.explain(user.Name, err)
		}
	}
	a.did(user.Name, "asked again everywhere: "+
		words.Count(len(record.Grace), "place")+" forgotten")
	return nil
}
