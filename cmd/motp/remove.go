package main

import (
	"fmt"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// remove takes a user out of the table, and removes the record.
func (a *app) remove() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove USER [--dry-run]",
		Short: "Remove a user, with the record",
		Long: `Take a user out of the table, and remove the user's record of used codes and
failures. For a user who is to come back, use "motp disable".`,
		Example:           `  motp remove alice`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			name := args[0]
			if err := a.editor().Remove(name); err != nil {
				return a.explain(name, err)
			}
			if !a.dryRun {
				if err := a.verifier(motp.DefaultPolicy).Forget(name); err != nil {
					return fmt.Errorf("%s is out of the table, but the record stays: %w", show(name), a.explain(name, err))
				}
			}
			a.did(name, "removed")
			return nil
		},
	}
	a.changes(cmd)
	return cmd
}
