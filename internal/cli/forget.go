package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
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
records was not removed.

A fleet has one record of a name for all hosts, and this one knows its own table
alone: first remove the user on all of them. Who has logged in within a day is
not forgotten.`,
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
			if err := a.mayForgetHere(name); err != nil {
				return err
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

// mayForgetHere refuses to forget somebody who has logged in lately, perhaps on another host of the
// fleet: this one's table does not say whether the user was removed there. What is in a file is
// this host's own, and goes.
func (a *app) mayForgetHere(name string) error {
	settings, err := a.table().Settings()
	if err != nil || settings.Fleet.IsZero() {
		return nil // whatever is wrong with the table is told elsewhere
	}
	const lately = 24 * time.Hour
	status, err := a.verifier(settings.Policy).Status(context.Background(),
		motp.User{Name: name}, a.now())
	if err != nil || a.now().Sub(status.LastLogin) > lately {
		return nil // who cannot be judged has not logged in
	}
	if !a.dryRun {
		err = a.commit("what this host's files had is forgotten", func() error {
			return a.site().Files.Forget(context.Background(), name)
		})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return a.explain(name, err)
		}
	}
	return fmt.Errorf("%s logged in within a day, on a host of the fleet %s: whichever has "+
		"the user still would take used codes again; remove the user on all hosts, and "+
		"forget a day after; a record in %s is forgotten", shown.Name(name),
		settings.Fleet.Name, a.state)
}
