package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/doctor"
	"github.com/pam-motp/pam-motp/internal/fleetsetup"
	"github.com/pam-motp/pam-motp/internal/privatefile"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// fleetJoin has a host join a fleet.
func (a *app) fleetJoin() *cobra.Command {
	var out, from string
	cmd := &cobra.Command{
		Use: "join HOST [--out FILE | --bundle FILE] [--folder FOLDER]\n" +
			"  [--dry-run] [--json]",
		Short: "Have a host join the fleet, or give it a new certificate",
		Long: `Have HOST join the fleet. Where the fleet's folder is, --out makes the host's
certificate and its user in etcd, and writes what the host needs to a new file;
on the host, --bundle puts that in its place, in /etc/motp, and writes the
fleet's settings into the table. FILE may be - for a pipe, as through ssh.
Without either, this machine has the folder, and joins under the name HOST.

While no majority of the nodes answers, nobody gets in but users whose section
says local = yes: their tokens exist on this host only, and so do their records.
So a host does not join unless root, or somebody who may use sudo, is one of
them.

A certificate is good for two years. A host that joins once more is given a new
one, and goes on with it without a restart. Nothing of another fleet is
overwritten. HOST is a name that no other host of the fleet has.

Then, on the host: "motp fleet copy --to-store", and start motpd-etcd, which is
in the package pam-motp-etcd. Until it runs, local users alone get in there.`,
		Example: `  motp fleet join web1 --out - |
    ssh root@web1 motp fleet join web1 --bundle -

  motp fleet join web1 --out web1.bundle      where the folder is
  motp fleet join web1 --bundle web1.bundle   on web1`,
		Args:              oneHost,
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	folder := a.fleetFolder(cmd)
	cmd.Flags().StringVar(&out, "out", "",
		"write what the host needs to a new `FILE`; it holds secrets")
	cmd.Flags().StringVar(&from, "bundle", "",
		"on the host: the `FILE` that --out has written")
	cmd.MarkFlagsMutuallyExclusive("out", "bundle")
	a.changes(cmd)
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		switch host := args[0]; {
		case from != "":
			return a.joinWith(host, from)
		case out != "":
			return a.handOutBundle(host, *folder, out)
		default:
			return a.joinHere(host, *folder)
		}
	}
	return cmd
}

// oneHost are the arguments of a verb about a host.
func oneHost(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("the name of one host is wanted")
	}
	if err := fleetsetup.CheckHost(args[0]); err != nil {
		return &usageError{err}
	}
	return nil
}

// handOutBundle makes what a host needs, where the fleet's folder is.
func (a *app) handOutBundle(host, folder, out string) error {
	f, err := fleetsetup.Open(folder)
	if err != nil {
		return noFleet(folder, a.explainFleet(err))
	}
	if _, err := os.Lstat(out); out != "-" && err == nil {
		return fmt.Errorf("%s: is there already: remove it, or name another file", out)
	}
	if a.dryRun {
		return a.wouldJoin(f, host)
	}
	b, err := a.makeBundle(f, host)
	if err != nil {
		return err
	}
	err = a.commit("the host's bundle is written", func() error {
		if out != "-" {
			return privatefile.Write(out, b.Text())
		}
		_, err := a.out.Write(b.Text())
		return err
	})
	if err != nil {
		return err
	}
	if out != "-" {
		a.say("%s lets %s into the fleet %s: take it there by a way that nobody else can "+
			"read, and delete it behind that", out, host, f.Fleet)
		a.say("next, on %s: motp fleet join %s --bundle %s", host, host, filepath.Base(out))
	}
	return nil
}

// wouldJoin is a rehearsal.
func (a *app) wouldJoin(f *fleetsetup.Folder, host string) error {
	h, joined, err := f.Host(host)
	if err != nil {
		return err
	}
	a.changed()
	what := "a certificate, and be etcd's user "
	if joined {
		what = "another certificate, and stay etcd's user "
	}
	a.say("%s would be given %s%s; nothing is changed", host, what, h.User)
	return nil
}

// makeBundle makes a host's certificate, and has etcd know it.
func (a *app) makeBundle(f *fleetsetup.Folder, host string) (b fleetsetup.Bundle, err error) {
	if _, err := a.fleetProgram(); err != nil {
		return b, err
	}
	err = a.commit("the host's certificate is made: run this again", func() (err error) {
		b, err = f.Join(host, a.now())
		return err
	})
	if err != nil {
		return b, a.explainFleet(err)
	}
	if _, err = a.prepareAndTell(f); err != nil {
		return b, fmt.Errorf("etcd does not know %s yet: run this again: %w", host, err)
	}
	return b, nil
}

// joinHere has this machine, which has the fleet's folder, join.
func (a *app) joinHere(host, folder string) error {
	if err := a.someoneLocal(); err != nil {
		return err
	}
	f, err := fleetsetup.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: this machine has no fleet's folder: where it is, \"motp "+
			"fleet join %s --out FILE\" makes what this host needs, and \"motp fleet "+
			"join %s --bundle FILE\" takes it here", folder, host, host)
	}
	if err != nil {
		return a.explainFleet(err)
	}
	if a.dryRun {
		return a.wouldJoin(f, host)
	}
	if err := a.sameFleet(f.Fleet); err != nil {
		return err
	}
	b, err := a.makeBundle(f, host)
	if err != nil {
		return err
	}
	return a.putBundle(b)
}

// maxBundle is more than any bundle has.
const maxBundle = 64 << 10

// joinWith has this machine join with what it was given.
func (a *app) joinWith(host, from string) error {
	text, err := a.readBundle(from)
	if err != nil {
		return err
	}
	b, err := fleetsetup.ParseBundle(text)
	if err != nil {
		return fmt.Errorf("%s %w", from, err)
	}
	if b.Host != host {
		return fmt.Errorf("%s is for %s, not for %s", from, b.Host, host)
	}
	if err := a.someoneLocal(); err != nil {
		return err
	}
	if err := a.sameFleet(b.Fleet); err != nil {
		return err
	}
	return a.putBundle(b)
}

func (a *app) readBundle(from string) ([]byte, error) {
	if from == "-" {
		return io.ReadAll(io.LimitReader(a.in, maxBundle))
	}
	text, free, err := conf.ReadPrivate(from)
	if err != nil {
		return nil, err
	}
	defer free()
	return slices.Clone(text), nil
}

// someoneLocal says whether somebody can mend this host while the fleet's nodes are away.
func (a *app) someoneLocal() error {
	_, entries, err := a.table().Users()
	if err != nil {
		return a.explain("", err)
	}
	machine, err := a.patient()
	if err != nil {
		return err
	}
	machine.Root = a.machine
	admins := doctor.Administrators(machine)
	for _, e := range entries {
		if e.Local && e.Err == nil && !e.User.Disabled &&
			slices.Contains(admins, e.User.Name) {
			return nil
		}
	}
	return fmt.Errorf("%s: nobody could mend this host while the fleet's nodes are away: "+
		"write local = yes into the section of one of %s, whose token must be for this "+
		"host alone; nothing is changed", a.confPath, shownNames(admins))
}

func shownNames(names []string) string {
	const most = 5
	var all []string
	for i, n := range names {
		if i == most {
			return strings.Join(all, ", ") + ", and others"
		}
		all = append(all, shown.Name(n))
	}
	return strings.Join(all, ", ")
}

// sameFleet says whether the table names no fleet, or this one.
func (a *app) sameFleet(name string) error {
	settings, err := a.table().Settings()
	if err != nil {
		return a.explain("", err)
	}
	if now := settings.Fleet.Name; now != "" && now != name {
		return fmt.Errorf("%s: fleet = %s: this host is of another fleet; nothing is "+
			"changed", a.confPath, now)
	}
	return nil
}

// putBundle puts a bundle in its place, and then writes the settings.
func (a *app) putBundle(b fleetsetup.Bundle) error {
	at := fleetsetup.Place(filepath.Join(a.machine, fleetsetup.HostFolder))
	settings := []conf.Setting{
		{Key: "store", Value: "etcd " + strings.Join(b.Endpoints, " ")},
		{Key: "store_ca", Value: at.CA()}, {Key: "store_cert", Value: at.Cert()},
		{Key: "store_key", Value: at.Key()},
		{Key: "fleet", Value: b.Fleet}, {Key: "fleet_key", Value: at.Shared()},
	}
	trial := a.trial()
	if err := trial.SetSettings(settings...); err != nil {
		return a.explain("", err)
	}
	if err := at.MayPut(b); err != nil {
		return a.explainFleet(err)
	}
	if a.dryRun {
		a.changed()
		a.say("%s would be given the keys of the fleet %s, and its settings; nothing is "+
			"changed", a.confPath, b.Fleet)
		return nil
	}
	before, err := a.table().Settings()
	if err != nil {
		return a.explain("", err)
	}
	err = a.commit("the keys are in their place: run this again", func() error {
		return at.Put(b)
	})
	if err != nil {
		return a.explainFleet(err)
	}
	err = a.commit("this host has joined", func() error {
		return a.editor().SetSettings(settings...)
	})
	if err != nil {
		return a.explain("", err)
	}
	if !before.Fleet.IsZero() {
		a.say("%s has a new certificate of the fleet %s, with which motpd-etcd goes on",
			b.Host, b.Fleet)
		return nil
	}
	a.say("%s has joined the fleet %s: %s says where the records are", b.Host, b.Fleet,
		a.confPath)
	a.say("next: motp fleet copy --to-store, which moves this host's records there")
	return nil
}
