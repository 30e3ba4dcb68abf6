package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// fleetCopy moves records from files to the store, or back.
func (a *app) fleetCopy() *cobra.Command {
	var toStore, toFiles bool
	cmd := &cobra.Command{
		Use:   "copy --to-store | --to-files [--dry-run] [--json]",
		Short: "Move this host's records to the fleet's store, or back",
		Long: `Move the record of every user from this host's files to the fleet's store, or
back, with nothing forgotten: where both have one, what either has used is used,
and the worse count of failures counts. Local users stay in files. What is left
behind says that it was moved, and lets nobody in, whatever the settings say
later. What was interrupted is run again.

To the store, on each host: "motp fleet join" has the settings name it, which
shuts this host's files for logins; copy while motpd-etcd does not run here; then
start it. Other hosts may be serving.

To files: stop motpd-etcd on every host; copy on each host, while its settings
name the store; then take store out of the settings. From then on, each host
remembers for itself again: what was used on one is not used on another.`,
		Example: `  motp fleet copy --to-store --dry-run
  motp fleet copy --to-store
  motp fleet copy --to-files`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			if toStore == toFiles {
				return usagef("say --to-store or --to-files")
			}
			return a.copyRecords(toStore)
		},
	}
	cmd.Flags().BoolVar(&toStore, "to-store", false, "from this host's files to the store")
	cmd.Flags().BoolVar(&toFiles, "to-files", false, "from the store to this host's files")
	a.changes(cmd)
	return cmd
}

// copyRecords takes every record to one side.
func (a *app) copyRecords(toStore bool) error {
	f, err := a.theFleet()
	if err != nil {
		return err
	}
	if err := a.mayCopy(toStore); err != nil {
		return err
	}
	policy, entries, err := a.table().Users()
	if err != nil {
		return a.explain("", err)
	}
	shared, err := a.onlyElsewhere(entries)
	if err != nil {
		return err
	}
	at := a.site()
	from, to := at.Files, at.FleetStore(f)
	if !toStore {
		from, to = to, from
	}
	names, err := from.Names(context.Background())
	if err != nil {
		return a.explain("", err)
	}
	c := copying{app: a, entries: byName(entries), elsewhere: shared, shared: !toStore,
		from: from, verifier: motp.Verifier{Store: to, Policy: policy, Sealer: at.Keys}}
	if a.dryRun {
		c.from, c.verifier.Store = rehearsed{from}, rehearsed{to}
	}
	slices.Sort(names)
	bar := term.NewProgress(a.err, "moving records", len(names))
	for _, name := range names {
		c.one(name)
		bar.Step()
	}
	bar.End()
	return c.told(toStore)
}

func byName(entries []conf.Entry) map[string]conf.Entry {
	all := make(map[string]conf.Entry, len(entries))
	for _, e := range entries {
		all[e.User.Name] = e
	}
	return all
}

// onlyElsewhere are the users of other tables with records in the same folder, each with the table.
func (a *app) onlyElsewhere(entries []conf.Entry) (map[string]string, error) {
	mine, all := byName(entries), map[string]string{}
	paths, err := a.sharing()
	if err != nil {
		return nil, a.explain("", err)
	}
	for _, path := range paths {
		_, others, err := a.at(path, a.state).table().Users()
		if err != nil {
			return nil, a.explain("", err)
		}
		for _, e := range others {
			if _, here := mine[e.User.Name]; !here {
				all[e.User.Name] = path
			}
		}
	}
	return all, nil
}

// A copying is on its way.
type copying struct {
	*app
	entries   map[string]conf.Entry
	elsewhere map[string]string
	shared    bool
	from      motp.Store
	verifier  motp.Verifier

	count         map[motp.Taken]int
	local, failed int
}

// one takes the record of one name.
func (c *copying) one(name string) {
	entry, there := c.entries[name]
	user := entry.User
	switch table := c.elsewhere[name]; {
	case entry.Local:
		c.local++
		return
	case table != "":
		c.say(
			"%s stays: the table %s alone has it, with this folder of records",
			shown.Name(name),
			table,
		)
		c.local++
		return
	case entry.Err != nil: // nobody knows what the record must not forget
		c.complain(c.explain(name, entry.Err))
		c.failed++
		return
	case !there:
		user = motp.User{Name: name}
	}
	var taken motp.Taken
	err := c.commit(
		"some records are moved, others are not: run this again",
		func() (err error) {
			taken, err = c.verifier.Take(context.Background(),
				motp.Source{Store: c.from, Shared: c.shared}, user, c.now())
			return err
		},
	)
	if err != nil {
		c.complain(c.whyNotTaken(name, err))
		c.failed++
		return
	}
	if c.count == nil {
		c.count = map[motp.Taken]int{}
	}
	c.count[taken]++
}

// whyNotTaken puts what to do to an error of a record that was not taken.
func (c *copying) whyNotTaken(name string, err error) error {
	if errors.Is(err, motp.ErrMoved) {
		return fmt.Errorf("%s: %w before, and is not there any more: that is another "+
			"store, or it has lost it; \"motp restored %s\" begins anew, and takes "+
			"what may have been used for used", shown.Name(name), err,
			shown.Argument(name))
	}
	return fmt.Errorf("%s: %w", shown.Name(name), c.explain(name, err))
}

// told tells what came of it.
func (c *copying) told(toStore bool) error {
	moved := c.count[motp.Copied] + c.count[motp.Merged]
	c.report.Changed = moved > 0
	verb := "moved to the store"
	if !toStore {
		verb = "moved to files"
	}
	if c.dryRun {
		verb = "would be " + verb
	}
	parts := []string{words.Count(moved, "record") + " " + verb}
	for _, more := range []struct {
		n    int
		what string
	}{{c.count[motp.Merged], "of them merged with one that was there"},
		{c.count[motp.Already], "moved before"}, {c.local, "stay where they are"}} {
		if more.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", more.n, more.what))
		}
	}
	c.say("%s", strings.Join(parts, "; "))
	switch {
	case c.failed > 0:
		return fmt.Errorf(
			"%s could not be moved: mend what stands above, and run this again",
			words.Count(c.failed, "record"),
		)
	case c.dryRun:
	case toStore:
		c.say("now start motpd-etcd here: %s", theManager().StartMotpdEtcd())
	default:
		c.say("now take store, and what belongs to it, out of %s on this host", c.confPath)
	}
	return nil
}

// mayCopy refuses where somebody could log in by both sides.
func (a *app) mayCopy(toStore bool) error {
	running, err := a.serving(toStore)
	if err != nil || len(running) == 0 {
		return err
	}
	if toStore {
		return errors.New(
			"motpd-etcd runs on this host, and knows nothing of the codes that " +
				"were used with its files: systemctl stop motpd-etcd.service",
		)
	}
	return fmt.Errorf("motpd-etcd runs on %s, where people log in by the store: stop it "+
		"first (systemctl stop motpd-etcd.service)", strings.Join(running, ", "))
}

// serving are the hosts on which motpd-etcd runs: this one, or all. A heartbeat may be of one that
// ended a moment ago: then the next is waited for, in vain.
func (a *app) serving(hereOnly bool) (hosts []string, err error) {
	own, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	const beats = 8 * time.Second // more than from one heartbeat to the next
	var before map[string]time.Time
	for {
		report, err := a.askFleet()
		switch {
		case err != nil:
			return nil, err
		case report.Trouble != "":
			return nil, errors.New(report.Trouble)
		}
		said := map[string]time.Time{}
		hosts = nil
		for _, h := range report.Hosts {
			if h.Live && (!hereOnly || h.Name == own) &&
				(before == nil || !h.Said.Equal(before[h.Name])) {
				said[h.Name] = h.Said
				hosts = append(hosts, shown.Name(h.Name))
			}
		}
		if before != nil || len(said) == 0 {
			return hosts, nil
		}
		a.say("waiting whether motpd-etcd ended on %s", strings.Join(hosts, ", "))
		before = said
		time.Sleep(beats)
	}
}

// rehearsed is a store in which nothing is changed.
type rehearsed struct{ motp.Store }

func (s rehearsed) Update(ctx context.Context, user string, change motp.Change) error {
	c, err := s.View(ctx, user)
	if errors.Is(err, motp.ErrCorrupt) {
		c, err = motp.Current{Lost: true, Room: 4064}, nil
	}
	if err == nil {
		_, err = change(c)
	}
	return err
}
