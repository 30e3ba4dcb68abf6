package resident

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// hold keeps a user's record until it is let go.
func (l *lab) hold(user string) (letGo func()) {
	l.Helper()
	held, release, done := make(chan bool), make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		_ = l.site.Files.Update(context.Background(), user,
			func(motp.Current) (motp.Next, error) {
				close(held)
				<-release
				return motp.Next{}, errors.New("nothing is changed")
			})
	}()
	<-held
	return func() {
		close(release)
		<-done
	}
}

// A silentPair is a connection that was told HELLO, and the program at its other end.
func silentPair(t *testing.T) (*silent, *client) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	p, err := new(Server).pollable(pair[0])
	must(t, err)
	t.Cleanup(func() { _ = p.Close() })
	return &silent{p}, &client{t, pair[1]}
}

// When a silent connection's time is over, what was sent before is taken, and what comes later
// fails where it is sent: nobody is left in doubt whether a request was received.
func TestSilentConnectionsTime(t *testing.T) {
	buffer := make([]byte, 100)
	w, c := silentPair(t)
	c.send([]byte("in time"))
	must(t, w.SetReadDeadline(time.Now().Add(-time.Second)))
	if n, err := w.receive(buffer); err != nil || string(buffer[:n]) != "in time" {
		t.Errorf("what was sent in time: %q, %v", buffer[:n], err)
	}
	if err := c.trySend([]byte("late")); err != unix.EPIPE {
		t.Errorf("what is sent too late: %v", err)
	}

	w, c = silentPair(t)
	must(t, w.SetReadDeadline(time.Now().Add(-time.Second)))
	if n, err := w.receive(buffer); err != io.EOF {
		t.Errorf("nothing was sent: %d bytes, %v", n, err)
	}
	if err := c.trySend([]byte("late")); err != unix.EPIPE {
		t.Errorf("what is sent too late: %v", err)
	}

	w, c = silentPair(t)
	c.close()
	if n, err := w.receive(buffer); err != io.EOF {
		t.Errorf("a program that is gone: %d bytes, %v", n, err)
	}
}

// A motpd that ends answers what it has taken, and takes nothing more: a silent connection's
// program learns that nobody has its request, and who comes now is not greeted, so that both go to
// whoever listens next.
func TestStop(t *testing.T) {
	l := newLab(t, table("", "alice", "bob"))
	l.ask(rootUID, l.request("alice").answered(wrong())) // the record is there
	letGo := l.hold("alice")
	promised := l.dial(rootUID)
	promised.hello()
	promised.send(l.request("alice").answered(code(0)).packet())
	mute, plain := l.dial(rootUID), l.dial(daemonUID)
	mute.hello()
	plain.hello()
	eventually(t, "they wait", func() bool {
		return l.silent() == 2 && l.server.busy.Load() == 3
	})
	stopped := make(chan bool)
	go func() {
		l.server.stop()
		close(stopped)
	}()
	for _, c := range []*client{mute, plain} {
		if got := c.last(); !got.none() {
			t.Errorf("a silent connection: %+v", got)
		}
		err := c.trySend(l.request("bob").answered(code(0)).packet())
		if err != unix.EPIPE {
			t.Errorf("a request that comes too late: %v", err)
		}
	}
	for _, uid := range []int{rootUID, daemonUID} {
		if l.dial(uid).greeted() {
			t.Error("a motpd that ends greets")
		}
	}
	select {
	case <-stopped:
		t.Error("motpd has ended before it has answered")
	default:
	}
	letGo()
	got := promised.last()
	got.is(t, "what was promised an answer", success, got.line, "ok")
	<-stopped
	l.restart()
	got = l.ask(rootUID, l.request("bob").answered(code(0)))
	got.is(t, "the next motpd", success, got.line, "ok")
}

// A log that nobody reads keeps no motpd from ending.
func TestStopWhereNobodyReadsTheLog(t *testing.T) {
	l := newLab(t, "")
	stuck := &journal{lines: make(chan entry)}
	l.server.journal = stuck
	l.server.stopWait = 10 * time.Millisecond
	l.server.stop()
	stuck.note(priorityInfo, "a line")
	if stuck.lost.Load() != 1 {
		t.Error("a line that there is no room for is not counted")
	}
}

// A program that was asked for something and does not answer is not waited for long by a motpd that
// ends: nobody else is served meanwhile.
func TestStopWhileAProgramThinks(t *testing.T) {
	l := newLab(t, table("names = account\n", "alice", "daemon"))
	var all []*client
	for _, c := range []struct {
		uid     int
		request request
		asked   byte
	}{
		{rootUID, l.request("daemon", "use_first_pass"), 0x83},
		{daemonUID, l.request("daemon", "use_first_pass"), 0x83},
		{rootUID, l.request("daemon").answered(code(0)), 0x88},
	} {
		at := l.dial(c.uid)
		at.hello()
		at.send(c.request.packet())
		if asked := at.receive(); len(asked) != 1 || asked[0] != c.asked {
			t.Fatalf("asked % x, want %x", asked, c.asked)
		}
		all = append(all, at)
	}
	l.server.stopWait = talkWait / 2
	l.server.stop()
	if n := l.server.busy.Load(); n != 0 {
		t.Errorf("%d connections are still open", n)
	}
	for _, c := range all {
		if got := c.last(); got.code != unavailable {
			t.Errorf("who did not answer: %+v", got)
		}
	}
}

// A verdict that nobody is there to take is in motpd's own log.
func TestHostLost(t *testing.T) {
	l := newLab(t, table("callers = www-data: sshd\n", "alice"))
	l.ask(rootUID, l.request("alice").answered(wrong()))
	for i, uid := range []int{rootUID, webUID} {
		letGo := l.hold("alice")
		c := l.dial(uid)
		c.hello()
		c.send(l.request("alice").answered(code(int64(i))).packet())
		eventually(t, "it is received", func() bool {
			n, err := unix.IoctlGetInt(c.fd, unix.SIOCOUTQ)
			return err == nil && n == 0
		})
		c.close()
		letGo()
		if uid != rootUID { // whose lines motpd writes, whatever becomes of them
			contains(t, l.logged(), "<6>result=accepted reason=ok ")
		}
		line := l.logged()
		contains(t, line, "<3>result=denied reason=host-lost user=alice ",
			"accepted, ok")
		if strings.Contains(line, " rhost=") != (uid == rootUID) {
			t.Errorf("%q", line)
		}
	}
	// the codes are used all the same
	for i := range int64(2) {
		got := l.ask(rootUID, l.request("alice").answered(code(i)))
		got.is(t, "a code that was judged", authErr, got.line, "replay")
	}
}

// idle is what counts towards the end of a motpd that systemd starts again.
func TestIdle(t *testing.T) {
	l := newLab(t, table("", "alice"))
	l.server.began = time.Now().Add(-time.Hour)
	if idle := l.server.idleFor(); idle < time.Hour {
		t.Errorf("nobody has come: %v", idle)
	}
	c := l.dial(rootUID)
	c.hello()
	eventually(t, "it waits", func() bool { return l.silent() == 1 })
	if idle := l.server.idleFor(); idle != 0 {
		t.Errorf("somebody is there: %v", idle)
	}
	c.close()
	eventually(t, "it has ended", func() bool { return l.server.busy.Load() == 0 })
	if idle := l.server.idleFor(); idle >= time.Hour {
		t.Errorf("somebody was there: %v", idle)
	}
}

// A wait is a motpd that waits for its end.
type wait struct {
	*testing.T
	signals chan os.Signal
	ended   chan struct{}
}

func (l *lab) wait(idle time.Duration) wait {
	w := wait{l.T, make(chan os.Signal), make(chan struct{})}
	l.server.began = time.Now().Add(-1000 * time.Hour)
	go func() {
		l.server.wait(w.signals, idle)
		close(w.ended)
	}()
	return w
}

// goesOn has motpd look again and again, for SIGHUP too, and not end.
func (w wait) goesOn(why string) {
	w.Helper()
	for until := time.Now().Add(50 * time.Millisecond); time.Now().Before(until); {
		select {
		case w.signals <- unix.SIGHUP:
		case <-w.ended:
			w.Fatalf("motpd has ended; %s", why)
		}
	}
}

// Whoever is there keeps motpd from ending, and when all have gone, it ends.
func TestWaitWhileSomebodyIsThere(t *testing.T) {
	l := newLab(t, table("", "alice"))
	c := l.dial(rootUID)
	c.hello()
	eventually(t, "it waits", func() bool { return l.silent() == 1 })
	w := l.wait(20 * time.Millisecond)
	w.goesOn("somebody is there")
	c.close()
	<-w.ended
}

// Where nobody would start it again, motpd does not end, however long nobody comes, until it is
// told to.
func TestWaitForASignal(t *testing.T) {
	w := newLab(t, table("", "alice")).wait(0)
	w.goesOn("nobody would start it again")
	w.signals <- unix.SIGTERM
	<-w.ended
}

// A mistake in one login leaves the others alone, and no verdict.
func TestPanic(t *testing.T) {
	l := newLab(t, table("", "alice"))
	store := l.site.Files
	for _, options := range [][]string{nil, {"use_first_pass"}} {
		l.site.Files = broken{store}
		c := l.dial(rootUID)
		c.hello()
		c.send(l.request("alice", options...).answered(code(0)).packet())
		if options != nil {
			c.receive()
			c.send([]byte{0x91, 0, 1, 0, 'x'})
		}
		if got := c.last(); !got.none() {
			t.Errorf("%q: a login that panicked: %+v", options, got)
		}
		if line := l.logged(); !strings.Contains(line, "a mistake of motpd's") {
			t.Errorf("%q: the log has %q", options, line)
		}
		l.site.Files = store
	}
	got := l.ask(rootUID, l.request("alice").answered(code(0)))
	got.is(t, "the next login", success, got.line, "ok")
}

// broken is a store with a mistake in it.
type broken struct{ motp.Store }

func (broken) Update(context.Context, string, motp.Change) error { panic("a mistake") }
