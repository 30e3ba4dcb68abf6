package fleet

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/etcd"
)

// A fleet of servers is some that share one store.
type servers []motp.Verifier

// start starts a cluster, and some servers on it.
func start(t *testing.T, hosts int) (*etcd.Cluster, servers) {
	t.Helper()
	c, err := etcd.Start(t.TempDir(), etcd.Options{Heartbeat: 50 * time.Millisecond,
		Election: 500 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	if err := Begin(c); err != nil {
		t.Fatal(err)
	}
	var all servers
	for i := range hosts {
		s, err := Open(c, fmt.Sprint("host", i))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		all = append(all, motp.Verifier{Store: s, Policy: motp.DefaultPolicy})
	}
	return c, all
}

// atOnce has somebody try something on each server at the same moment, so many times.
func (all servers) atOnce(t *testing.T, u motp.User, times int, typed func(i int) string) (
	verdicts map[motp.Verdict]int) {
	t.Helper()
	var mu sync.Mutex
	verdicts = map[motp.Verdict]int{}
	release := make(chan struct{})
	var group sync.WaitGroup
	for i := range times * len(all) {
		group.Add(1)
		go func() {
			defer group.Done()
			<-release
			res, err := all[i%len(all)].Verify(context.Background(), u, typed(i), noon)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			verdicts[res.Verdict]++
		}()
	}
	close(release)
	group.Wait()
	return verdicts
}

// One code that is typed on five servers at the same moment is good on one of them; fifty guesses,
// spread over five, are eight, and who is locked is so on all.
func TestServersAtOnce(t *testing.T) {
	_, all := start(t, 5)
	for n := range 4 {
		u := person(n)
		for k := range codes {
			at := noon.Add(time.Duration(k-codes/2) * motp.StepLength)
			code := u.Tokens[0].Code(at)
			got := all.atOnce(t, u, 1, func(int) string { return code })
			if got[motp.Accepted] != 1 || got[motp.Replay] != len(all)-1 {
				t.Fatalf("one code on %d servers: %v", len(all), got)
			}
		}
	}
	guesser := person(1000)
	got := all.atOnce(t, guesser, 10, func(i int) string { return fmt.Sprintf("%06x", i) })
	if got[motp.Wrong] != 8 || got[motp.Locked] != 42 {
		t.Errorf("fifty guesses over five servers: %v", got)
	}
	if err := all[0].Unlock(t.Context(), guesser, noon); err != nil {
		t.Fatal(err)
	}
	got = all.atOnce(t, guesser, 1, func(int) string { return guesser.Tokens[0].Code(noon) })
	if got[motp.Accepted] != 1 {
		t.Errorf("unlocked on one server, of five: %v", got)
	}
}

// A leader that is killed while 64 sessions log in keeps nobody out, nor does it that it is gone.
// How long anybody waited, "make prove" tells.
func TestLeaderKilled(t *testing.T) {
	waits, err := Drill{Hosts: 2, Sessions: 64, Wait: time.Minute}.Leaders(1)
	if err != nil || waits[0].Logins < 64 || len(waits[0].Refused) > 0 {
		t.Errorf("%+v, %v", waits, err)
	}
}

// Without a majority of nodes nobody gets in, and everybody is told so in time; with it, they do.
func TestNoMajority(t *testing.T) {
	w, err := Drill{Hosts: 2, Sessions: 4, Wait: 2 * time.Second}.Majority()
	if err != nil || w.Logins == 0 || len(w.Refused) != w.Logins {
		t.Errorf("%+v, %v", w, err)
	}
	for _, err := range w.Refused {
		var e *fleet.Error
		if !errors.As(err, &e) || e.Reason() != fleet.Away && e.Reason() != fleet.Unsure {
			t.Errorf("%v", err)
		}
	}
}
