package fleet

import (
	"context"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/etcd"
)

// visitor is the store of a program that looks.
func visitor(t *testing.T, c *etcd.Cluster) *Store {
	t.Helper()
	asks := config(t, c, "a")
	asks.Visit = true
	asks.beat = time.Second
	return open(t, asks)
}

// A report has every node and every host, and what is wrong with each.
func TestReport(t *testing.T) {
	begin(t, cluster)
	for host, ahead := range map[string]time.Duration{"a": 0, "b": time.Hour, "c": 0} {
		c := config(t, cluster, host)
		c.beat = 100 * time.Millisecond
		c.Now = func() time.Time { return time.Now().Add(ahead) }
		s := open(t, c)
		for beaten := false; !beaten; {
			_, err := s.Names(background)
			if err != nil {
				t.Fatal(err)
			}
			all, _, err := s.heartbeats(background)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range all {
				beaten = beaten || h.Name == host
			}
		}
		if host == "c" {
			s.Close() // and its last heartbeat is an hour old
			put(t, hostsAt+"c", string(s.key.seal(hostsAt+"c",
				value{version: 1, record: timeRecord(time.Now().Add(-time.Hour))})))
		}
	}
	r := visitor(t, cluster).Report(background)
	if r.Trouble != "" || r.Epoch == 0 || r.Began == nil || len(r.Alarms) > 0 {
		t.Errorf("%+v", r)
	}
	leaders := 0
	for _, n := range r.Nodes {
		if !n.Up || n.Trouble != "" || n.Version == "" || n.Latency <= 0 ||
			n.InUse <= 0 || n.Size < n.InUse || n.Quota < n.Size {
			t.Errorf("%+v", n)
		}
		if n.Leader {
			leaders++
		}
	}
	if len(r.Nodes) != 3 || leaders != 1 {
		t.Errorf("%d nodes, %d lead", len(r.Nodes), leaders)
	}
	want := map[string]fleetreport.Host{"a": {Live: true}, "b": {Live: true, Ahead: time.Hour},
		"c": {}}
	if len(r.Hosts) != len(want) {
		t.Errorf("%+v", r.Hosts)
	}
	for _, h := range r.Hosts {
		w := want[h.Name]
		if h.Live != w.Live || (h.Ahead-w.Ahead).Abs() > 5*time.Second {
			t.Errorf("%+v, want %+v", h, w)
		}
	}
}

// Of a cluster without a majority it is told which nodes are down.
func TestReportInTrouble(t *testing.T) {
	c, err := etcd.Start(t.TempDir(), etcd.Options{Heartbeat: 20 * time.Millisecond,
		Election: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	begin(t, c)
	s := visitor(t, c)
	c.Nodes[0].Kill()
	r := s.Report(background)
	if r.Trouble != "" || r.Nodes[0].Up || r.Nodes[0].Trouble == "" || !r.Nodes[1].Up ||
		!r.Nodes[2].Up {
		t.Errorf("one is down: %+v", r)
	}
	c.Nodes[1].Kill()
	r = s.Report(background)
	if r.Trouble == "" || r.Nodes[1].Up || !r.Nodes[2].Up || r.Nodes[2].Trouble == "" ||
		r.Nodes[2].Latency != 0 {
		t.Errorf("two are down: %+v", r)
	}
}

// A visitor is no host: it writes nothing but what it is asked for, and is answered at once.
func TestVisitor(t *testing.T) {
	begin(t, cluster)
	s := visitor(t, cluster)
	err := s.Update(background, "alice", func(motp.Current) (motp.Next, error) {
		return motp.Next{Record: []byte("x")}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	awaitLook(t, s)
	hosts, _, err := s.heartbeats(background)
	if err != nil || len(hosts) > 0 {
		t.Errorf("%+v, %v", hosts, err)
	}
	over, cancel := context.WithCancel(background)
	cancel()
	if r := s.Report(over); r.Trouble == "" {
		t.Errorf("who gave up is told %+v", r)
	}
}
