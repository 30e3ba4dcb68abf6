package module

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestHostDiesWhileWaiting: a worker that waits for its user's record ends with its host, and does
// not go on with a login that nobody waits for.
func TestHostDiesWhileWaiting(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	s.enter(t, service, "alice", alice.code(0)).want(t, success, "ok")
	record := s.onlyStateFile(t)
	f, err := os.OpenFile(record, os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_EX))
	before, err := os.ReadFile(record)
	must(t, err)

	h := startHost(t, s)
	h.start(s, service, "alice")
	h.send("auth 0")
	if _, err := h.out.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	pid := h.worker()
	worker, err := unix.PidfdOpen(pid, 0)
	must(t, err)
	defer unix.Close(worker)
	h.send(answer(alice.code(1)))
	for deadline := time.Now().Add(hostPatience); !waitsForLock(t, pid) &&
		time.Now().Before(deadline); {
		time.Sleep(time.Millisecond) // the kernel tells nobody that somebody waits
	}
	h.ended = true
	kill(t, h.pid, syscall.SIGKILL)
	h.cmd.Wait()
	must(t, unix.Flock(int(f.Fd()), unix.LOCK_UN))
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
	after, err := os.ReadFile(record)
	must(t, err)
	if !bytes.Equal(before, after) {
		t.Error("the worker went on without its host")
	}
}

// waitsForLock looks whether a process waits for a lock on a file.
func waitsForLock(t *testing.T, pid int) bool {
	locks, err := os.ReadFile("/proc/locks")
	must(t, err)
	for line := range strings.Lines(string(locks)) {
		if strings.Contains(line, "-> FLOCK") &&
			strings.Contains(line, fmt.Sprintf(" %d ", pid)) {
			return true
		}
	}
	return false
}

// TestWorkerCannotBeTraced: in a plain user's program, which that user may trace, the worker is out
// of reach: the kernel gives its files in /proc to root.
func TestWorkerCannotBeTraced(t *testing.T) {
	t.Parallel()
	const plain = 65534
	s := standard(t)
	cmd := exec.Command(hostPath())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: plain, Gid: plain}}
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	fmt.Fprintf(in, "start %s %s x616c696365\nauth 0\n", s.pamd, s.service(t))
	lines := bufio.NewReader(out)
	for line := ""; !strings.HasPrefix(line, "prompt"); {
		line, err = lines.ReadString('\n')
		must(t, err)
	}
	owner := func(pid string) uint32 {
		info, err := os.Stat("/proc/" + pid + "/environ")
		must(t, err)
		return info.Sys().(*syscall.Stat_t).Uid
	}
	host := fmt.Sprint(cmd.Process.Pid)
	children, err := os.ReadFile("/proc/" + host + "/task/" + host + "/children")
	must(t, err)
	if owner(host) != plain {
		t.Errorf("the host is out of its user's reach, so that this shows nothing of the " +
			"worker")
	}
	for _, worker := range strings.Fields(string(children)) {
		if owner(worker) != 0 {
			t.Errorf("the worker is within reach of user %d", owner(worker))
		}
	}
	if len(children) == 0 {
		t.Error("there is no worker")
	}
	_, err = io.WriteString(in, answer("000000")+"\n")
	must(t, err)
	in.Close()
	must(t, cmd.Wait())
}

// TestWorkerBelongsToRoot: in a setuid-root program the worker is root's altogether, so that the
// caller can neither signal it nor stop it by a limit.
func TestWorkerBelongsToRoot(t *testing.T) {
	t.Parallel()
	s := standard(t)
	h := startHost(t, s)
	h.do("setuid 65534")
	h.start(s, s.service(t), "alice")
	code := h.authenticate(func(int, string) string {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.worker()))
		must(t, err)
		if !strings.Contains(string(status), "\nUid:\t0\t0\t0\t0\n") {
			t.Errorf("the worker is not root's:\n%s", status)
		}
		return answer(alice.code(0))
	})
	if code != int(success) {
		t.Errorf("code %d", code)
	}
	h.end()
}
