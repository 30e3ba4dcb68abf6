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

// between is how many logins there are before a fault is put right.
const between = 200

// onLeader is a fault of the node that leads.
func onLeader(do func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error) Fault {
	return func(c *etcd.Cluster, t *traffic) error {
		leader, err := c.Leader()
		if err != nil {
			return err
		}
		t.await(between)
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

var (
	// KillLeader kills the leader; it comes back.
	KillLeader = onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		leader.Kill()
		t.await(between)
		return leader.Start()
	})

	// KillFollower kills another node; it comes back.
	KillFollower = onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		node := others(c, leader)[0]
		node.Kill()
		t.await(2 * between)
		return node.Start()
	})

	// CutLeader cuts the leader off from the other nodes, and not from the servers.
	CutLeader = onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		for _, n := range others(c, leader) {
			etcd.Cut(leader, n)
		}
		t.await(between)
		c.Heal()
		return nil
	})

	// CutLeaderFromAll cuts the leader off from nodes and servers.
	CutLeaderFromAll = onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		for _, n := range others(c, leader) {
			etcd.Cut(leader, n)
		}
		leader.CutClients()
		t.await(between)
		c.Heal()
		return nil
	})

	// CutLeaderFromServers leaves the leader to the nodes.
	CutLeaderFromServers = onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		leader.CutClients()
		t.await(between)
		c.Heal()
		return nil
	})

	// CutFollower cuts another node off from the nodes.
	CutFollower = onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		follower := others(c, leader)[0]
		for _, n := range others(c, follower) {
			etcd.Cut(follower, n)
		}
		t.await(between)
		c.Heal()
		return nil
	})

	// FreezeLeader has the leader do nothing for a while, and then go on.
	FreezeLeader = onLeader(func(c *etcd.Cluster, leader *etcd.Node, t *traffic) error {
		leader.Freeze()
		t.await(between)
		leader.Thaw()
		return nil
	})

	// FillUp goes on until etcd has no space, and makes some. The quota must be small.
	FillUp Fault = func(c *etcd.Cluster, t *traffic) error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
		defer cancel()
		for {
			t.await(between)
			alarms, err := c.Root.AlarmList(ctx)
			if ctx.Err() != nil {
				return errors.New("etcd never fills up")
			}
			if err == nil && len(alarms.Alarms) > 0 {
				break
			}
		}
		t.await(between)
		return makeSpace(ctx, c)
	}
)

// makeSpace does what an administrator does when etcd has no space.
func makeSpace(ctx context.Context, c *etcd.Cluster) error {
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
