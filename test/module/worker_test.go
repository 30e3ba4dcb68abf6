package module

import (
	"os"
	"syscall"
	"testing"

	"github.com/msteinert/pam/v2"
	"golang.org/x/sys/unix"
)

func kill(t *testing.T, pid int, signal syscall.Signal) {
	t.Helper()
	if pid <= 1 {
		t.Errorf("no process to send %v to", signal)
		return
	}
	if err := syscall.Kill(pid, signal); err != nil {
		t.Errorf("%v to %d: %v", signal, pid, err)
	}
}

// TestWorkerLost: a worker that dies or stops while the person types refuses this login and harms
// no other.
func TestWorkerLost(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{
		syscall.SIGKILL, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGTERM, syscall.SIGHUP,
		syscall.SIGQUIT,
		syscall.SIGSTOP, // this one runs into the deadline
	} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t)
			h := startHost(t, s)
			before := h.facts()
			code := alice.code(0)
			state := s.snapshot(t)
			h.start(s, service, "alice")
			got := h.authenticate(func(int, string) string {
				kill(t, h.worker(), signal)
				return answer(code)
			})
			h.end()
			if got != int(pam.ErrAuthinfoUnavail) {
				t.Errorf("code %d, want %d", got, int(pam.ErrAuthinfoUnavail))
			}
			h.same(before)
			s.unchanged(t, state)
			s.logged(t, service, got, code)
			if got := h.login(s, service, "alice", code); got != 0 {
				t.Errorf("the next login: code %d", got)
			}
			h.same(before)
		})
	}
}

// TestPauseIsNotDeath: a worker that was stopped for a moment, as by a debugger or a suspended
// machine, goes on.
func TestPauseIsNotDeath(t *testing.T) {
	t.Parallel()
	s := standard(t)
	h := startHost(t, s)
	h.start(s, s.service(t), "alice")
	got := h.authenticate(func(int, string) string {
		worker := h.worker()
		kill(t, worker, syscall.SIGSTOP)
		kill(t, worker, syscall.SIGCONT)
		return answer(alice.code(0))
	})
	h.end()
	if got != 0 {
		t.Errorf("code %d", got)
	}
}

// TestHostDies: nobody is left behind who could still say yes.
func TestHostDies(t *testing.T) {
	t.Parallel()
	s := standard(t)
	h := startHost(t, s)
	h.start(s, s.service(t), "alice")
	h.send("auth 0")
	if _, err := h.out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	worker, err := unix.PidfdOpen(h.worker(), 0)
	must(t, err)
	defer unix.Close(worker)
	h.ended = true
	kill(t, h.pid, syscall.SIGKILL)
	h.cmd.Wait()
	poll := []unix.PollFd{{Fd: int32(worker), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(poll, int(hostPatience.Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		if n != 1 || err != nil {
			t.Errorf("the worker outlives its host: %d, %v", n, err)
		}
		break
	}
}

// TestLockHeld: someone else who has the user's state locked delays that user until the wait is
// over, and no one else.
func TestLockHeld(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	s.enter(t, service, "alice", alice.code(0)).want(t, success, "ok")
	f, err := os.OpenFile(s.onlyStateFile(t), os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	code := alice.code(1)
	h, other := startHost(t, s), s.service(t)
	before := h.facts()
	done := make(chan int)
	go func() { done <- h.login(s, other, "alice", code) }()
	for i := range int64(3) {
		s.enter(t, service, "bob", bob.code(i)).want(t, success, "ok")
	}
	if got := <-done; got != int(pam.ErrAuthinfoUnavail) {
		t.Errorf("code %d, want %d", got, int(pam.ErrAuthinfoUnavail))
	}
	h.same(before)
	// The worker gave up by itself, before the host lost patience with it.
	if r, _ := s.logged(t, other, int(pam.ErrAuthinfoUnavail), code); r.reason() != "busy" {
		t.Errorf("log %.300q", r.line)
	}
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_UN))
	s.enter(t, service, "alice", code).want(t, success, "ok")
}

// TestLockFreedInTime: a lock that is given back while a login waits for it does not refuse the
// login.
func TestLockFreedInTime(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	s.enter(t, service, "alice", alice.code(0)).want(t, success, "ok")
	f, err := os.OpenFile(s.onlyStateFile(t), os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	h := startHost(t, s)
	h.start(s, service, "alice")
	got := h.authenticate(func(int, string) string {
		must(t, unix.Flock(int(f.Fd()), unix.LOCK_UN))
		return answer(alice.code(1))
	})
	h.end()
	if got != 0 {
		t.Errorf("code %d", got)
	}
}
