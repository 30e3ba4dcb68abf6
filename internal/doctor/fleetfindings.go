package doctor

import (
	"fmt"

	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/internal/words"
)

// FleetFindings are what is wrong with a fleet, each with what to do about it.
func FleetFindings(r fleetreport.Report) (all []Finding) {
	add := func(s Severity, what, mend string) {
		all = append(all, Finding{Severity: s, What: what, Mend: mend})
	}
	if r.Trouble != "" {
		add(
			Error,
			r.Trouble,
			"while it is so, local users alone get in; see the nodes, and "+
				"\"journalctl -u etcd\" on each that is down",
		)
	}
	for _, n := range r.Nodes {
		nodeFindings(n, add)
	}
	for _, alarm := range r.Alarms {
		add(Error, "etcd has raised an alarm: "+alarm, "NOSPACE refuses every login until "+
			"etcdctl compact, etcdctl defrag, and etcdctl alarm disarm; with CORRUPT, "+
			"replace that node")
	}
	for _, h := range r.Hosts {
		if h.IsOff() {
			what := "the clock of " + h.Name + ", or this one, is wrong: there it is " +
				words.AheadOrBehind(h.Ahead)
			add(Error, what, "timedatectl set-ntp true; a host whose clock is not "+
				"that of the others refuses everyone")
		}
	}
	return all
}

func nodeFindings(n fleetreport.Node, add func(s Severity, what, mend string)) {
	switch {
	case !n.Up:
		add(Warning, n.Endpoint+" is down: "+n.Trouble, "start it (systemctl start etcd, "+
			"there), or replace it; without a majority nobody gets in")
	case n.Trouble != "":
		add(Error, n.Endpoint+": "+n.Trouble, "does it reach the others?")
	}
	if n.Quota > 0 && n.Size > n.Quota/2 {
		add(Warning, fmt.Sprintf("%s has filled %d%% of its space", n.Endpoint,
			100*n.Size/n.Quota), "have etcd compact by itself "+
			"(--auto-compaction-retention=1h), then etcdctl defrag; or raise "+
			"--quota-backend-bytes; when it is full, nobody gets in")
	}
}
