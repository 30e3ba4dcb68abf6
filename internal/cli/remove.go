package cli

import (
	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// remove takes a user out of the table, and removes the record.
func (a *app) remove() *cobra.Command {
	var token string
	cmd := &cobra.Command{
		Use:   "remove USER [--token NAME] [--dry-run]",
		Short: "Remove a user, or one token",
		Long: `Take a user out of the table, with all tokens. The record of used
codes stays, so that none is good again if the secret returns: "motp list
--removed" shows such records, "motp forget" deletes one. For a user who is to
come back, use "motp disable". With --token, only that token is taken away.`,
		Example: `  motp remove alice
  motp remove alice --token tablet`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if cmd.Flags().Changed("token") {
				from := conf.Address{User: name, Token: token}
				err := a.commit(shown.Token(name, token)+" is removed",
					func() error { return a.editor().RemoveToken(from) })
				if err != nil {
					return a.explain(name, err)
				}
				a.did(shown.Token(name, token), "removed")
				return nil
			}
			err := a.commit(shown.Name(name)+" is removed",
				func() error { return a.editor().Remove(name) })
			if err != nil {
				return a.explain(name, err)
			}
			a.did(name, "removed")
			return nil
		},
	}
	a.tokenFlag(cmd, &token, "`NAME` of the token that is taken away")
	a.changes(cmd)
	return cmd
}
