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

func person(n int) motp.User {
	return motp.User{Name: fmt.Sprint("person", n),
		Tokens: []motp.Token{{Secret: "0123456789abcdef", PIN: "6666"}}}
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

// A crowd is people who log in on all servers, each code for the first time.
type crowd struct {
	mu      sync.Mutex
	moved   *sync.Cond
	done    int
	over    bool
	refused []error
	longest time.Duration
}

// await waits until so many more have logged in.
func (c *crowd) await(more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for enough := c.done + more; c.done < enough; {
		c.moved.Wait()
	}
}

func (c *crowd) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
}

// note notes a login, and says whether there is to be another.
func (c *crowd) note(took time.Duration, verdict motp.Verdict, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && verdict != motp.Accepted {
		err = fmt.Errorf("a new code: %v", verdict)
	}
	if err != nil {
		c.refused = append(c.refused, err)
	}
	c.done++
	c.longest = max(c.longest, took)
	c.moved.Broadcast()
	return !c.over
}

// logIn has somebody log in on a server, again and again.
func (c *crowd) logIn(v motp.Verifier, n int) {
	for i := 0; ; i++ {
		began := time.Now()
		u := person(n*1000 + i/codes)
		at := noon.Add(time.Duration(i%codes-codes/2) * motp.StepLength)
		res, err := v.Verify(context.Background(), u, u.Tokens[0].Code(at), noon)
		if !c.note(time.Since(began), res.Verdict, err) {
			return
		}
	}
}

// A leader that is killed while 64 sessions log in keeps nobody out, nor does it that it is gone.
func TestLeaderKilled(t *testing.T) {
	cluster, all := start(t, 2)
	c := &crowd{}
	c.moved = sync.NewCond(&c.mu)
	var group sync.WaitGroup
	for i := range 64 {
		group.Add(1)
		go func() {
			defer group.Done()
			c.logIn(all[i%len(all)], i)
		}()
	}
	c.await(200)
	leader, err := cluster.Leader()
	if err == nil {
		leader.Kill()
		_, err = cluster.Leader()
	}
	c.await(200)
	c.end()
	group.Wait()
	t.Logf("%d logins, the longest took %v", c.done, c.longest)
	if err != nil || len(c.refused) > 0 {
		t.Errorf("%v; refused: %v", err, c.refused)
	}
}

// Without a majority of nodes nobody gets in, and everybody is told so in time; with it, they do.
func TestNoMajority(t *testing.T) {
	c, all := start(t, 2)
	for i, v := range all { // all is well at first
		u := person(i)
		if _, err := v.Verify(t.Context(), u, u.Tokens[0].Code(noon), noon); err != nil {
			t.Fatal(err)
		}
	}
	c.Nodes[0].Kill()
	c.Nodes[1].Kill()
	var group sync.WaitGroup
	for i, v := range all {
		group.Add(1)
		go func() {
			defer group.Done()
			u := person(i)
			code := u.Tokens[0].Code(noon.Add(motp.StepLength))
			res, err := v.Verify(context.Background(), u, code, noon)
			var e *fleet.Error
			if !errors.As(err, &e) || e.Reason() != fleet.Away &&
				e.Reason() != fleet.Unsure || res != (motp.Result{}) {
				t.Errorf("%+v, %v", res, err)
			}
		}()
	}
	group.Wait()
	if err := c.Nodes[0].Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Leader(); err != nil {
		t.Fatal(err)
	}
	for i, v := range all {
		u := person(i)
		later := u.Tokens[0].Code(noon.Add(2 * motp.StepLength))
		res, err := v.Verify(t.Context(), u, later, noon)
		if err != nil || res.Verdict != motp.Accepted {
			t.Errorf("%+v, %v", res, err)
		}
	}
}
