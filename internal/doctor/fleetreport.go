package doctor

import (
	"fmt"
	"time"

	"github.com/pam-motp/pam-motp/internal/words"
)

// A Fleet is how a fleet's store and its hosts stand, as motpd-etcd tells (package fleet, which
// nothing else links). The JSON names are a promise to scripts.
type Fleet struct {
	Trouble string      `json:"trouble,omitempty"` // why no majority answers
	Epoch   uint64      `json:"epoch"`
	Began   *time.Time  `json:"epoch_began"`
	Nodes   []FleetNode `json:"nodes"`
	Alarms  []string    `json:"alarms"`
	Hosts   []FleetHost `json:"hosts"`
}

// A FleetNode is how a node of etcd stands.
type FleetNode struct {
	Endpoint string        `json:"endpoint"`
	Up       bool          `json:"up"`
	Trouble  string        `json:"trouble,omitempty"`
	Leader   bool          `json:"leader"`
	Version  string        `json:"version,omitempty"`
	Latency  time.Duration `json:"latency_ns"`
	Size     int64         `json:"db_size"`
	InUse    int64         `json:"db_in_use"`
	Quota    int64         `json:"db_quota"` // 0 if it does not say
}

// A FleetHost is one that shares the store.
type FleetHost struct {
	Name  string        `json:"host"`
	Said  time.Time     `json:"said"` // the time of its last heartbeat, by its own clock
	Live  bool          `json:"live"`
	Ahead time.Duration `json:"ahead_ns"`

	// Table says how its table compares with this host's: "same", "differs", or "unknown".
	// Differ has the tags (package tablesum) of the users for whom it does.
	Table  string   `json:"table"`
	Differ []string `json:"differ,omitempty"`
}

// mostAhead is how far a host's clock may be from the asker's before it is told; from twice as far
// on a host judges nobody.
const mostAhead = 15 * time.Second

// IsOff says whether a host's clock is wrong, or the asker's.
func (h FleetHost) IsOff() bool { return h.Live && h.Ahead.Abs() > mostAhead }

// Findings are what is wrong with a fleet, each with what to do about it.
func (r Fleet) Findings() (all []Finding) {
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
		n.findings(add)
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

func (n FleetNode) findings(add func(s Severity, what, mend string)) {
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
