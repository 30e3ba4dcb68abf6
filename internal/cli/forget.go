package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// forget ends the record of a user who was removed.
func (a *app) forget() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "forget USER [--dry-run]",
		Short: "Delete the record of a user who was removed",
		Long: `Delete the record of used codes and failures that "motp remove" has kept. If the
same secret is ever given to a user of this name again, codes that were used are
good again. "motp list --removed" shows whose records there are.`,
		Example: `  motp list --removed
  motp forget alice`,
		Args:              oneUser,
		ValidArgsFunction: a.completeRemoved,
		RunE: func(_ *cobra.Command, args []string) error {
			name := args[0]
			removed, err := a.removedUsers()
			if err != nil {
				return err
			}
			switch record, there := removed[name]; {
			case there && !record:
				return fmt.Errorf("%s is in the table: its used codes would be good again; \"motp remove %s\" first",
					shown.Name(name), shown.Argument(name))
			case !there:
				return fmt.Errorf("%s has no record in %s: \"motp list --removed\" shows who has", shown.Name(name), a.state)
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
			a.warn("used codes of %s are good again if the same secret returns: give a new one", shown.Name(name))
			return nil
		},
	}
	a.changes(cmd)
	return cmd
}

// removedUsers tells of everybody who has a record or an entry whether it is a record only.
func (a *app) removedUsers() (removed map[string]bool, err error) {
	_, entries, err := a.table().Users()
	if err != nil {
		return nil, a.explain("", err)
	}
	names, err := a.store().Names(context.Background())
	if err != nil {
		return nil, a.explain("", err)
	}
	removed = make(map[string]bool)
	for _, name := range names {
		removed[name] = true
	}
	for _, e := range entries {
		removed[e.User.Name] = false
	}
	return removed, nil
}

// completeRemoved completes the first argument with the users who were removed.
func (a *app) completeRemoved(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	removed, err := a.removedUsers()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for name, record := range removed {
		if record {
			names = append(names, name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// hasRecord says whether a name that is not in the table has a record of an earlier user.
func (a *app) hasRecord(name string) bool {
	_, _, err := a.table().Lookup(name)
	if !errors.Is(err, conf.ErrNoUser) {
		return false
	}
	status, err := a.verifier(motp.DefaultPolicy).Status(context.Background(), motp.User{Name: name}, a.now())
	return errors.Is(err, motp.ErrCorrupt) || err == nil && status.Exists
}
