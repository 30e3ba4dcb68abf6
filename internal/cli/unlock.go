package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/pam-motp/pam-motp/internal/holder"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// unlock ends a user's lock.
func (a *app) unlock() *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "unlock USER [--force] [--dry-run] [--json]",
		Short: "Let a user try again after too many wrong codes",
		Long: `Set a user's count of wrong codes to zero. Codes that were used stay used.
A damaged record is made anew; then codes of the next 24 hours are refused, and
a PIN that the user had set is lost: the table's is in force.
With --force also past a process that keeps the user's record for itself: it
goes on with a copy of the record, and the process, if it ever goes on, refuses.`,
		Example: `  motp unlock alice
  motp unlock --force alice`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			policy, user, err := a.lookup(args[0])
			if err != nil {
				return err
			}
			v := a.verifier(policy)
			before, err := v.Status(context.Background(), user, a.now())
			if err != nil && !errors.Is(err, motp.ErrCorrupt) {
				return a.explain(user.Name, err)
			}
			damaged := err != nil
			past, err := a.doUnlock(v, user, force)
			if err != nil {
				return a.explain(user.Name, err)
			}
			a.tellUnlocked(user, before, damaged, past)
			return nil
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "also past a process that holds the record")
	a.changes(cmd)
	return cmd
}

// doUnlock unlocks, unless nothing is to be changed. It tells past whom.
func (a *app) doUnlock(v motp.Verifier, user motp.User, force bool) (past string, err error) {
	if force {
		if who, held := holder.Of(a.record(user.Name)); held {
			past = who.String()
		}
	}
	if a.dryRun {
		return past, nil
	}
	unlock := v.Unlock
	if force {
		unlock = v.ForceUnlock
	}
	return past, a.commit(shown.Name(user.Name)+" is unlocked", func() error {
		return unlock(context.Background(), user, a.now())
	})
}

// tellUnlocked tells what was done, or would be.
func (a *app) tellUnlocked(user motp.User, before motp.Status, damaged bool, past string) {
	if past != "" {
		past = fmt.Sprintf(", past %s, which refuses if it goes on", past)
	}
	switch {
	case damaged:
		a.did(user.Name, "unlocked"+past+
			", with a new record in place of a damaged one; codes of the next 24 "+
			"hours are refused; at once with a new secret (\"motp remove\", then "+
			"\"motp add\")")
		a.askForCounters(user)
		a.askForPaper(user)
	case before.Locked || past != "":
		a.did(user.Name, "unlocked"+past)
	case a.dryRun:
		a.report.Changed = before.Failures > 0
		a.say("%s is not locked; %s would be forgotten; nothing is changed",
			shown.Name(user.Name), words.Count(before.Failures, "failure"))
	default:
		a.report.Changed = before.Failures > 0
		a.say("%s was not locked; %s forgotten",
			shown.Name(user.Name), words.Count(before.Failures, "failure"))
	}
}
