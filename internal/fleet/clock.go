package fleet

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// beatEvery is how often a host writes what its clock says. Where all that stands there is
	// old, it takes one more look to know whether this clock is ahead or the others are no
	// more: less than a login waits.
	beatEvery = 2 * time.Second

	// mostSkew is how far the clocks of two hosts may be from each other.
	mostSkew = 30 * time.Second
)

// A clock knows whether this host's clock is that of the others. Each host writes its time every
// few seconds. One that was written between two looks at it must be a time between these looks,
// whatever the network does. Versions of what a host writes go up: an old one that is put back
// says nothing.
type clock struct {
	now   func() time.Time
	every time.Duration
	me    attempt // is in all that this store writes

	mu      sync.Mutex
	changed chan struct{} // closed with each look, and with each that failed
	known   bool          // how the clock is
	err     error         // what is wrong with it
	trouble error         // why the last look failed
	looked  time.Time     // when the last one began, by this host's clock
	beats   map[string]beat
	twin    beat   // of another host that has this one's name
	last    uint64 // version of what this host wrote last
}

// Beats are what hosts have written, as a look found it.
type beats struct {
	others map[string]value
	mine   value // behind this host's own name; another host's, if that was given the same
}

// A beat is what a host wrote last.
type beat struct {
	version uint64
	off     bool      // when it was new, it was not this host's time
	fresh   time.Time // when that was
}

func newClock(now func() time.Time, every time.Duration) *clock {
	return &clock{now: now, every: every, me: newAttempt(), changed: make(chan struct{}),
		beats: map[string]beat{}, last: uint64(now().UnixNano())}
}

// wait waits until it is known how the clock is, and returns an error if it is wrong.
func (c *clock) wait(ctx context.Context) error {
	for {
		known, changed, err := c.stands()
		if known || err != nil && !isAway(err) {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			if err != nil {
				return err
			}
			return fail(ClockOff, "this host's clock was not compared with the "+
				"others' yet; log in again", nil)
		}
	}
}

func isAway(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.reason == Away
}

// stands tells how the clock is: err is what is wrong with it, or with the look at the others if it
// is not known. changed is closed when that changes.
func (c *clock) stands() (known bool, changed <-chan struct{}, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known {
		return true, nil, c.err
	}
	return false, c.changed, c.trouble
}

// fails notes that the others' clocks could not be read.
func (c *clock) fails(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trouble = err
	c.tell()
}

func (c *clock) tell() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// looks takes what hosts have written, as a look found it that began at some time.
func (c *clock) looks(began time.Time, written beats) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	live, off := 0, 0
	for host, v := range written.others {
		b := c.beats[host].next(v, c.looked, now)
		c.beats[host] = b
		if c.isFresh(b) {
			live++
			if b.off {
				off++
			}
		}
	}
	// One of this host's name cannot say that all is well: it may be this host.
	if c.sibling(written.mine, now) {
		live++
		off++
	}
	// At first, hosts that are no more cannot be told from a clock that is ahead.
	c.known = c.known || !c.looked.IsZero() || live > 0 || len(written.others) == 0
	c.looked, c.trouble, c.err = began, nil, nil
	if 2*off > live {
		c.err = fail(ClockOff, "this host's clock is not that of the fleet: set the "+
			"clocks of all hosts (timedatectl); nothing was counted", nil)
	}
	c.tell()
}

func (c *clock) isFresh(b beat) bool { return time.Since(b.fresh) < 3*c.every }

// sibling says whether another host has this host's name and another time. What it wrote is later
// than what this host wrote last.
func (c *clock) sibling(v value, now time.Time) bool {
	if !c.looked.IsZero() && v.newest() != c.me && v.version > c.last {
		c.twin = c.twin.next(v, c.looked, now)
	}
	return c.twin.off && c.isFresh(c.twin)
}

// version is that of what this host writes next, behind what stands there.
func (c *clock) version(there value) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last, there.version) + 1
	return c.last
}

// next is what is known of a host behind another look at what it wrote. looked is when the look
// before began; zero at the first.
func (b beat) next(v value, looked, now time.Time) beat {
	says := v.time()
	ahead := says.After(now.Add(mostSkew))
	switch {
	case v.version <= b.version:
		return b
	case looked.IsZero() && !ahead && says.Before(now.Add(-mostSkew-beatEvery)):
		return beat{version: v.version} // it is no more, or this clock is ahead
	case looked.IsZero():
		return beat{v.version, ahead, time.Now()}
	}
	return beat{v.version, ahead || says.Before(looked.Add(-mostSkew)), time.Now()}
}

// beat looks at the others' clocks, and writes this host's time, until the context ends. Nobody is
// judged before the first look.
func (s *Store) beat(ctx context.Context) {
	ticker := time.NewTicker(s.clock.every)
	defer ticker.Stop()
	for {
		for !s.beatOnce(ctx) && ctx.Err() == nil {
			pause(ctx, s.clock.every/20)
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func pause(ctx context.Context, long time.Duration) {
	select {
	case <-time.After(long):
	case <-ctx.Done():
	}
}

// beatOnce looks at the others' clocks, and writes this one. It is false if nothing could be read.
func (s *Store) beatOnce(ctx context.Context) bool {
	at := hostsAt + motp.EncodeName(s.host)
	began, before := s.now(), s.before(at)
	wait, cancel := s.brief(ctx)
	defer cancel()
	resp, err := s.nodes.read(wait, clientv3.OpGet(epochAt),
		clientv3.OpGet(hostsAt, beatsEnd))
	if err == nil {
		_, err = s.learn(resp, before)
	}
	if err != nil {
		s.clock.fails(err)
		return false
	}
	written := beats{others: map[string]value{}}
	for _, kv := range resp.Responses[1].GetResponseRange().GetKvs() {
		v, ok := s.key.open(string(kv.Key), kv.Value)
		switch {
		case !ok:
		case string(kv.Key) == at && !s.visit:
			written.mine = v
		default:
			written.others[string(kv.Key)] = v
		}
	}
	s.clock.looks(began, written)
	if s.visit {
		return true
	}
	v := value{version: s.clock.version(written.mine), attempts: []attempt{s.clock.me},
		record: timeRecord(s.now())}
	// who cannot write, as where there is no space, is not seen by others, and sees them
	_, _ = s.nodes.ask(wait, request{then: []clientv3.Op{
		clientv3.OpPut(at, string(s.key.seal(at, v)))}})
	return true
}
