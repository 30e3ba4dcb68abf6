package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pam-motp/pam-motp/internal/fleetsetup"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/spf13/cobra"
)

// fleetFolder gives a verb the flag that names the administrator's folder.
func (a *app) fleetFolder(cmd *cobra.Command) *string {
	return cmd.Flags().String("folder", filepath.Join(a.machine, fleetsetup.DefaultFolder),
		"the `FOLDER` with the fleet's keys")
}

// fleetInit makes a fleet.
func (a *app) fleetInit() *cobra.Command {
	var name string
	var nodes []string
	cmd := &cobra.Command{
		Use: "init [--fleet NAME --node NAME=ADDRESS...] [--folder FOLDER]\n" +
			"  [--dry-run] [--json]",
		Short: "Make the keys of a fleet, and its users and role in etcd",
		Long: `Make a fleet, in two steps. The first, with --fleet and --node, makes FOLDER:
the authorities, the key that signs records, the administrator's certificate,
and what each node of etcd is given, with a program that puts it in place. The
second, without them, runs when etcd is up: it has etcd ask who somebody is,
makes the role of hosts, and begins the first epoch. Each can be run again, the
second also to put right which hosts etcd knows, as after a snapshot was
restored.

Take three nodes, which survive the loss of one, or five, which survive that of
two. ADDRESS is how hosts and the other nodes reach the node.

Between the two, take each node its FOLDER/nodes/NAME, and run "install" there.

Who has FOLDER has the fleet. It is needed to have hosts join and leave, and for
"motp fleet restored": keep it where you keep what is as secret.`,
		Example: `  motp fleet init --fleet example --node a=192.0.2.1 --node b=192.0.2.2 \
    --node c=192.0.2.3
  scp -pr /etc/motp/fleet/nodes/a root@192.0.2.1:motp-node
  ssh root@192.0.2.1 sh motp-node/install
  motp fleet init`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	folder := a.fleetFolder(cmd)
	cmd.Flags().StringVar(&name, "fleet", "", "the fleet's `NAME`")
	cmd.Flags().StringArrayVar(&nodes, "node", nil,
		"a node's `NAME=ADDRESS`; once for each node")
	a.changes(cmd)
	cmd.RunE = func(*cobra.Command, []string) error {
		f, err := fleetsetup.Open(*folder)
		none := errors.Is(err, fs.ErrNotExist)
		if err != nil && (!none || name == "" && len(nodes) == 0) {
			return noFleet(*folder, err)
		}
		if name == "" && len(nodes) == 0 {
			return a.beginFleet(f)
		}
		p, err := planOf(name, nodes)
		switch {
		case err != nil:
			return &usageError{err}
		case none:
			return a.makeFleet(*folder, p)
		case !f.Equal(p):
			return fmt.Errorf("%s %w, or of other nodes, and is left as it is: name "+
				"another --folder", f.At, fleetsetup.ErrOther)
		}
		a.already(f.At + " is that of this fleet already")
		a.tellNodes(f)
		return nil
	}
	return cmd
}

// noFleet explains why there is no folder of a fleet.
func noFleet(folder string, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return fmt.Errorf("%s: there is no fleet's folder: \"motp fleet init --fleet NAME --node "+
		"NAME=ADDRESS...\" makes one, --folder names another", folder)
}

func planOf(name string, nodes []string) (p fleetsetup.Plan, err error) {
	p.Fleet = name
	for _, text := range nodes {
		n, err := fleetsetup.ParseNode(text)
		if err != nil {
			return p, err
		}
		p.Nodes = append(p.Nodes, n)
	}
	return p, p.Check()
}

// makeFleet is the first step.
func (a *app) makeFleet(folder string, p fleetsetup.Plan) error {
	if a.dryRun {
		if _, err := os.Lstat(folder); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: is there already, and is no fleet's folder", folder)
		}
		a.changed()
		a.say("%s would be made, with the keys of %s and of %s; nothing is changed",
			folder, p.Fleet, words.Count(len(p.Nodes), "node"))
		return nil
	}
	var f *fleetsetup.Folder
	err := a.commit(folder+" is made", func() (err error) {
		f, err = fleetsetup.Create(folder, p, a.now())
		return err
	})
	if err != nil {
		return a.explainFleet(err)
	}
	a.say("%s has the keys of the fleet %s: keep it secret, and a copy of it", folder, p.Fleet)
	a.tellNodes(f)
	return nil
}

// tellNodes tells what is done with what nodes are given.
func (a *app) tellNodes(f *fleetsetup.Folder) {
	a.say("next: have each node's etcd use its keys, as root of the node:")
	for _, n := range f.Nodes {
		a.say("  scp -pr %s root@%s:motp-node && ssh root@%s sh motp-node/install",
			f.NodeFolder(n), n.Address, n.Address)
	}
	a.say("then: motp fleet init")
}

// beginFleet is the second step.
func (a *app) beginFleet(f *fleetsetup.Folder) error {
	hosts, err := f.Users()
	if err != nil {
		return err
	}
	if a.dryRun {
		a.changed()
		a.say("etcd would be told of the role of hosts and of %s; nothing is changed",
			words.Count(len(hosts), "host"))
		return nil
	}
	if _, err := a.prepareAndTell(f); err != nil {
		return err
	}
	a.say("the fleet %s is ready, with %s", f.Fleet,
		words.Count(len(hosts), "host"))
	if len(hosts) == 0 {
		a.say("next: motp fleet join HOST --out FILE, for each host")
	}
	return nil
}

// prepareAndTell has etcd know the hosts of a folder, and tells what was changed.
func (a *app) prepareAndTell(f *fleetsetup.Folder) (done fleetsetup.Prepared, err error) {
	err = a.commit("etcd knows the fleet's hosts", func() (err error) {
		done, err = a.prepareFleet(f)
		return err
	})
	for _, user := range done.Added {
		a.say("etcd knows %s now", shown.Name(user))
	}
	for _, user := range done.Removed {
		a.say("etcd does not know %s any more", shown.Name(user))
	}
	return done, a.explainFleet(err)
}

// explainFleet puts the next step to an error of a fleet's keys.
func (a *app) explainFleet(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: run motp as root", err)
	}
	return err
}
