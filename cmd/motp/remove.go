package main

import (
	"context"
	"fmt"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// remove takes a user out of the table, and removes the record.
func (a *app) remove() *cobra.Command {
	var token string
	cmd := &cobra.Command{
		Use:   "remove USER [--token NAME] [--dry-run]",
		Short: "Remove a user, with the record, or one token",
		Long: `Take a user out of the table, with all tokens, and remove the user's record of
used codes and failures. For a user who is to come back, use "motp disable".
With --token, only that token is taken away.`,
		Example: `  motp remove alice
  motp remove alice --token tablet`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if cmd.Flags().Changed("token") {
				if err := a.editor().RemoveToken(name, token); err != nil {
					return a.explain(name, err)
				}
				a.did(owner(name, token), "removed")
				return nil
			}
			if err := a.editor().Remove(name); err != nil {
				return a.explain(name, err)
			}
			if !a.dryRun {
				if err := a.verifier(motp.DefaultPolicy).Forget(context.Background(), name); err != nil {
					return fmt.Errorf("%s is out of the table, but the record stays: %w", show(name), a.explain(name, err))
				}
			}
			a.did(name, "removed")
			return nil
		},
	}
	a.tokenFlag(cmd, &token, "`NAME` of the token that is taken away")
	a.changes(cmd)
	return cmd
}
