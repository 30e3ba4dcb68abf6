package resident

import (
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// One account's programs get so many connections, and no more; all others are served meanwhile.
func TestThousandConnectionsOfOneAccount(t *testing.T) {
	l := newLab(t, table("callers = www-data: sshd\n", "daemon", "bin", "www-data"))
	var all []*client
	greeted := 0
	for range 1000 {
		c := l.dial(daemonUID)
		if all = append(all, c); c.greeted() {
			greeted++
		}
	}
	if greeted != eachForOne {
		t.Errorf("of a thousand connections %d are greeted, want %d", greeted, eachForOne)
	}
	got := l.ask(binUID, l.request("bin").answered(code(0)))
	got.is(t, "another account", success, l.logged(), "ok")
	got = l.ask(webUID, l.request("bin").answered(code(1)))
	got.is(t, "a service's account", success, l.logged(), "ok")
	got = l.ask(rootUID, l.request("daemon").answered(code(0)))
	got.is(t, "root's program", success, got.line, "ok")

	// whoever is in is answered yet, and makes room
	for _, c := range all[:eachForOne] {
		c.send(l.request("daemon").answered(wrong()).packet())
		if got := c.last(); !got.verdict {
			t.Errorf("one that was greeted: %+v", got)
		}
	}
	for _, c := range all {
		c.close()
	}
	eventually(t, "the account's connections have ended", func() bool {
		l.others.mu.Lock()
		defer l.others.mu.Unlock()
		return l.others.open == 0 && len(l.others.of) == 0
	})
	if !l.dial(daemonUID).greeted() {
		t.Error("nor afterwards")
	}
}

// A user has thousands of user ids for programs in user namespaces, which are no more than one
// account's.
func TestManyIDsOfOneUser(t *testing.T) {
	l := newLab(t, table("", "daemon"))
	greeted := 0
	for i := range eachForOne + 4 {
		c, end := l.elsewhere(100_000+i, "stay", inUserNamespace(100_000+i))
		defer end()
		if c.greeted() {
			greeted++
		}
	}
	if greeted != eachForOne {
		t.Errorf("%d are greeted, want %d", greeted, eachForOne)
	}
	got := l.ask(daemonUID, l.request("daemon").answered(code(0)))
	got.is(t, "an account", success, l.logged(), "ok")
}

// Programs of many accounts leave room for root's, too.
func TestAllAccountsAtOnce(t *testing.T) {
	l := newLab(t, table("", "alice"))
	greeted := 0
	for uid := range 40 {
		for range eachForOne {
			c := l.dial(1000 + uid)
			defer c.close()
			if c.greeted() {
				greeted++
			}
		}
	}
	if greeted != mostForOthers {
		t.Errorf("%d are greeted, want %d", greeted, mostForOthers)
	}
	got := l.ask(rootUID, l.request("alice").answered(code(0)))
	got.is(t, "root's program", success, got.line, "ok")
}

// No account is limited on root's socket: whoever logs in, it is root's program that asks.
func TestRootIsNotLimited(t *testing.T) {
	l := newLab(t, table("", "alice"))
	for i := range 300 {
		c := l.dial(rootUID)
		defer c.close()
		if !c.greeted() {
			t.Fatalf("connection %d is not greeted", i)
		}
	}
	got := l.ask(rootUID, l.request("alice").answered(code(0)))
	got.is(t, "one more", success, got.line, "ok")
}

// While some account's programs connect as fast as they can, and are answered, or send nothing, or
// anything, 64 sessions log in through root's socket: none of them is refused.
func TestLoginsBesideALoop(t *testing.T) {
	const sessions, each = 64, 4
	var people []string
	for i := range sessions {
		people = append(people, fmt.Sprintf("user%d", i))
	}
	l := newLab(t, table("", append(people, "daemon")...))
	var over atomic.Bool
	var tries atomic.Int64
	var loops, logins sync.WaitGroup
	for i := range 4 {
		loops.Add(1)
		go func() {
			defer loops.Done()
			as(t, daemonUID, func() {
				for !over.Load() {
					l.harass(i)
					tries.Add(1)
				}
			})
		}()
	}
	eventually(t, "the loop is at work", func() bool { return tries.Load() > 100 })
	for _, user := range people {
		logins.Add(1)
		go func() {
			defer logins.Done()
			for n := range int64(each) {
				got := l.ask(rootUID, l.request(user).answered(code(n)))
				got.is(t, user, success, got.line, "ok")
			}
		}()
	}
	logins.Wait()
	over.Store(true)
	loops.Wait()
}

// harass connects once, without waiting, in one of some ways.
func (l *lab) harass(way int) {
	fd := socket(l.T)
	defer unix.Close(fd)
	must(l.T, unix.SetNonblock(fd, true))
	if unix.Connect(fd, &unix.SockaddrUnix{Name: l.path(daemonUID)}) != nil {
		return // the backlog is full: their own
	}
	switch way {
	case 0: // and goes
	case 1:
		_ = unix.Sendto(fd, []byte("nonsense"), unix.MSG_NOSIGNAL, nil)
	case 2:
		packet := l.request("root").answered(wrong()).packet()
		_ = unix.Sendto(fd, packet, unix.MSG_NOSIGNAL, nil)
	case 3: // waits for HELLO
		_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 100)
	}
}

// A program that is stopped, wherever it is, delays nobody.
func TestFrozenPrograms(t *testing.T) {
	l := newLab(t, table("callers = www-data: sshd\n", "alice", "bin"))
	talks := l.request("alice", "try_first_pass")
	for what, packet := range map[string][]byte{
		"before its request": nil,
		"before its verdict": l.request("alice").answered(wrong()).packet(),
		"before an answer":   talks.packet(),
	} {
		for _, uid := range []int{rootUID, daemonUID} {
			for range 3 * spareForRoot {
				c, end := l.elsewhere(uid, "freeze")
				defer end()
				if packet != nil {
					c.send(packet)
				}
			}
		}
		for range 2 * spareForRoot {
			got := l.ask(rootUID, l.request("alice").answered(wrong()))
			if !got.verdict {
				t.Errorf("%s: %+v", what, got)
			}
			got = l.ask(webUID, l.request("bin").answered(wrong()))
			if !got.verdict {
				t.Errorf("%s, a plain program: %+v", what, got)
			}
		}
	}
}

// freeze connects the socket that it is given, and stops itself.
func freeze() int {
	if status := connectGiven(false); status != 0 {
		return status
	}
	_ = syscall.Kill(syscall.Getpid(), syscall.SIGSTOP)
	_, _ = io.Copy(io.Discard, os.Stdin) // another thread may be the one that is stopped first
	return 0
}

// Logins that wait for a record, however many, keep nobody waiting who comes to the same socket.
func TestWaitingLoginsKeepNobody(t *testing.T) {
	var people []string
	for i := range 3 * spareForRoot {
		people = append(people, fmt.Sprintf("user%d", i))
	}
	l := newLab(t, table("", append(people, "alice")...))
	var waiting []*client
	var release []func()
	for _, user := range people {
		l.ask(rootUID, l.request(user).answered(wrong()))
		release = append(release, l.hold(user))
		c := l.dial(rootUID)
		defer c.close()
		c.hello()
		c.send(l.request(user).answered(code(0)).packet())
		waiting = append(waiting, c)
	}
	got := l.ask(rootUID, l.request("alice").answered(code(0)))
	got.is(t, "beside them", success, got.line, "ok")
	for _, c := range waiting {
		if readable(c.fd, 0) {
			t.Error("one that waited has ended before")
		}
	}
	for i, c := range waiting {
		release[i]()
		got := c.last()
		got.is(t, people[i], success, got.line, "ok")
	}
}
