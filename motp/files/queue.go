//go:build linux

package files

import (
	"context"
	"errors"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// lockWait is how long a call waits for others of the same user, in this process and in others,
// in all.
const lockWait = 5 * time.Second

// lookAgain is how often a call that waits for another process looks whether the record it waits
// for still has its name.
const lookAgain = 100 * time.Millisecond

// kernelWaits is how many threads of a process may wait in the kernel. A record that comes after
// them is tried every lookAgain.
const kernelWaits = 64

// stuckAfter is how long a call may have its turn until the record counts as one that is held:
// as a rule one goes on within milliseconds. Tests change it.
var stuckAfter = time.Second

// A patience is a call's context, and the end of its patience with others. The time is the
// monotonic clock's, so that a wall clock that is set neither ends nor prolongs it.
type patience struct {
	context.Context
	until time.Time
	crowd int // the store's Crowd
}

// patient gives a call its patience, once: what the call does step by step shares it.
func patient(ctx context.Context) patience {
	if p, ok := ctx.(patience); ok {
		return p
	}
	return patience{Context: ctx, until: time.Now().Add(lockWait)}
}

// patient is the patience of a call of the store's.
func (s Store) patient(ctx context.Context) patience {
	p := patient(ctx)
	p.crowd = s.Crowd
	return p
}

// A line is where the calls of this process wait for one record, in order. Who has the turn may
// lock the record, and keeps the turn while it is locked: so one at most waits in the kernel.
type line struct {
	path   string
	turn   chan struct{} // holds a token while nobody has the turn
	calls  int           // who have the turn, or wait for it; guarded by lines
	since  time.Time     // when the turn was taken last; guarded by lines
	waiter *waiter       // the one in the kernel, if any; whoever has the turn changes it
}

// lines are those that somebody stands in, or that a waiter belongs to.
var lines struct {
	sync.Mutex
	of map[string]*line
}

// lineUp waits for the turn.
func lineUp(p patience, path string) (*line, error) {
	lines.Lock()
	l := lines.of[path]
	if l == nil {
		l = &line{path: path, turn: make(chan struct{}, 1), since: time.Now()}
		l.turn <- struct{}{}
		if lines.of == nil {
			lines.of = map[string]*line{}
		}
		lines.of[path] = l
	}
	l.calls++
	held := l.calls > 1 && time.Since(l.since) > stuckAfter
	crowded := p.crowd > 0 && l.calls > 1+p.crowd
	lines.Unlock()
	select {
	case <-l.turn: // whoever waits for it gets it first: then there is none to be had here
		l.begin()
		return l, nil
	default:
	}
	if held && crowded {
		l.part()
		return nil, recordFile{path: path}.fail("lock", motp.ErrBusy)
	}
	timer := time.NewTimer(time.Until(p.until))
	defer timer.Stop()
	var err error
	select {
	case <-l.turn:
		l.begin()
		return l, nil
	case <-p.Done():
		err = p.Err()
	case <-timer.C:
		err = recordFile{path: path}.fail("lock", motp.ErrBusy)
	}
	l.part()
	return nil, err
}

// begin notes that the turn was taken.
func (l *line) begin() {
	lines.Lock()
	defer lines.Unlock()
	l.since = time.Now()
}

// leave gives the turn to the next.
func (l *line) leave() {
	l.begin() // for whoever is next, and may have to be woken up first
	l.turn <- struct{}{}
	l.part()
}

// part leaves the line. The last one leaves nothing behind but a waiter that the kernel keeps.
func (l *line) part() {
	lines.Lock()
	defer lines.Unlock()
	l.calls--
	if l.calls > 0 {
		return
	}
	if l.waiter != nil && !l.waiter.drop() {
		return // it ends the line when it comes back
	}
	delete(lines.of, l.path)
}

// lock locks a file that was opened while the caller has the turn. The file that it returns is
// locked; it may be another descriptor of the same file. With an error the file is closed, or left
// to the waiter.
func (l *line) lock(p patience, f recordFile) (recordFile, error) {
	if w := l.waiter; w != nil && w.f.sameAs(f) {
		f.close()
		f = w.f
	} else {
		l.dismiss()
		if locked, err := l.try(f); locked || err != nil {
			return f, err
		}
	}
	timer := time.NewTimer(time.Until(p.until))
	defer timer.Stop()
	for {
		if l.waiter == nil {
			l.send(f)
		}
		if locked, err := l.wait(p, timer, f); locked || err != nil {
			return f, err
		}
		if l.waiter == nil {
			if locked, err := l.try(f); locked || err != nil {
				return f, err
			}
		}
	}
}

// try locks a file without waiting. With an error it has closed it.
func (l *line) try(f recordFile) (locked bool, err error) {
	locked, err = f.tryLock()
	if err != nil {
		f.close()
	}
	return locked, err
}

// wait waits for the waiter, until it is time to look again. With an error the caller gives up.
func (l *line) wait(p patience, timer *time.Timer, f recordFile) (locked bool, err error) {
	var back chan error
	if l.waiter != nil {
		back = l.waiter.locked
	}
	tick := time.NewTimer(lookAgain)
	defer tick.Stop()
	select {
	case err := <-back:
		lines.Lock()
		l.waiter = nil
		lines.Unlock()
		if err != nil {
			f.close()
		}
		return err == nil, f.fail("lock", err)
	case <-tick.C:
		if err := f.check(); !errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		// the record is another file by now
		err = f.fail("open", unix.ENOENT)
		if !l.dismiss() {
			f.close()
		}
		return false, err
	case <-p.Done():
		err = p.Err()
	case <-timer.C:
		err = f.fail("lock", motp.ErrBusy)
	}
	if l.waiter == nil {
		f.close()
	}
	return false, err
}

// A waiter waits in the kernel for the lock of a file. The kernel lets nobody end that, so whoever
// gives up leaves it to the next one in the line.
type waiter struct {
	f      recordFile
	locked chan error // holds the outcome until somebody takes it
}

// kernelWaiting counts the waiters of all lines.
var kernelWaiting atomic.Int32

// dismiss has nobody wait for the waiter any more. It is false if there was none.
func (l *line) dismiss() bool {
	lines.Lock()
	defer lines.Unlock()
	if l.waiter == nil {
		return false
	}
	l.waiter.drop()
	l.waiter = nil
	return true
}

// drop closes the waiter's file if it has come back. lines is locked.
func (w *waiter) drop() bool {
	select {
	case <-w.locked:
		w.f.close()
		return true
	default:
		return false
	}
}

// send sends a waiter to the kernel, if another may go there. The file is the waiter's then.
func (l *line) send(f recordFile) {
	if kernelWaiting.Add(1) > kernelWaits {
		kernelWaiting.Add(-1)
		return
	}
	w := &waiter{f, make(chan error, 1)}
	lines.Lock()
	l.waiter = w
	lines.Unlock()
	go func() {
		err := f.take(true)
		kernelWaiting.Add(-1)
		lines.Lock()
		defer lines.Unlock()
		if l.waiter == w && l.calls > 0 {
			w.locked <- err
			return
		}
		f.close()
		if l.waiter == w {
			delete(lines.of, l.path)
		}
	}()
}
