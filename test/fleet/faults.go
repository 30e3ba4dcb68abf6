package fleet

import (
	"context"
	"errors"
	"time"

	"github.com/pam-motp/pam-motp/test/etcd"
	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// A Fault does something to a cluster with traffic on it, and puts it right again.
type Fault func(c *etcd.Cluster, t *traffic) error

// some is how many logins there are before a fault is put right.
const some = 200

// onLeader is a fault of the node that leads.
func onLeader(do func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error) Fault {
	return func(c *etcd.Cluster, t *traffic) error {
		leader, err := c.Leader()
		if err != nil {
			return err
		}
		t.await(some)
		return do(c, leader, t)
	}
}

// others are the nodes that are not one.
func others(c *etcd.Cluster, not *etcd.Node) (all []*etcd.Node) {
	for _, n := range c.Nodes {
		if n != not {
			all = append(all, n)
		}
	}
	return all
}

// on does something to the leader, or to another node, has people log in, and puts it right again.
func on(which func(c *etcd.Cluster, leader *etcd.Node) *etcd.Node,
	do func(c *etcd.Cluster, n *etcd.Node), undo func(c *etcd.Cluster, n *etcd.Node) error,
	logins int) Fault {
	return onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		n := which(c, leader)
		do(c, n)
		t.await(logins)
		return undo(c, n)
	})
}

func theLeader(_ *etcd.Cluster, leader *etcd.Node) *etcd.Node { return leader }

func aFollower(c *etcd.Cluster, leader *etcd.Node) *etcd.Node { return others(c, leader)[0] }

func kill(_ *etcd.Cluster, n *etcd.Node)          { n.Kill() }
func restart(_ *etcd.Cluster, n *etcd.Node) error { return n.Start() }

func freeze(_ *etcd.Cluster, n *etcd.Node)     { n.Freeze() }
func thaw(_ *etcd.Cluster, n *etcd.Node) error { n.Thaw(); return nil }

func heal(c *etcd.Cluster, _ *etcd.Node) error { c.Heal(); return nil }

// isolate cuts a node off from the other nodes.
func isolate(c *etcd.Cluster, n *etcd.Node) {
	for _, other := range others(c, n) {
		etcd.Cut(n, other)
	}
}

func fromServers(_ *etcd.Cluster, n *etcd.Node) { n.CutClients() }

func fromAll(c *etcd.Cluster, n *etcd.Node) { isolate(c, n); n.CutClients() }

// Kills, and what is like one: a node that is gone, or does nothing for a while, and comes back.
var (
	KillLeader     = on(theLeader, kill, restart, some)
	KillFollower   = on(aFollower, kill, restart, 2*some)
	FreezeLeader   = on(theLeader, freeze, thaw, some)
	FreezeFollower = on(aFollower, freeze, thaw, some)
)

// Partitions: a node is cut off from the other nodes, from the servers, or from both; all nodes are
// from each other; one link alone is cut; and what is said gets through one way only.
var (
	CutLeader              = on(theLeader, isolate, heal, some)
	CutFollower            = on(aFollower, isolate, heal, some)
	CutLeaderFromServers   = on(theLeader, fromServers, heal, some)
	CutFollowerFromServers = on(aFollower, fromServers, heal, some)
	CutLeaderFromAll       = on(theLeader, fromAll, heal, some)
	CutFollowerFromAll     = on(aFollower, fromAll, heal, some)

	CutAll = on(theLeader, func(c *etcd.Cluster, _ *etcd.Node) {
		for _, n := range c.Nodes {
			isolate(c, n)
		}
	}, heal, withoutMajority)

	CutOneLink = on(theLeader, func(c *etcd.Cluster, leader *etcd.Node) {
		etcd.Cut(leader, aFollower(c, leader))
	}, heal, some)

	MuteLeader = on(theLeader, func(c *etcd.Cluster, leader *etcd.Node) {
		for _, other := range others(c, leader) {
			etcd.Mute(leader, other)
		}
	}, heal, some)

	DeafenLeader = on(theLeader, func(c *etcd.Cluster, leader *etcd.Node) {
		for _, other := range others(c, leader) {
			etcd.Mute(other, leader)
		}
	}, heal, some)
)

// withoutMajority is how many logins there are while each of them takes the longest that one may.
const withoutMajority = 20

// Slow nodes, and full disks; these need disks of the nodes' own.
var (
	SlowLeader   = slow(theLeader)
	SlowFollower = slow(aFollower)

	FillLeadersDisk   = fillDisk(theLeader)
	FillFollowersDisk = fillDisk(aFollower)
)

func slow(which func(*etcd.Cluster, *etcd.Node) *etcd.Node) Fault {
	return onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		end := which(c, leader).Slow()
		defer end()
		t.await(some)
		return nil
	})
}

// fillDisk fills a node's disk, which ends it, and starts it again when there is room.
func fillDisk(which func(*etcd.Cluster, *etcd.Node) *etcd.Node) Fault {
	return onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		n := which(c, leader)
		if err := n.FillDisk(); err != nil {
			return err
		}
		for ended := false; !ended; {
			t.await(some)
			select {
			case <-n.Ended():
				ended = true
			default:
			}
		}
		t.await(some)
		return errors.Join(n.FreeDisk(), n.Start())
	})
}

// What administrators do, or forget.
var (
	// Compact removes etcd's history, and then the holes that it leaves, node by node.
	Compact Fault = func(c *etcd.Cluster, t *traffic) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		t.await(some)
		err := compact(ctx, c)
		t.await(some)
		return err
	}

	// FillUp goes on until etcd has no space, and makes some. The quota must be small.
	FillUp Fault = func(c *etcd.Cluster, t *traffic) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		for {
			t.await(some)
			alarms, err := c.Root.AlarmList(ctx)
			if ctx.Err() != nil {
				return errors.New("etcd never fills up")
			}
			if err == nil && len(alarms.Alarms) > 0 {
				break
			}
		}
		t.await(some)
		return makeSpace(ctx, c)
	}
)

// makeSpace does what an administrator does when etcd has no space.
func makeSpace(ctx context.Context, c *etcd.Cluster) error {
	if err := compact(ctx, c); err != nil {
		return err
	}
	alarms, err := c.Root.AlarmList(ctx)
	if err != nil {
		return err
	}
	for _, a := range alarms.Alarms {
		if a.Alarm == pb.AlarmType_NOSPACE {
			_, err := c.Root.AlarmDisarm(ctx, (*clientv3.AlarmMember)(a))
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func compact(ctx context.Context, c *etcd.Cluster) error {
	resp, err := c.Root.Get(ctx, "/motp/epoch")
	if err != nil {
		return err
	}
	if _, err := c.Root.Compact(ctx, resp.Header.Revision); err != nil {
		return err
	}
	for _, endpoint := range c.Endpoints() {
		if _, err := c.Root.Defragment(ctx, endpoint); err != nil {
			return err
		}
	}
	return nil
}
