package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// patience is how long a test waits for what must come.
const patience = time.Minute

// comes waits for what must come.
func comes[T any](t *testing.T, what string, from <-chan T) (got T) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case got = <-from:
	case <-timer.C:
		t.Fatalf("%s never comes", what)
	}
	return got
}

// count adds one to a number that the record is.
func count(c motp.Current) (motp.Next, error) {
	n, _ := strconv.Atoi(string(c.Record))
	runtime.Gosched()
	return motp.Next{Record: strconv.AppendInt(nil, int64(n+1), 10)}, nil
}

func races(t *testing.T, s Subject) {
	const callers, each = 8, 10
	var group sync.WaitGroup
	for _, store := range s.stores(t) {
		for range callers {
			group.Add(1)
			go func() {
				defer group.Done()
				for range each {
					if err := store.Update(background, "alice",
						count); err != nil {
						t.Error(err)
					}
				}
			}()
		}
	}
	group.Wait()
	s.wants(t, "alice", fmt.Sprint(len(s.stores(t))*callers*each))
}

func usersDoNotWait(t *testing.T, s Subject) {
	inside, done := make(chan bool, 9), make(chan error, 1)
	free := make(chan struct{})
	go func() {
		done <- s.Update(background, "alice", func(motp.Current) (motp.Next, error) {
			inside <- true
			<-free
			return motp.Next{Record: []byte("of alice")}, nil
		})
	}()
	comes(t, "alice's turn", inside)
	for _, store := range s.stores(t) {
		put(t, store, "bob", "of bob")
	}
	s.wants(t, "bob", "of bob")
	s.wants(t, "alice", none) // who looks does not wait, either
	close(free)
	if err := comes(t, "alice's change", done); err != nil {
		t.Error(err)
	}
	s.wants(t, "alice", "of alice")
}

func neverStale(t *testing.T, s Subject) {
	stores := s.stores(t)
	var told atomic.Int64
	done := make(chan struct{})
	var group sync.WaitGroup
	for _, store := range stores {
		group.Add(1)
		go func() {
			defer group.Done()
			for {
				least := told.Load()
				c, err := store.View(background, "alice")
				n, _ := strconv.Atoi(string(c.Record))
				if err != nil || c.Doubt || int64(n) < least {
					t.Errorf("%d, doubt %v, %v, when change %d had been told",
						n, c.Doubt, err, least)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		}()
	}
	for n := range int64(50) {
		if err := stores[n%int64(len(stores))].Update(background, "alice",
			count); err != nil {
			t.Error(err)
		}
		told.Store(n + 1)
		s.wants(t, "alice", fmt.Sprint(n+1))
	}
	close(done)
	group.Wait()
}

func canceled(t *testing.T, s Subject) {
	over, cancel := context.WithCancel(background)
	cancel()
	called := func(c motp.Current) (motp.Next, error) {
		return motp.Next{Record: []byte("changed")}, nil
	}
	for _, want := range []string{none, "before"} {
		if want != none {
			put(t, s, "alice", want)
		}
		_, viewErr := s.View(over, "alice")
		_, namesErr := s.Names(over)
		for call, err := range map[string]error{
			"Update":  s.Update(over, "alice", called),
			"Prepare": s.Prepare(over, "alice", called),
			"Forget":  s.Forget(over, "alice"), "View": viewErr, "Names": namesErr,
		} {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v, want %v", call, err, context.Canceled)
			}
		}
		s.Rehearse(over, "mallory", func(c motp.Current) (motp.Next, error) {
			t.Error("a rehearsal that is canceled takes place")
			return called(c)
		})
		s.wants(t, "alice", want)
	}
}

// busy has somebody be in the middle of a change of alice's until free is called.
func busy(t *testing.T, store motp.Store) (free func()) {
	t.Helper()
	inside, goOn, done := make(chan bool, 9), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- store.Update(background, "alice", func(motp.Current) (motp.Next, error) {
			inside <- true
			<-goOn
			return motp.Next{Record: []byte("of the one before")}, nil
		})
	}()
	comes(t, "the turn", inside)
	return func() {
		t.Helper()
		close(goOn)
		if err := comes(t, "the change", done); err != nil {
			t.Error(err)
		}
	}
}

// A watched context tells when somebody waits for its end.
type watched struct {
	context.Context
	asked chan bool
}

func (c watched) Done() <-chan struct{} {
	select {
	case c.asked <- true:
	default:
	}
	return c.Context.Done()
}

func canceledWhileWaiting(t *testing.T, s Subject) {
	for _, store := range s.stores(t) {
		put(t, s, "alice", "before")
		free := busy(t, s.Store)
		done := make(chan error, 1)
		for _, wait := range []func(ctx context.Context) error{
			func(ctx context.Context) error {
				return store.Update(ctx, "alice", to("given up"))
			},
			func(ctx context.Context) error { return store.Forget(ctx, "alice") },
		} {
			over, cancel := context.WithCancel(background)
			ctx := watched{over, make(chan bool, 99)}
			go func() { done <- wait(ctx) }()
			comes(t, "somebody who waits", ctx.asked)
			cancel()
			if err := comes(t, "the end of the wait", done); !errors.Is(err,
				context.Canceled) {
				t.Errorf("%v, want %v", err, context.Canceled)
			}
		}
		free()
		s.wants(t, "alice", "of the one before")
		put(t, store, "alice", "after")
		s.wants(t, "alice", "after")
	}
}

func held(t *testing.T, s Subject) {
	if s.Hold == nil {
		return
	}
	put(t, s, "alice", "before")
	release := s.Hold(t, "alice")
	done := make(chan error, 1)
	go func() { done <- s.Update(background, "alice", to("in vain")) }()
	s.wants(t, "alice", "before")
	put(t, s, "bob", "of bob")
	if err := comes(t, "the end of the wait", done); !errors.Is(err, motp.ErrBusy) {
		t.Errorf("%v, want ErrBusy", err)
	}
	release()
	s.wants(t, "alice", "before")
	put(t, s, "alice", "after")
	s.wants(t, "alice", "after")
}

func breakLock(t *testing.T, s Subject) {
	breaker, ok := s.Store.(motp.LockBreaker)
	if !ok || s.Hold == nil {
		return
	}
	if err := breaker.BreakLock(background, "alice"); err != nil {
		t.Errorf("without a record: %v", err)
	}
	s.wants(t, "alice", none)
	put(t, s, "alice", "before")
	if err := breaker.BreakLock(background, "alice"); err != nil {
		t.Errorf("of what nobody holds: %v", err)
	}
	release := s.Hold(t, "alice")
	defer release()
	if err := breaker.BreakLock(background, "alice"); err != nil {
		t.Fatal(err)
	}
	s.wants(t, "alice", "before")
	put(t, s, "alice", "after")
	s.wants(t, "alice", "after")
}
