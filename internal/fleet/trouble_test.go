package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

var (
	noon  = time.Unix(1296121200, 0)
	alice = motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "0123456789abcdef",
		PIN: "6666"}}}
	bob = motp.User{Name: "bob", Tokens: alice.Tokens}
)

// code is alice's of a step from noon on.
func code(step int) string {
	return alice.Tokens[0].Code(noon.Add(time.Duration(step) * motp.StepLength))
}

func verify(s motp.Store, u motp.User, typed string) (motp.Verdict, error) {
	v := motp.Verifier{Store: s, Policy: motp.DefaultPolicy}
	res, err := v.Verify(background, u, typed, noon)
	return res.Verdict, err
}

// wants has somebody log in, and says what is to become of it.
func wants(t *testing.T, s motp.Store, u motp.User, typed string, want motp.Verdict) {
	t.Helper()
	if got, err := verify(s, u, typed); got != want || err != nil {
		t.Fatalf("%s: %v, %v; want %v", u.Name, got, err, want)
	}
}

// reasonOf is the word for an error.
func reasonOf(err error) string {
	var e *Error
	switch {
	case err == nil:
		return "none"
	case errors.Is(err, motp.ErrCorrupt):
		return "corrupt"
	case errors.As(err, &e):
		return e.Reason()
	}
	return err.Error()
}

// records are all that is below a key.
func records(t *testing.T, below string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, kv := range found(t, below) {
		all[string(kv.Key)] = string(kv.Value)
	}
	return all
}

// revisions are when all that is below a key was written last.
func revisions(t *testing.T, below string) map[string]int64 {
	t.Helper()
	all := map[string]int64{}
	for _, kv := range found(t, below) {
		all[string(kv.Key)] = kv.ModRevision
	}
	return all
}

func found(t *testing.T, below string) []*mvccpb.KeyValue {
	t.Helper()
	resp, err := cluster.Root.Get(background, below, clientv3.WithPrefix())
	if err != nil {
		t.Fatal(err)
	}
	return resp.Kvs
}

func put(t *testing.T, at, value string) {
	t.Helper()
	if _, err := cluster.Root.Put(background, at, value); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, at string) {
	t.Helper()
	if _, err := cluster.Root.Delete(background, at); err != nil {
		t.Fatal(err)
	}
}

// A store in trouble refuses with the word for it, and writes nothing.
func TestTrouble(t *testing.T) {
	at := placeOf("alice")
	for name, c := range map[string]struct {
		config func(t *testing.T, c *Config)
		spoil  func(t *testing.T, s *Store) // after a login of alice's
		want   string
		says   string
	}{
		"another key": {config: func(t *testing.T, c *Config) {
			c.FleetKey = []byte(strings.Repeat("x", KeyLen))
		}, want: Unsealed},
		"another fleet": {config: func(t *testing.T, c *Config) { c.Fleet = "other" },
			want: Unsealed},
		"no epoch": {spoil: func(t *testing.T, s *Store) { remove(t, epochAt) },
			want: NoEpoch},
		"an old epoch": {spoil: func(t *testing.T, s *Store) {
			old := records(t, epochAt)[epochAt]
			nextEpoch(t, cluster)
			if _, err := s.View(background, "alice"); err != nil {
				t.Fatal(err)
			}
			put(t, epochAt, old)
		}, want: NoEpoch},
		"a record of a later epoch": {spoil: func(t *testing.T, s *Store) {
			old := records(t, epochAt)[epochAt]
			nextEpoch(t, cluster)
			wants(t, s, alice, code(90), motp.Wrong)
			put(t, epochAt, old)
			s.epoch.Store(nil) // the host was started since
			s.seen.drop(at)
		}, want: Older},
		"deleted": {spoil: func(t *testing.T, s *Store) { remove(t, at) }, want: Gone},
		"older": {spoil: func(t *testing.T, s *Store) {
			old := records(t, at)[at]
			wants(t, s, alice, code(1), motp.Accepted)
			put(t, at, old)
		}, want: Older},
		"another of the same version": {spoil: func(t *testing.T, s *Store) {
			old := records(t, at)[at]
			wants(t, s, alice, code(1), motp.Accepted)
			put(t, at, old)
			other := open(t, config(t, cluster, "other"))
			wants(t, other, alice, code(2), motp.Accepted)
		}, want: Older},
		"of another name": {spoil: func(t *testing.T, s *Store) {
			wants(t, s, bob, code(1), motp.Accepted)
			put(t, at, records(t, placeOf("bob"))[placeOf("bob")])
		}, want: "corrupt"},
		"nothing": {spoil: func(t *testing.T, s *Store) { put(t, at, "") },
			want: "corrupt"},
		"of version 9": {spoil: func(t *testing.T, s *Store) {
			change := func(motp.Current) (motp.Next, error) {
				return motp.Next{Record: []byte("\x09 and more")}, nil
			}
			if err := s.Update(background, "alice", change); err != nil {
				t.Fatal(err)
			}
		}, want: "corrupt"},
		"nodes of another authority": {config: func(t *testing.T, c *Config) {
			_, _, c.CA = certOfAnother(t)
		}, want: Away, says: "unknown authority"},
		"a host of another authority": {config: func(t *testing.T, c *Config) {
			c.Cert, c.Key, _ = certOfAnother(t)
		}, want: Away, says: "certificate"},
		"nodes of another name": {config: func(t *testing.T, c *Config) {
			for i, at := range c.Endpoints {
				c.Endpoints[i] = strings.Replace(at, "127.0.0.1", "localhost", 1)
			}
		}, want: Away, says: "localhost"},
		"an expired certificate": {config: func(t *testing.T, c *Config) {
			c.Cert, c.Key = certUntil(t, time.Now().Add(-time.Hour))
		}, want: Away, says: "certificate"},
		"a revoked certificate": {config: func(t *testing.T, c *Config) {
			if err := cluster.Revoke(c.Cert); err != nil {
				t.Fatal(err)
			}
		}, want: Away, says: "revoked?"},
		"a user without rights": {config: func(t *testing.T, c *Config) {
			c.Cert, c.Key = cert(t, "stranger")
		}, want: Denied},
		"no user": {config: func(t *testing.T, c *Config) {
			c.Cert, c.Key = cert(t, "nobody")
		}, want: Denied},
		"rights that were taken": {spoil: func(t *testing.T, s *Store) {
			_, err := cluster.Root.UserRevokeRole(background, "motpd", "motpd")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				_, err := cluster.Root.UserGrantRole(background, "motpd", "motpd")
				if err != nil {
					t.Error(err)
				}
			})
		}, want: Denied},
		"no space": {spoil: func(t *testing.T, s *Store) {
			alarm(t, etcdserverpb.AlarmType_NOSPACE)
		}, want: Full, says: "alarm disarm"},
		"nodes that differ": {spoil: func(t *testing.T, s *Store) {
			alarm(t, etcdserverpb.AlarmType_CORRUPT)
		}, want: Away, says: "alarm disarm"},
		"a clock two minutes behind": {config: func(t *testing.T, c *Config) {
			c.Now = func() time.Time { return time.Now().Add(-2 * time.Minute) }
		}, want: ClockOff},
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			wants(t, open(t, config(t, cluster, "b")), alice, code(-1), motp.Accepted)
			mine := config(t, cluster, "a")
			if c.want == Away {
				mine.Wait = 500 * time.Millisecond
			}
			if c.config != nil {
				c.config(t, &mine)
			}
			s := open(t, mine)
			if c.spoil != nil {
				wants(t, s, alice, code(0), motp.Accepted)
				c.spoil(t, s)
			}
			before := revisions(t, recordsAt)
			err := refused(s, c.says)
			if got := reasonOf(err); got != c.want ||
				err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: %v; want %s, %q", got, err, c.want, c.says)
			}
			if after := revisions(t, recordsAt); !maps.Equal(before, after) {
				t.Errorf("something was written: %v, and %v before", after, before)
			}
		})
	}
}

// refused has alice log in until she is told what is expected: what is wrong with a node's
// connection is known once one was tried.
func refused(s *Store, says string) (err error) {
	for range 100 {
		_, err = verify(s, alice, code(5))
		if reasonOf(err) != Away || strings.Contains(err.Error(), says) {
			return err
		}
	}
	return fmt.Errorf("does not say %q: %w", says, err)
}

// alarm has the cluster raise an alarm, until the test is over.
func alarm(t *testing.T, kind etcdserverpb.AlarmType) {
	t.Helper()
	nodes := etcdserverpb.NewMaintenanceClient(cluster.Root.ActiveConnection())
	set := func(action etcdserverpb.AlarmRequest_AlarmAction) {
		_, err := nodes.Alarm(background, &etcdserverpb.AlarmRequest{Action: action,
			Alarm: kind})
		if err != nil {
			t.Error(err)
		}
	}
	set(etcdserverpb.AlarmRequest_ACTIVATE)
	t.Cleanup(func() { set(etcdserverpb.AlarmRequest_DEACTIVATE) })
}

// A request that fails at once, on all nodes, is not made as often as there is time for it.
func TestPatience(t *testing.T) {
	begin(t, cluster)
	s := open(t, config(t, cluster, "a"))
	wants(t, s, alice, code(0), motp.Accepted)
	for _, kv := range found(t, placeOf("alice")) {
		if _, err := cluster.Root.Compact(background, kv.ModRevision); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	ask := s.nodes.ask
	counting := &nodes{
		ask: func(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
			asked++
			return ask(ctx, r)
		},
	}
	ctx, cancel := context.WithTimeout(background, 500*time.Millisecond)
	defer cancel()
	// what is no more
	if _, err := counting.read(ctx, clientv3.OpGet(epochAt, clientv3.WithRev(1))); err == nil {
		t.Error("no error")
	}
	if asked > 50 {
		t.Errorf("asked %d times", asked)
	}
}

// A certificate that is revoked is good for as long as its connection is: whoever revokes one has
// to start the nodes anew.
func TestRevokedMeanwhile(t *testing.T) {
	begin(t, cluster)
	mine := config(t, cluster, "a")
	s := open(t, mine)
	wants(t, s, alice, code(0), motp.Accepted)
	if err := cluster.Revoke(mine.Cert); err != nil {
		t.Fatal(err)
	}
	wants(t, s, alice, code(1), motp.Accepted)
	cluster.Heal() // ends all connections
	s.wait = 500 * time.Millisecond
	if _, err := verify(s, alice, code(2)); reasonOf(err) != Unsure && reasonOf(err) != Away {
		t.Errorf("%v", err) // it was sent, perhaps, when the connection ended
	}
	if err := refused(s, "revoked?"); reasonOf(err) != Away ||
		!strings.Contains(err.Error(), "revoked?") {
		t.Errorf("%v", err)
	}
}

// A user who was disabled in the table a moment ago is refused, whatever this host has kept, and
// the record of neither tells who knows the code.
func TestDisabledMeanwhile(t *testing.T) {
	begin(t, cluster)
	a, b := open(t, config(t, cluster, "a")), open(t, config(t, cluster, "b"))
	wants(t, a, alice, code(0), motp.Accepted)
	disabled := alice
	disabled.Disabled = true
	wants(t, b, disabled, code(1), motp.Disabled)
	wants(t, a, disabled, code(1), motp.Disabled)
	wants(t, b, alice, code(1), motp.Accepted)
}

func cert(t *testing.T, user string) (cert, key string) {
	t.Helper()
	cert, key, err := cluster.Cert(user)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

func certOfAnother(t *testing.T) (cert, key, ca string) {
	t.Helper()
	cert, key, ca, err := cluster.CertOfAnother("motpd")
	if err != nil {
		t.Fatal(err)
	}
	return cert, key, ca
}

func certUntil(t *testing.T, until time.Time) (cert, key string) {
	t.Helper()
	cert, key, err := cluster.CertUntil("motpd", until)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// With a new epoch, what a record may have accepted since counts as used, on a host that had seen
// it as on one that had not; and a record that is missing then is no new user's.
func TestEpoch(t *testing.T) {
	begin(t, cluster)
	a, b := open(t, config(t, cluster, "a")), open(t, config(t, cluster, "b"))
	wants(t, a, alice, code(0), motp.Accepted)
	wants(t, a, bob, code(0), motp.Accepted)
	remove(t, placeOf("bob"))
	nextEpoch(t, cluster)
	v := motp.Verifier{Store: a, Policy: motp.DefaultPolicy}
	res, err := v.Verify(background, alice, code(5), noon)
	if err != nil || res.Verdict == motp.Accepted || !res.Doubt {
		t.Errorf("%+v, %v; want a replay, in doubt", res, err)
	}
	if got, err := verify(b, alice, code(5)); err != nil || got == motp.Accepted {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := verify(a, bob, code(5)); reasonOf(err) != "corrupt" {
		t.Errorf("bob: %v", err)
	}
}

// A login with nothing changed is one request, and two where another host has changed something;
// and so it is with a name that is nobody's.
func TestRoundTrips(t *testing.T) {
	begin(t, cluster)
	mine := config(t, cluster, "a")
	mine.beat = 24 * time.Hour
	var asked atomic.Int64
	s := altered(t, mine, func(s *Store) {
		ask := s.nodes.ask
		s.nodes.ask = func(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
			asked.Add(1)
			return ask(ctx, r)
		}
	})
	other := open(t, config(t, cluster, "b"))
	if err := s.clock.wait(background); err != nil {
		t.Fatal(err)
	}
	<-s.surveyed
	stranger := func() {
		v := motp.Verifier{Store: s, Policy: motp.DefaultPolicy}
		v.VerifyUnknown(background, "mallory", "000000", noon)
	}
	for _, step := range []struct {
		name string
		do   func()
		want int64
	}{
		{"the first", func() { wants(t, s, alice, code(0), motp.Accepted) }, 2},
		{"the next", func() { wants(t, s, alice, code(1), motp.Accepted) }, 1},
		{"a replay", func() { wants(t, s, alice, code(1), motp.Replay) }, 1},
		{"a wrong one", func() { wants(t, s, alice, "000000", motp.Wrong) }, 1},
		{"a stranger's first", stranger, 2},
		{"a stranger's next", stranger, 1},
		{"elsewhere", func() { wants(t, other, alice, code(2), motp.Accepted) }, 0},
		{"behind that", func() { wants(t, s, alice, code(2), motp.Replay) }, 2},
	} {
		asked.Store(0)
		step.do()
		if n := asked.Load(); n != step.want {
			t.Errorf("%s: %d requests, want %d", step.name, n, step.want)
		}
	}
}

// A host that was started after a record was made misses it when it goes, though it never used it.
func TestSurvey(t *testing.T) {
	begin(t, cluster)
	first := open(t, config(t, cluster, "a"))
	wants(t, first, alice, code(0), motp.Accepted)
	s := open(t, config(t, cluster, "b"))
	if err := s.clock.wait(background); err != nil {
		t.Fatal(err)
	}
	<-s.surveyed
	old := records(t, placeOf("alice"))[placeOf("alice")]
	wants(t, first, bob, code(0), motp.Accepted)
	remove(t, placeOf("alice"))
	if _, err := verify(s, alice, code(5)); reasonOf(err) != Gone {
		t.Errorf("%v, want %s", err, Gone)
	}
	put(t, placeOf("alice"), old)
	wants(t, s, alice, code(5), motp.Accepted)
	remove(t, placeOf("bob")) // whom nobody has seen here
	wants(t, s, bob, code(5), motp.Accepted)
}

// What a change says of a record that is no more does not count.
func TestErrorOfAnOldRecord(t *testing.T) {
	begin(t, cluster)
	a, b := open(t, config(t, cluster, "a")), open(t, config(t, cluster, "b"))
	set := func(s *Store, to string) {
		t.Helper()
		err := s.Update(background, "alice", func(motp.Current) (motp.Next, error) {
			return motp.Next{Record: []byte(to)}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	set(a, "old")
	set(b, "new")
	err := a.Update(background, "alice", func(c motp.Current) (motp.Next, error) {
		if string(c.Record) == "old" {
			return motp.Next{}, motp.ErrCorrupt
		}
		return motp.Next{Record: c.Record}, nil
	})
	if err != nil {
		t.Error(err)
	}
}
