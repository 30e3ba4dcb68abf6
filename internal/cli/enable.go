package cli

import (
	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// enable switches a user on again.
func (a *app) enable() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "enable USER [--dry-run] [--json]",
		Short: "Accept the codes of a disabled user again",
		Long: `Accept the codes of a user again who was disabled. A lock is another
matter: see "motp unlock".`,
		Example:           `  motp enable alice`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			if a.stands(args[0], false) {
				a.already(shown.Name(args[0]) + " is enabled already")
				return nil
			}
			err := a.commit(shown.Name(args[0])+" is enabled", func() error {
				return a.editor().Unset(conf.Address{User: args[0]}, "disabled")
			})
			if err != nil {
				return a.explain(args[0], err)
			}
			a.did(args[0], "enabled")
			return nil
		},
	}
	a.changes(cmd)
	return cmd
}
