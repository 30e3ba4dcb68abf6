package main

import (
	"context"
	"errors"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// unlock ends a user's lock.
func (a *app) unlock() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "unlock USER [--dry-run]",
		Short: "Let a user try again after too many wrong codes",
		Long: `Set a user's count of wrong codes to zero. Codes that were used stay used.
A damaged record is made anew; then codes of the next minutes are refused.`,
		Example:           `  motp unlock alice`,
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
			if !a.dryRun {
				if err := v.Unlock(context.Background(), user, a.now()); err != nil {
					return a.explain(user.Name, err)
				}
			}
			switch {
			case damaged:
				a.did(user.Name, "unlocked, with a new record in place of a damaged one; codes of the next minutes are refused")
				a.askForCounters(user)
			case before.Locked:
				a.did(user.Name, "unlocked")
			case a.dryRun:
				a.say("%s is not locked; %s would be forgotten; nothing is changed", show(user.Name), count(before.Failures, "failure"))
			default:
				a.say("%s was not locked; %s forgotten", show(user.Name), count(before.Failures, "failure"))
			}
			return nil
		},
	}
	a.changes(cmd)
	return cmd
}

// askForCounters says of which tokens the counter is lost with a damaged record.
func (a *app) askForCounters(user motp.User) {
	for _, t := range user.Tokens {
		if t.Type == motp.HOTP {
			a.warn("the counter of %s is lost with the record; its codes are refused until \"motp sync %s%s\" has found it", owner(user.Name, t.Name), argument(user.Name), tokenArgument(t.Name))
		}
	}
}
