package module

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/holder"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
	"golang.org/x/sys/unix"
)

// TestFrozenWorker: a worker that is frozen while it holds the user's record keeps nobody out once
// it was got past, and lets nobody in when it goes on.
//
// It runs while no other test does: its tracer waits for any child of its thread, which may have
// started another test's host, and must not take that one's end.
func TestFrozenWorker(t *testing.T) {
	s := standard(t)
	service := s.service(t)
	s.enter(t, service, "alice", alice.code(0)).want(t, success, "ok")
	record, typed := s.onlyStateFile(t), alice.code(1)
	h, other := startHost(t, s), s.service(t)
	pid, frozen, code := 0, make(chan error, 1), make(chan int, 1)
	h.start(s, other, "alice")
	go func() {
		code <- h.authenticate(func(int, string) string {
			pid = h.worker()
			seized := make(chan struct{})
			go func() { frozen <- freezeAt(pid, unix.SYS_FDATASYNC, seized) }()
			<-seized
			return answer(typed)
		})
	}()
	must(t, <-frozen)
	if p, held := holder.Of(record); !held || p.PID != pid || p.Frozen != "stopped" {
		t.Errorf("%v, %v, want process %d", p, held, pid)
	}
	settings, user, err := conf.Table{Path: s.conf}.Lookup("alice")
	must(t, err)
	v := motp.Verifier{Store: files.Store{Dir: s.state}, Policy: settings.Policy}
	must(t, v.ForceUnlock(context.Background(), user, time.Now()))
	s.enter(t, service, "alice", alice.code(2)).want(t, success, "ok")
	must(t, unix.Kill(pid, unix.SIGCONT))
	if got := <-code; got != int(pam.ErrAuthinfoUnavail) {
		t.Errorf("code %d, want %d", got, int(pam.ErrAuthinfoUnavail))
	}
	h.end()
	if r, _ := s.logged(t, other, int(pam.ErrAuthinfoUnavail), typed); r.reason() != "state" {
		t.Errorf("log %.300q", r.line)
	}
	s.enter(t, service, "alice", typed).want(t, pam.ErrAuth, "replay")
}

// freezeAt stops a process when one of its threads makes a system call, and lets go of it then. It
// closes seized when it sees every call.
func freezeAt(pid int, call uint64, seized chan<- struct{}) error {
	runtime.LockOSThread() // which traces
	defer runtime.UnlockOSThread()
	threads, err := seize(pid)
	close(seized)
	if err != nil {
		return err
	}
	at := 0
	for at == 0 {
		tid, status, err := stopped(-1)
		if err != nil {
			return err
		}
		threads[tid] = true
		signal := 0
		switch {
		case status.StopSignal() == unix.SIGTRAP|0x80 && entered(tid) == call:
			at = tid
			continue
		case status.TrapCause() <= 0 && status.StopSignal()&0x7f != unix.SIGTRAP:
			signal = int(status.StopSignal())
		}
		if err := unix.PtraceSyscall(tid, signal); err != nil && err != unix.ESRCH {
			return err
		}
	}
	delete(threads, at)
	for tid := range threads {
		if unix.PtraceInterrupt(tid) != nil {
			continue // it has ended
		}
		if _, _, err := stopped(tid); err == nil {
			_ = unix.PtraceDetach(tid)
		}
	}
	if err := unix.Kill(pid, unix.SIGSTOP); err != nil {
		return err
	}
	for state(pid, at) != "T" {
		runtime.Gosched()
	}
	return unix.PtraceDetach(at)
}

// seize has all threads of a process stop at each system call.
func seize(pid int) (map[int]bool, error) {
	threads := map[int]bool{}
	for before := -1; len(threads) != before; {
		before = len(threads)
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			return nil, err
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(task.Name())
			if err != nil || threads[tid] {
				continue
			}
			if err := seizeThread(tid); err != nil {
				return nil, err
			}
			threads[tid] = true
		}
	}
	return threads, nil
}

func seizeThread(tid int) error {
	if err := unix.PtraceSeize(tid); err != nil {
		return err
	}
	if err := unix.PtraceInterrupt(tid); err != nil {
		return err
	}
	if _, _, err := stopped(tid); err != nil {
		return err
	}
	err := unix.PtraceSetOptions(tid, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE)
	if err != nil {
		return err
	}
	return unix.PtraceSyscall(tid, 0)
}

// stopped waits until a thread that this one traces is, any at -1.
func stopped(tid int) (int, unix.WaitStatus, error) {
	for {
		var status unix.WaitStatus
		got, err := unix.Wait4(tid, &status, unix.WALL|unix.WNOTHREAD, nil)
		if err == unix.EINTR || err == nil && !status.Stopped() && tid == -1 {
			continue // a thread that ends is none of them
		}
		return got, status, err
	}
}

// entered is the number of the system call that a thread is about to make.
func entered(tid int) uint64 {
	var info struct {
		op     uint8
		_      [3]uint8
		arch   uint32
		ip, sp uint64
		call   uint64
		args   [8]uint64
	}
	const syscallInfo, entry = 0x420e, 1 // PTRACE_GET_SYSCALL_INFO, PTRACE_SYSCALL_INFO_ENTRY
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, syscallInfo, uintptr(tid),
		unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 || info.op != entry {
		return ^uint64(0)
	}
	return info.call
}

// state is that of a process, by the letter, as one of its threads other than this one has it.
func state(pid, but int) string {
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return ""
	}
	for _, task := range tasks {
		if task.Name() == strconv.Itoa(but) {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/stat", pid, task.Name()))
		if err != nil {
			continue
		}
		if f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+
			1:])); f[0] != "T" {
			return f[0]
		}
	}
	return "T"
}
