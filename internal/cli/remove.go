package cli

import (
	"errors"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// remove takes a user out of the table, and removes the record.
func (a *app) remove() *cobra.Command {
	var token string
	cmd := &cobra.Command{
		Use:   "remove USER [--token NAME] [--dry-run] [--json]",
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
			return a.takeAway(args[0], token, cmd.Flags().Changed("token"))
		},
	}
	a.tokenFlag(cmd, &token, "`NAME` of the token that is taken away")
	a.changes(cmd)
	return cmd
}

// takeAway removes a user, or one token only.
func (a *app) takeAway(name, token string, only bool) error {
	what, missing := name, conf.ErrNoUser
	remove := func() error { return a.editor().Remove(name) }
	if only {
		what, missing = shown.Token(name, token), conf.ErrNoToken
		remove = func() error {
			return a.editor().RemoveToken(conf.Address{User: name, Token: token})
		}
	}
	err := a.commit(shown.Name(what)+" is removed", remove)
	switch {
	case err == nil:
		a.did(what, "removed")
	case a.passes() && (errors.Is(err, missing) || errors.Is(err, conf.ErrNoUser)):
		a.already(shown.Name(what) + " is not in the table")
	default:
		return a.explain(name, err)
	}
	return nil
}
