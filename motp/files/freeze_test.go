//go:build linux

package files

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// A stage is a place in the work of a process: at its nth call of a system call, or in the middle
// of that, where half of a write is done.
type stage struct {
	name string
	call uintptr
	nth  int
	torn bool

	again int // a later call at which it is stopped again
}

// args are a stage as a child takes it.
func (s stage) args() []string {
	return []string{fmt.Sprint(s.call), fmt.Sprint(s.nth), fmt.Sprint(s.torn),
		fmt.Sprint(s.again)}
}

func stageOf(args []string) (s stage) {
	_, err := fmt.Sscan(strings.Join(args, " "), &s.call, &s.nth, &s.torn, &s.again)
	if err != nil {
		panic(err)
	}
	return s
}

// The kernel's structures for a system call that another thread decides about.
type (
	notification struct {
		id         uint64
		pid, flags uint32
		call       int32
		arch       uint32
		ip         uint64
		args       [6]uint64
	}
	response struct {
		id    uint64
		value int64
		errno int32
		flags uint32
	}
)

const (
	newListener  = 1 << 3     // SECCOMP_FILTER_FLAG_NEW_LISTENER
	receive      = 0xc0502100 // SECCOMP_IOCTL_NOTIF_RECV
	send         = 0xc0182101 // SECCOMP_IOCTL_NOTIF_SEND
	continueCall = 1          // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

// freezing calls do, and has this process stopped by SIGSTOP at a stage of it. Whoever continues
// the process has do go on.
func freezing(s stage, do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the filter is the thread's
		listener := listen(s.call)
		go s.supervise(listener)
		do()
	}()
	<-done
}

// listen has the kernel ask about every such call of this thread.
func listen(call uintptr) int {
	const result = unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(call), Jf: 1},
		{Code: result, K: unix.SECCOMP_RET_USER_NOTIF},
		{Code: result, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	fd, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, newListener,
		uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		panic(errno)
	}
	return int(fd)
}

// supervise lets the calls go on, and stops the process at its stage.
func (s stage) supervise(listener int) {
	runtime.LockOSThread() // which stops before it lets the call go on, whatever others do
	stops := map[int]bool{s.nth: true, s.again: true}
	for n, torn := 0, false; ; {
		var asked notification
		if !decide(listener, receive, unsafe.Pointer(&asked)) {
			continue
		}
		answer := response{id: asked.id, flags: continueCall}
		switch n++; {
		case stops[n] && s.torn && !torn:
			answer = response{id: asked.id, value: writeThird(asked)}
			n, torn = n-1, true // the rest is written in another call
		case stops[n]:
			delete(stops, n)
			_ = unix.Tgkill(unix.Getpid(), unix.Gettid(), unix.SIGSTOP)
		}
		if !decide(listener, send, unsafe.Pointer(&answer)) {
			n-- // the signal has interrupted the call, which is made again
		}
	}
}

func decide(listener int, request uintptr, what unsafe.Pointer) bool {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), request, uintptr(what))
	return errno == 0
}

// writeThird does a third of another thread's write, which waits meanwhile.
func writeThird(asked notification) int64 {
	b := make([]byte, asked.args[2]/3)
	mem, err := os.Open("/proc/self/mem")
	if err == nil {
		_, err = mem.ReadAt(b, int64(asked.args[1]))
	}
	if err != nil {
		panic(err)
	}
	n, err := unix.Pwrite(int(asked.args[0]), b, int64(asked.args[3]))
	if err != nil {
		panic(err)
	}
	return int64(n)
}

// verifyFrozen is a process that verifies a code, and is frozen on the way.
func verifyFrozen(u motp.User, args []string) {
	v := fixtureIn(args[0], motp.DefaultPolicy)
	freezing(stageOf(args[2:]), func() {
		res, err := v.Verify(ctx, u, args[1], noon)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(res.Verdict)
	})
}

// takeOverFrozen is a process that takes alice's record from another, and is frozen on the way.
func takeOverFrozen(args []string) {
	v := fixtureIn(args[0], motp.DefaultPolicy)
	freezing(stageOf(args[1:]), func() {
		fmt.Println(v.takeOver(ctx, "alice"))
	})
}

// createFrozen is a process that makes alice's record where there are no nameless files.
func createFrozen(args []string) {
	freezing(stageOf(args[1:]), func() {
		dir, err := openFolder(args[0])
		if err == nil {
			err = dir.createNamed(ctx, "alice", "alice", blank())
		}
		fmt.Println(err)
	})
}

// frozen starts a process and waits until it is at its stage.
func frozen(t *testing.T, what string, s stage, args ...string) child {
	t.Helper()
	c := startChild(t, what, append(args, s.args()...)...)
	if !c.stopped(t) {
		t.Fatalf("the other process never comes to %q", s.name)
	}
	return c
}

// stopsAgain lets a process go on to where it is stopped again.
func (c child) stopsAgain(t *testing.T) {
	t.Helper()
	var info unix.Siginfo
	if err := unix.Waitid(unix.P_PID, c.Process.Pid, &info, unix.WSTOPPED, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Signal(unix.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if !c.stopped(t) {
		t.Fatal("the other process does not stop again")
	}
}

// stopped waits until a process is stopped; it is false if it ends. The end is left to Wait.
func (c child) stopped(t *testing.T) bool {
	t.Helper()
	for {
		var info unix.Siginfo
		err := unix.Waitid(unix.P_PID, c.Process.Pid, &info,
			unix.WEXITED|unix.WSTOPPED|unix.WNOWAIT, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		return info.Code == cldStopped
	}
}

const cldStopped = 5 // CLD_STOPPED

// thawed lets a process go on, and returns what it says.
func (c child) thawed(t *testing.T) string {
	t.Helper()
	if err := c.Process.Signal(unix.SIGCONT); err != nil && err != os.ErrProcessDone {
		t.Fatal(err)
	}
	if !c.out.Scan() {
		t.Fatal("the other process says nothing")
	}
	said := c.out.Text()
	c.end(t)
	return said
}

// killed ends a process where it is.
func (c child) killed() {
	_ = c.Process.Kill()
	_ = c.Wait()
}
