// Package fleet has many servers log people in on one etcd while its nodes are killed, cut off, and
// frozen, and checks afterward that what they were told could have been told by one server alone,
// one login after the other.
//
// Traffic (traffic.go), faults (faults.go), and the check (model.go) know nothing of each other.
// Clients that are deliberately wrong (wrong.go) show that the check would find what it looks for.
package fleet

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/etcd"
)

// A Trial is traffic with faults.
type Trial struct {
	Hosts, Sessions, Users int // sessions of each host
	Operations             int // at least so many, and until the faults are over
	Faults                 []Fault
	Quota                  int // of etcd, in bytes; 0 means its own
	Disk                   int // of each node, in bytes; 0 means that there is none

	Wrong Opener // nil means the store of internal/fleet
}

// An Opener opens the store of a host.
type Opener func(c *etcd.Cluster, host string) (motp.Store, error)

// A Report is what came of it.
type Report struct {
	Operations int // that are in the history
	Unsure     int // of them, that were not told what became of them
	Refused    int // that wrote nothing, and are not in it
	Longest    time.Duration
	Broken     []string // users whose history no single server could have made
	Unexpected []error
}

// Key is that of the fleet.
var Key = []byte("0123456789abcdef0123456789abcdef")

// Open opens the store of a host.
func Open(c *etcd.Cluster, host string) (*fleet.Store, error) { return openWith(c, host, 0) }

// openWith is Open with a limit to how long it waits.
func openWith(c *etcd.Cluster, host string, wait time.Duration) (*fleet.Store, error) {
	cert, certKey, err := c.Cert("motpd")
	if err != nil {
		return nil, err
	}
	return fleet.Open(fleet.Config{Endpoints: c.Endpoints(), CA: c.CA(), Cert: cert,
		Key: certKey, Fleet: "example", FleetKey: Key, Host: host, Wait: wait})
}

// Begin begins an epoch.
func Begin(c *etcd.Cluster) error {
	cert, certKey, err := c.Cert("root")
	if err != nil {
		return err
	}
	s, err := fleet.Open(fleet.Config{Endpoints: c.Endpoints(), CA: c.CA(), Cert: cert,
		Key: certKey, Fleet: "example", FleetKey: Key, Host: "admin",
		Wait: 20 * time.Second})
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Begin(context.Background())
	return err
}

// Run makes a trial on a cluster of its own.
func (t Trial) Run() (Report, error) {
	dir, err := os.MkdirTemp("", "motp-fleet")
	if err != nil {
		return Report{}, err
	}
	defer os.RemoveAll(dir)
	c, err := etcd.Start(dir, etcd.Options{Quota: t.Quota, Disk: t.Disk})
	if err != nil {
		return Report{}, err
	}
	defer c.Stop()
	if err := Begin(c); err != nil {
		return Report{}, err
	}
	return t.on(c)
}

// on makes the trial on a cluster.
func (t Trial) on(c *etcd.Cluster) (Report, error) {
	var stores []motp.Store
	for i := range t.Hosts {
		host := fmt.Sprint("host", i)
		if t.Wrong != nil {
			s, err := t.Wrong(c, host)
			if err != nil {
				return Report{}, err
			}
			stores = append(stores, s)
			continue
		}
		s, err := Open(c, host)
		if err != nil {
			return Report{}, err
		}
		defer s.Close()
		stores = append(stores, s)
	}
	traffic := newTraffic(stores, t.Users)
	var group sync.WaitGroup
	over := make(chan struct{})
	for i := range t.Hosts * t.Sessions {
		group.Add(1)
		go func() {
			defer group.Done()
			traffic.session(i, t.Operations, over)
		}()
	}
	var failed error
	for _, fault := range t.Faults {
		if failed = fault(c, traffic); failed != nil {
			break
		}
	}
	close(over)
	group.Wait()
	return traffic.report(), failed
}
