package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/pam-motp/pam-motp/internal/fleetsetup"
	"github.com/spf13/cobra"
)

// fleetLeave has a host be none of the fleet's.
func (a *app) fleetLeave() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "leave HOST [--folder FOLDER] [--dry-run] [--json]",
		Short: "Have etcd refuse a host, as when its key was stolen",
		Long: `Have etcd refuse HOST from now on, with every certificate that it was given,
also on connections that are open. Run it where the fleet's folder is; without a
majority of the nodes it fails, and can be run again. If HOST joins later it is
another user of etcd: its old certificates stay refused.

What is on the host stays there: it lets in nobody but local users, until the
fleet's settings are taken out of its table. It has the fleet's key, which signs
records, and is of no use to whom etcd does not let in. If its table was stolen,
too, the users in it need new secrets.`,
		Example:           `  motp fleet leave web1`,
		Args:              oneHost,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	folder := a.fleetFolder(cmd)
	a.changes(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		f, err := fleetsetup.Open(*folder)
		if err != nil {
			return noFleet(*folder, a.explainFleet(err))
		}
		return a.leaveFleet(f, args[0])
	}
	return cmd
}

func (a *app) leaveFleet(f *fleetsetup.Folder, host string) error {
	h, joined, err := f.Host(host)
	switch {
	case err != nil:
		return err
	case !joined && !f.HasLeft(host):
		return fmt.Errorf("%s has not joined the fleet %s; nothing is changed", host,
			f.Fleet)
	case a.dryRun:
		a.changed()
		a.say("etcd would refuse %s; nothing is changed", h.User)
		return nil
	}
	err = a.commit("the host is none of the fleet's: run this again", func() error {
		err := f.Leave(host)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it has left, and etcd may not know it
		}
		return err
	})
	if err != nil {
		return a.explainFleet(err)
	}
	done, err := a.prepareAndTell(f)
	if err != nil {
		return fmt.Errorf("etcd may still let %s in: run this again: %w", host, err)
	}
	if len(done.Removed) == 0 {
		a.unchanged()
	}
	a.say("%s has left the fleet %s", host, f.Fleet)
	return nil
}
