package cli

import (
	"context"
	"fmt"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// forget ends the record of a user who was removed.
func (a *app) forget() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget USER [--dry-run] [--json]",
		Short: "Delete the record of a user who was removed",
		Long: `Delete the record of used codes and failures that "motp remove" has
kept. If the same secret is ever given to a user of this name again, codes that
were used are good again. "motp list --removed" shows whose records there are.
Whoever is in another table that a service of PAM names with this folder of
records was not removed.`,
		Example: `  motp list --removed
  motp forget alice`,
		Args:              oneUser,
		ValidArgsFunction: a.completeRemoved,
		RunE: func(_ *cobra.Command, args []string) error {
			name := args[0]
			tables, err := a.whereListed()
			if err != nil {
				return err
			}
			switch table, there := tables[name]; {
			case table == a.confPath:
				return fmt.Errorf("%s is in the table: its used codes would be "+
					"good again; \"motp remove %s\" first",
					shown.Name(name), shown.Argument(name))
			case table != "":
				return fmt.Errorf("%s is in the table %s: its used codes would be "+
					"good again; \"motp --conf %[2]s%s remove %s\" first",
					shown.Name(name), table, a.stateFlag(),
					shown.Argument(name))
			case !there && a.passes():
				a.already(shown.Name(name) + " has no record")
				return nil
			case !there:
				return fmt.Errorf("%s has no record in %s: \"motp list "+
					"--removed\" shows who has", shown.Name(name), a.state)
			}
			if !a.dryRun {
				err := a.commit(shown.Name(name)+" is forgotten", func() error {
					return a.store().Forget(context.Background(), name)
				})
				if err != nil {
					return a.explain(name, err)
				}
			}
			a.did(name, "forgotten")
			a.warn("used codes of %s are good again if the same secret returns: give "+
				"a new one", shown.Name(name))
			return nil
		},
	}
	a.changes(cmd)
	return cmd
}
