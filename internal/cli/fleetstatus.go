package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/doctor"
	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/spf13/cobra"
)

// fleetStatus tells how the store and the hosts of a fleet stand.
func (a *app) fleetStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status [--json]",
		Short: "Tell how the fleet stands: nodes, space, alarms, clocks",
		Long: `Tell how the store of the fleet stands, and its hosts: which nodes of etcd
are up, and which leads, how long a read takes that a majority must agree to,
how much of its space etcd has used, alarms, the clock of each host, whether
its table says the same as this one's of the users that both have, and which of
this host's certificates end within 30 days. Where a host was not heard of in
the last seconds, the next heartbeat is waited for.

The exit code is 0 if all is well, else 1; each trouble is told with what to do.`,
		Example: `  motp fleet status
  motp fleet status --json | jq '.nodes[] | select(.up | not)'`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			f, err := a.theFleet()
			if err != nil {
				return err
			}
			found := doctor.FleetCertificates(f, a.now())
			report, err := a.askFleetOf(f)
			if err != nil {
				a.sayFindings(found) // which may be why
				return err
			}
			if !asJSON {
				a.printFleet(report)
			} else if err := a.printJSON(report); err != nil {
				return err
			}
			_, entries, _ := a.table().Users() // without names, users are counted
			found = append(found, doctor.FleetFindings(report)...)
			found = append(found, doctor.FleetTables(report, f, entries)...)
			a.sayFindings(found)
			if len(found) > 0 {
				return errors.New(
					words.Count(len(found), "trouble") + " in the fleet",
				)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, for scripts")
	return cmd
}

// sayFindings tells what is wrong, and what to do about it.
func (c *console) sayFindings(all []doctor.Finding) {
	for _, f := range all {
		what := f.What
		if f.File != "" {
			what = f.File + ": " + what
		}
		c.say("%s: %s", what, f.Mend)
	}
}

// askFleet asks how the fleet stands.
func (a *app) askFleet() (report fleetreport.Report, err error) {
	f, err := a.theFleet()
	if err != nil {
		return report, err
	}
	return a.askFleetOf(f)
}

// askFleetOf asks how a fleet stands.
func (a *app) askFleetOf(f conf.Fleet) (report fleetreport.Report, err error) {
	pipe, err := a.fleetPipe(f)
	if err != nil {
		return report, err
	}
	err = pipe.Ask(context.Background(), "report", nil, &report)
	return report, err
}

func (a *app) printFleet(r fleetreport.Report) {
	if r.Began != nil {
		a.print("epoch %d, since %s", r.Epoch, a.when(*r.Began))
	}
	var nodes term.Table
	nodes.Add("NODE", "STATE", "VERSION", "READ", "SPACE")
	for _, n := range r.Nodes {
		state := "down"
		switch {
		case n.Leader:
			state = "leads"
		case n.Up:
			state = "up"
		}
		read := "-"
		if n.Latency > 0 {
			read = n.Latency.Round(100 * time.Microsecond).String()
		}
		nodes.Add(n.Endpoint, state, cmp.Or(n.Version, "-"), read, spaceInWords(n))
	}
	a.printTable(nodes)
	if len(r.Hosts) == 0 {
		return
	}
	a.print("")
	var hosts term.Table
	hosts.Add("HOST", "CLOCK", "TABLE", "LAST HEARTBEAT")
	slices.SortFunc(r.Hosts, func(x, y fleetreport.Host) int {
		return cmp.Compare(x.Name, y.Name)
	})
	for _, h := range r.Hosts {
		clock := "ok"
		switch {
		case !h.Live:
			clock = "-"
		case h.IsOff():
			clock = words.AheadOrBehind(h.Ahead)
		}
		table := h.Table
		if table == "" {
			table = "unknown" // motpd-etcd is older
		}
		hosts.Add(shown.Name(h.Name), clock, table, a.when(h.Said))
	}
	a.printTable(hosts)
}

// printTable prints all of a table, for a terminal of any width.
func (c *console) printTable(t term.Table) {
	lines, _ := t.Lines(0)
	for _, line := range lines {
		c.print("%s", line)
	}
}

func spaceInWords(n fleetreport.Node) string {
	const mega = 1 << 20
	switch {
	case !n.Up:
		return "-"
	case n.Quota == 0:
		return fmt.Sprintf("%d MB of ?", n.Size/mega)
	}
	return fmt.Sprintf("%d MB of %d MB", n.Size/mega, n.Quota/mega)
}
