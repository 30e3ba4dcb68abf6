package fleet

import (
	"fmt"
	"os"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/etcd"
)

// A Drill is a crowd on a cluster of its own, with the settings that docs/fleet.md gives, while
// nodes go.
type Drill struct {
	Hosts, Sessions int
	Wait            time.Duration // for the store; 0 means what a host has by itself
}

// A Wait is what the logins came to that were on their way while something happened.
type Wait struct {
	Logins  int
	Longest time.Duration
	Refused []error
	Elected time.Duration // from when the leader was killed until another leads
	Back    time.Duration // from when a node was started until somebody was let in again
}

// during is what the logins came to that were on their way at some time between two.
func during(logins []Login, from, to time.Time) (w Wait) {
	for _, l := range logins {
		if l.Ended.After(from) && l.Began.Before(to) {
			w.add(l)
		}
	}
	return w
}

func (w *Wait) add(l Login) {
	w.Logins++
	w.Longest = max(w.Longest, l.Ended.Sub(l.Began))
	if l.Refused != nil {
		w.Refused = append(w.Refused, l.Refused)
	}
}

// turns is how many logins of each session there are before something happens, and while it does.
const turns = 3

// Leaders kills the node that leads, and has it come back, so many times.
func (d Drill) Leaders(kills int) (waits []Wait, err error) {
	return waits, d.on(func(c *etcd.Cluster, crowd func() *Crowd) error {
		for range kills {
			people := crowd()
			people.Await(turns)
			leader, err := c.Leader()
			if err != nil {
				people.Disperse()
				return err
			}
			began := time.Now()
			leader.Kill()
			_, err = c.Leader()
			elected := time.Since(began)
			people.Await(turns)
			w := during(people.Disperse(), began, time.Now())
			w.Elected = elected
			waits = append(waits, w)
			if err != nil {
				return err
			}
			if err := leader.Start(); err != nil {
				return err
			}
			if err := c.Settle(); err != nil {
				return err
			}
		}
		return nil
	})
}

// One kills a node that does not lead, and has people log in without it.
func (d Drill) One() (w Wait, err error) {
	return w, d.on(func(c *etcd.Cluster, crowd func() *Crowd) error {
		people := crowd()
		people.Await(turns)
		leader, err := c.Leader()
		if err != nil {
			people.Disperse()
			return err
		}
		began := time.Now()
		others(c, leader)[0].Kill()
		people.Await(10 * turns)
		w = during(people.Disperse(), began, time.Now())
		return nil
	})
}

// Majority kills two of three nodes, until everybody was told so who came after that, and starts
// one of them again.
func (d Drill) Majority() (w Wait, err error) {
	return w, d.on(func(c *etcd.Cluster, crowd func() *Crowd) error {
		people := crowd()
		people.Await(turns)
		c.Nodes[0].Kill()
		c.Nodes[1].Kill()
		killed := time.Now()
		people.Await(1)
		started := time.Now()
		if err := c.Nodes[0].Start(); err != nil {
			people.Disperse()
			return err
		}
		back := people.AwaitAccepted(started)
		for _, l := range people.Disperse() {
			if l.Began.After(killed) && l.Ended.Before(started) {
				w.add(l)
			}
		}
		w.Back = back.Sub(started)
		return nil
	})
}

// on has something done to a cluster; crowd gathers people on it, who are new each time.
func (d Drill) on(do func(c *etcd.Cluster, crowd func() *Crowd) error) error {
	dir, err := os.MkdirTemp("", "motp-fleet")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	c, err := etcd.Start(dir, etcd.Options{})
	if err != nil {
		return err
	}
	defer c.Stop()
	if err := Begin(c); err != nil {
		return err
	}
	var stores []motp.Store
	for i := range d.Hosts {
		s, err := openWith(c, fmt.Sprint("host", i), d.Wait)
		if err != nil {
			return err
		}
		defer s.Close()
		stores = append(stores, s)
	}
	gathered := 0
	return do(c, func() *Crowd {
		gathered++
		return gather(stores, d.Sessions, gathered*d.Sessions)
	})
}
