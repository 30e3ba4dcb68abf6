package cli

import (
	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// disable switches a user off.
func (a *app) disable() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "disable USER [--dry-run] [--json]",
		Short: "Refuse every code of a user, until enable",
		Long: `Refuse every code of a user, until "motp enable". Secret, PIN and
record stay. The four-column form of the table cannot say this.`,
		Example:           `  motp disable alice`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			if a.stands(args[0], true) {
				a.already(shown.Name(args[0]) + " is disabled already")
				return nil
			}
			err := a.commit(shown.Name(args[0])+" is disabled", func() error {
				return a.editor().Set(
					conf.Address{User: args[0]}, "disabled", "yes")
			})
			if err != nil {
				return a.explain(args[0], err)
			}
			a.did(args[0], "disabled")
			return nil
		},
	}
	a.changes(cmd)
	return cmd
}

// stands says whether a user is disabled, or is not, as is wanted.
func (a *app) stands(user string, disabled bool) bool {
	_, is, err := a.table().Lookup(user)
	return err == nil && is.Disabled == disabled
}
