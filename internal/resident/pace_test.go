package resident

import (
	"sync"
	"testing"
	"time"
)

// So many at once are answered at once, and then one in so long; each account has its own turns,
// and none is remembered that is up to date.
func TestPace(t *testing.T) {
	p := pace{every: paceEvery}
	now := time.Unix(1_000_000, 0)
	for i := range paceAtOnce {
		if wait := p.wait(1, now); wait != 0 {
			t.Fatalf("number %d waits %v", i+1, wait)
		}
	}
	for i := range 16 {
		want := time.Duration(i+1) * paceEvery
		if wait := p.wait(1, now); wait != want {
			t.Fatalf("number %d waits %v, want %v", paceAtOnce+i+1, wait, want)
		}
	}
	if wait := p.wait(2, now); wait != 0 {
		t.Errorf("another account waits %v", wait)
	}
	now = now.Add(16 * paceEvery)
	if wait := p.wait(1, now); wait != paceEvery {
		t.Errorf("when its turns have passed it waits %v", wait)
	}
	now = now.Add(time.Minute)
	for uid := range uint32(2 * paceAccounts) {
		p.wait(uid, now)
		now = now.Add(2 * paceEvery)
	}
	if len(p.next) > paceAccounts {
		t.Errorf("%d accounts are remembered", len(p.next))
	}
}

// Whoever can have a line written and is neither root nor granted it has turns.
func TestWhoIsPaced(t *testing.T) {
	l := newLab(t, table("callers = www-data: sshd\nself_service = yes\n", "daemon"))
	own := l.request("daemon").answered(wrong())
	for what, c := range map[string]struct {
		uid   int
		send  []byte
		paced bool
	}{
		"one's own account": {daemonUID, own.packet(), true},
		"another account": {daemonUID,
			l.request("root").answered("x").packet(), true},
		"a malformed packet":    {daemonUID, []byte{0x92}, true},
		"a malformed query":     {daemonUID, []byte{0x93}, true},
		"self-service":          {daemonUID, []byte("\x93\x01{\"verb\":\"sync\"}"), true},
		"granted":               {webUID, own.packet(), false},
		"root":                  {rootUID, own.packet(), false},
		"root, malformed":       {rootUID, []byte{0x92}, false},
		"root, malformed query": {rootUID, []byte{0x93}, false},
	} {
		l.server.pace.mu.Lock()
		l.server.pace.next = nil
		l.server.pace.mu.Unlock()
		client := l.dial(c.uid)
		client.hello()
		client.send(c.send)
		client.receive()
		client.close()
		l.server.pace.mu.Lock()
		if _, paced := l.server.pace.next[uint32(c.uid)]; paced != c.paced {
			t.Errorf("%s is paced: %v", what, paced)
		}
		l.server.pace.mu.Unlock()
	}
}

// However many programs that are not root's have lines written at once, no line is lost: theirs, or
// another's, for which nobody waits.
func TestNobodysLineIsLost(t *testing.T) {
	j := &journal{lines: make(chan entry, journalRoom)}
	var programs sync.WaitGroup
	for range mostForOthers {
		programs.Add(1)
		go func() {
			defer programs.Done()
			for range 20 {
				j.tell(priorityNotice, "theirs")
			}
		}()
	}
	told := make(chan struct{})
	go func() {
		programs.Wait()
		close(told)
	}()
	theirs, roots := 0, 0
	take := func(e entry) {
		if e.line == "theirs" {
			theirs++
			if e.written != nil {
				close(e.written)
			}
		} else {
			roots++
		}
	}
	noted := 0
	for done := false; !done; {
		select {
		case e := <-j.lines:
			take(e)
			if e.line == "theirs" && theirs%100 == 0 {
				j.note(priorityError, "root's")
				noted++
			}
		case <-told:
			done = true
		}
	}
	for len(j.lines) > 0 {
		take(<-j.lines)
	}
	if lost := j.lost.Load(); lost > 0 || theirs != 20*mostForOthers || roots != noted {
		t.Errorf("%d are lost; there are %d of theirs, %d of %d of root's", lost, theirs,
			roots, noted)
	}
}

// Where the log takes no lines, one wait is all; where it does again, it is waited for again.
func TestLogThatIsStuck(t *testing.T) {
	j := &journal{lines: make(chan entry, journalRoom)}
	j.tell(priorityNotice, "first")
	if !j.stuck.Load() {
		t.Error("nobody has noticed")
	}
	for range 2 * journalRoom {
		j.tell(priorityNotice, "more")
	}
	if lost := j.lost.Load(); lost != journalRoom+1 {
		t.Errorf("%d lines are lost", lost)
	}
	said := make(chan string, 2*journalRoom)
	go j.write(func(e entry) { said <- e.line })
	eventually(t, "the log takes lines again", func() bool { return !j.stuck.Load() })
	j.tell(priorityNotice, "last")
	for line := range said {
		if line == "last" {
			break
		}
	}
}
