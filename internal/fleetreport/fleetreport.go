// Package fleetreport is how a fleet's store and its hosts stand, as motpd-etcd tells it and the
// command asks for it: one form of it, for package fleet, which nothing but motpd-etcd links, and
// for those who read it. It must not know how it is found out, nor what is done about it.
package fleetreport

import "time"

// A Report is how a fleet stands. The JSON names are a promise to scripts.
type Report struct {
	Trouble string     `json:"trouble,omitempty"` // why no majority answers, or takes this host
	Epoch   uint64     `json:"epoch"`
	Began   *time.Time `json:"epoch_began"`
	Nodes   []Node     `json:"nodes"`
	Alarms  []string   `json:"alarms"`
	Hosts   []Host     `json:"hosts"`
}

// A Node is how one node of etcd stands.
type Node struct {
	Endpoint string `json:"endpoint"`
	Up       bool   `json:"up"`
	Trouble  string `json:"trouble,omitempty"` // what is wrong
	Leader   bool   `json:"leader"`
	Version  string `json:"version,omitempty"`

	// Latency is how long a read took that this node asked a majority for; 0 if it could not.
	Latency time.Duration `json:"latency_ns"`

	Size  int64 `json:"db_size"`   // of its database, in bytes
	InUse int64 `json:"db_in_use"` // of these, what is not free
	Quota int64 `json:"db_quota"`  // where it takes no more; 0 if it does not say
}

// A Host is one that shares the store, as its heartbeats tell.
type Host struct {
	Name string    `json:"host"`
	Said time.Time `json:"said"` // the time of its last heartbeat, by its own clock

	// Live says that heartbeats come. One that was just written is live; of another one, the
	// next was waited for.
	Live bool `json:"live"`

	// Ahead is how far its clock is ahead of the asker's, if it was waited for; exact to a
	// second. Of one that was not, it is within a heartbeat.
	Ahead time.Duration `json:"ahead_ns"`

	// Table says how its table compares with that of the asker's host: "same", "differs", or
	// "unknown". Differ has the tags (package tablesum) of the users for whom it differs.
	Table  string   `json:"table"`
	Differ []string `json:"differ,omitempty"`
}

// mostAhead is how far a host's clock may be from the asker's before it is told; from twice as far
// on a host judges nobody.
const mostAhead = 15 * time.Second

// IsOff says whether a host's clock is wrong, or the asker's.
func (h Host) IsOff() bool { return h.Live && h.Ahead.Abs() > mostAhead }
