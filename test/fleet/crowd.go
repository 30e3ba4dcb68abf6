package fleet

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A Crowd is people who log in on all servers, again and again, each code for the first time.
type Crowd struct {
	servers  []motp.Verifier
	behind   int
	sessions sync.WaitGroup

	mu     sync.Mutex
	moved  *sync.Cond
	over   bool
	done   []int // logins of each session
	logins []Login
}

// A Login is when one began, when its person was told, and why they were refused if they were.
type Login struct {
	Began, Ended time.Time
	Refused      error
}

// Gather has so many sessions begin.
func Gather(stores []motp.Store, sessions int) *Crowd { return gather(stores, sessions, 0) }

// gather is Gather with people who come behind so many others.
func gather(stores []motp.Store, sessions, behind int) *Crowd {
	c := &Crowd{done: make([]int, sessions), behind: behind}
	c.moved = sync.NewCond(&c.mu)
	for _, s := range stores {
		c.servers = append(c.servers, motp.Verifier{Store: s, Policy: motp.DefaultPolicy})
	}
	for n := range sessions {
		c.sessions.Add(1)
		go func() {
			defer c.sessions.Done()
			c.session(n)
		}()
	}
	return c
}

// session logs people in on one server.
func (c *Crowd) session(n int) {
	v := c.servers[n%len(c.servers)]
	for i := 0; ; i++ {
		u := person((c.behind+n)*1000 + i/codes)
		at := noon.Add(time.Duration(i%codes-codes/2) * motp.StepLength)
		began := time.Now()
		res, err := v.Verify(context.Background(), u, u.Tokens[0].Code(at), noon)
		if err == nil && res.Verdict != motp.Accepted {
			err = fmt.Errorf("a new code: %v", res.Verdict)
		}
		if !c.note(n, Login{began, time.Now(), err}) {
			return
		}
	}
}

// note notes a login, and says whether there is to be another.
func (c *Crowd) note(n int, l Login) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.logins = append(c.logins, l)
	c.done[n]++
	c.moved.Broadcast()
	return !c.over
}

// Await waits until so many logins of each session have begun and ended.
func (c *Crowd) Await(more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n, done := range slices.Clone(c.done) {
		for enough := done + more + 1; c.done[n] < enough; { // one was on its way
			c.moved.Wait()
		}
	}
}

// AwaitAccepted waits until a login was accepted that ended after a time, and returns when.
func (c *Crowd) AwaitAccepted(after time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	for looked := 0; ; c.moved.Wait() {
		for ; looked < len(c.logins); looked++ {
			if l := c.logins[looked]; l.Refused == nil && l.Ended.After(after) {
				return l.Ended
			}
		}
	}
}

// Disperse ends the sessions, and returns all logins.
func (c *Crowd) Disperse() []Login {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.sessions.Wait()
	return c.logins
}

// person is somebody with a token.
func person(n int) motp.User {
	return motp.User{Name: fmt.Sprint("person", n),
		Tokens: []motp.Token{{Secret: "0123456789abcdef", PIN: "6666"}}}
}
