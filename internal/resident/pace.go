package resident

import (
	"sync"
	"time"
)

// A pace is how often programs of one account are answered that are neither root's nor granted more
// in motp.conf: each answer is a line in the log, where they would have others' lines drown. A
// person's own logins are far below. What is more waits, and holds one of the account's few
// connections meanwhile.
type pace struct {
	every time.Duration // 0 for no limit

	mu   sync.Mutex
	next map[uint32]time.Time // when an account would be up to date, in turns of every
}

// The limits: so many at once, and then one in so long. With sixteen connections at most nobody
// waits longer than 1.6 seconds, which with loginWait is less than a program waits.
const (
	paceAtOnce = 30
	paceEvery  = 100 * time.Millisecond
)

// paceAccounts is how many accounts are known before those that are up to date are forgotten.
const paceAccounts = 1024

// keep waits until it is an account's turn.
func (p *pace) keep(uid uint32) { time.Sleep(p.wait(uid, time.Now())) }

// wait takes an account's next turn, and returns how long it is until then.
func (p *pace) wait(uid uint32, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.next) >= paceAccounts {
		for other, next := range p.next {
			if !next.After(now) {
				delete(p.next, other)
			}
		}
	}
	if p.next == nil {
		p.next = make(map[uint32]time.Time)
	}
	next := p.next[uid]
	if next.Before(now) {
		next = now
	}
	p.next[uid] = next.Add(p.every)
	return max(0, next.Sub(now)-(paceAtOnce-1)*p.every)
}
