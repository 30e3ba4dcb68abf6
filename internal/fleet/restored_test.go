package fleet

import (
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/etcd"
)

// restorable is a cluster of a test's own.
func restorable(t *testing.T) *etcd.Cluster {
	t.Helper()
	c, err := etcd.Start(t.TempDir(), etcd.Options{Heartbeat: 20 * time.Millisecond,
		Election: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	t.Cleanup(func() {
		if admin := admins[c]; admin != nil {
			admin.Close()
			delete(admins, c)
		}
	})
	begin(t, c)
	return c
}

// restoredSince is a cluster with a snapshot in force that knows neither bob nor what alice did
// last. first is a host that was up all the time.
func restoredSince(t *testing.T, token string) (c *etcd.Cluster, first *Store) {
	t.Helper()
	c = restorable(t)
	first = open(t, config(t, c, "a"))
	wants(t, first, alice, code(-9), motp.Accepted)
	snapshot, err := c.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	wants(t, first, alice, code(0), motp.Accepted)
	wants(t, first, bob, code(0), motp.Accepted)
	for range 50 { // so that the snapshot is far behind
		touch(t, first)
	}
	if err := c.Restore(snapshot, token); err != nil {
		t.Fatal(err)
	}
	return c, first
}

// A store that was restored, of which nobody has said so, judges nobody: neither on hosts that were
// up meanwhile nor, if the cluster got a name of its own, on those that start behind it.
func TestRestoredInSilence(t *testing.T) {
	_, same := restoredSince(t, "")
	if got, err := verify(same, alice, code(0)); reasonOf(err) != NoEpoch {
		t.Errorf("a host that was up, and a cluster of the old name: %v, %v", got, err)
	}
	c, first := restoredSince(t, "another")
	if got, err := verify(first, alice, code(0)); reasonOf(err) != NoEpoch {
		t.Errorf("a host that was up: %v, %v", got, err)
	}
	for _, u := range []motp.User{alice, bob} {
		again := open(t, config(t, c, "a"))
		if got, err := verify(again, u, code(0)); reasonOf(err) != NoEpoch {
			t.Errorf("%s, on a host that was started since: %v, %v", u.Name, got, err)
		}
	}
}

// With the new epoch of a restored store, all hosts go on, and no code from before is good: not
// that of a user of whom the snapshot knows nothing, on a host that was started since, either.
func TestRestored(t *testing.T) {
	c, first := restoredSince(t, "another")
	nextEpoch(t, c)
	again := open(t, config(t, c, "b"))
	for name, s := range map[string]*Store{"was up": first, "was started since": again} {
		if got, err := verify(s, alice, code(0)); got != motp.Replay || err != nil {
			t.Errorf("alice, on a host that %s: %v, %v", name, got, err)
		}
		if got, err := verify(s, bob, code(0)); reasonOf(err) != "corrupt" {
			t.Errorf("bob, on a host that %s: %v, %v", name, got, err)
		}
	}
}

// A restored store may have forgotten whoever it does not know, for as long as a code from before
// may be good. A new store has forgotten nobody.
func TestForgottenByTheStore(t *testing.T) {
	day := 24 * time.Hour
	for name, c := range map[string]struct {
		epochs int
		forget bool // alice is removed on purpose, before the last epoch
		since  time.Duration
		want   string
	}{
		"a new store":                     {epochs: 1, want: "none"},
		"a restored one":                  {epochs: 2, want: "corrupt"},
		"a restored one, a day later":     {epochs: 2, since: day, want: "none"},
		"who was removed":                 {epochs: 1, forget: true, want: "none"},
		"who was removed, and a snapshot": {epochs: 2, forget: true, want: "corrupt"},
		"who was removed, a day before": {epochs: 2, forget: true, since: day,
			want: "none"},
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			if c.forget {
				first := open(t, config(t, cluster, "a"))
				wants(t, first, alice, code(-9), motp.Accepted)
				if err := first.Forget(background, "alice"); err != nil {
					t.Fatal(err)
				}
				first.Close()
			}
			for range c.epochs - 1 {
				nextEpoch(t, cluster)
			}
			later := config(t, cluster, "b")
			later.Now = func() time.Time { return time.Now().Add(c.since) }
			later.beat = 50 * time.Millisecond
			s := open(t, later)
			if err := s.clock.wait(background); err != nil {
				t.Fatal(err)
			}
			if _, err := verify(s, alice, code(0)); reasonOf(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// An epoch has a number of its own, whatever was lost with the one before: all hosts go on.
func TestNumberOfAnEpoch(t *testing.T) {
	begin(t, cluster)
	old := records(t, epochAt)[epochAt]
	s := open(t, config(t, cluster, "a"))
	wants(t, s, alice, code(0), motp.Accepted)
	admin, later := administrators(t, cluster), time.Duration(0)
	_ = admin.clock.wait(background) // its clock is looked at no more then
	admin.now = func() time.Time { return time.Now().Add(later) }
	defer func() { admin.now = time.Now }()
	for what, lose := range map[string]func(){
		"restored twice":    func() { put(t, epochAt, old) },
		"lost, and records": func() { remove(t, epochAt) },
	} {
		nextEpoch(t, cluster)
		if c, err := s.View(background, "alice"); err != nil || !c.Doubt {
			t.Fatalf("%+v, %v; want doubt", c, err)
		}
		lose()
		later += time.Minute
		nextEpoch(t, cluster)
		if c, err := s.View(background, "alice"); err != nil || !c.Doubt ||
			s.epoch.Load().first {
			t.Errorf("%s: %+v, %v; want doubt, in a later epoch", what, c, err)
		}
	}
}
