package storetest

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

func rehearse(t *testing.T, s Subject) {
	put(t, s, "alice", "of alice")
	for _, name := range append([]string{"", "mallory"}, oddNames...) {
		for range 2 {
			calls := 0
			s.Rehearse(background, name, func(c motp.Current) (motp.Next, error) {
				calls++
				if c.Room < leastRoom || string(c.Record) == "of alice" {
					t.Errorf("for %q: %+v", name, c)
				}
				return motp.Next{Record: []byte("of nobody")}, nil
			})
			if calls == 0 {
				t.Errorf("for %q no work is done", name)
			}
		}
		if name != "" && name != "alice" {
			s.wants(t, name, none)
		}
	}
	s.wants(t, "alice", "of alice")
	if got, err := s.Names(background); err != nil || len(got) != 1 {
		t.Errorf("%q, %v; want alice alone", got, err)
	}
}

// strangersWait checks that those who ask with one name wait for each other, and for nobody else.
func strangersWait(t *testing.T, s Subject) {
	s.Rehearse(background, "mallory", to("x")) // so that there is something to wait for
	var inside atomic.Int32
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			s.Rehearse(background, "mallory", func(motp.Current) (motp.Next, error) {
				if n := inside.Add(1); n > 1 {
					t.Errorf("%d of one name at once", n)
				}
				for range 100 {
					runtime.Gosched()
				}
				inside.Add(-1)
				return motp.Next{Record: []byte("x")}, nil
			})
		}()
	}
	group.Wait()

	entered, free, done := make(chan bool, 9), make(chan struct{}), make(chan bool, 1)
	go func() {
		s.Rehearse(background, "mallory", func(motp.Current) (motp.Next, error) {
			entered <- true
			<-free
			return motp.Next{Record: []byte("x")}, nil
		})
		done <- true
	}()
	comes(t, "a stranger's turn", entered)
	other := make(chan bool, 1)
	go func() {
		s.Rehearse(background, "trudy", to("x"))
		other <- true
	}()
	comes(t, "the turn of another name", other)
	put(t, s, "mallory", "a user by now")
	close(free)
	comes(t, "the end", done)
	s.wants(t, "mallory", "a user by now")
}
