package main

import "github.com/spf13/cobra"

// unlock ends a user's lock.
func (a *app) unlock() *cobra.Command {
	return &cobra.Command{
		Use:   "unlock USER",
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
			before, err := v.Status(user.Name, a.now())
			known := err == nil // a record that cannot be read is made anew
			if err := v.Unlock(user, a.now()); err != nil {
				return a.explain(user.Name, err)
			}
			switch {
			case !known:
				a.say("%s: the record was damaged and is made anew; codes of the next minutes are refused", show(user.Name))
			case before.Locked:
				a.say("%s is unlocked", show(user.Name))
			default:
				a.say("%s was not locked; %s forgotten", show(user.Name), count(before.Failures, "failure"))
			}
			return nil
		},
	}
}
