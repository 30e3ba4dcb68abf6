package holder

import (
	"bufio"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hold has another process lock a file, and returns its number.
func hold(t *testing.T, file string, wrap ...string) *exec.Cmd {
	t.Helper()
	args := append(wrap, "flock", "--no-fork", file, "sh", "-c", "echo held; exec cat")
	cmd := exec.Command(args[0], args[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Signal(unix.SIGCONT)
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return cmd
}

func newFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "alice")
	if err := os.WriteFile(file, []byte("record"), 0o666); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestHolderIsNamed(t *testing.T) {
	file := newFile(t)
	if p, held := Of(file); held {
		t.Errorf("nobody holds it: %v", p)
	}
	before := time.Now().Add(-2 * time.Second) // the kernel tells it in ticks
	cmd := hold(t, file)
	p, held := Of(file)
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	if !held || p.PID != cmd.Process.Pid || p.Command != "cat" || p.User != me.Username ||
		p.Frozen != "" {
		t.Errorf("%+v, %v", p, held)
	}
	if p.Since.Before(before) || p.Since.After(time.Now().Add(2*time.Second)) {
		t.Errorf("it began %v", p.Since)
	}
	if other, held := Of(newFile(t)); held {
		t.Errorf("nobody holds another file: %v", other)
	}
	if missing, held := Of(file + "2"); held {
		t.Errorf("nobody holds what is not there: %v", missing)
	}
}

// Those who wait hold nothing.
func TestWaitersAreNoHolders(t *testing.T) {
	file := newFile(t)
	cmd := hold(t, file)
	waiter := exec.Command("flock", file, "true")
	if err := waiter.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = waiter.Process.Kill(); _ = waiter.Wait() })
	for end := time.Now().Add(time.Minute); ; {
		text, err := os.ReadFile("/proc/locks")
		if err != nil || time.Now().After(end) {
			t.Fatalf("it never waits: %v", err)
		}
		if strings.Contains(string(text),
			"-> FLOCK  ADVISORY  WRITE "+strconv.Itoa(waiter.Process.Pid)) {
			break
		}
	}
	if p, held := Of(file); !held || p.PID != cmd.Process.Pid {
		t.Errorf("%v, %v, want process %d", p, held, cmd.Process.Pid)
	}
}

// A lock that was inherited is its heir's.
func TestHeirHolds(t *testing.T) {
	file := newFile(t)
	fd, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	// the shell locks the file, and leaves it to a child
	cmd := exec.Command("sh", "-c", "flock 3; cat <&4 & echo $!")
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{fd, in}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fd.Close(), in.Close()
	t.Cleanup(func() { _ = out.Close(); _ = cmd.Wait() })
	if err := waitGone(cmd.Process.Pid); err != nil {
		t.Fatal(err)
	}
	heir, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if p, held := Of(file); !held || p.PID != heir {
		t.Errorf("%v, %v, want process %d", p, held, heir)
	}
}

// waitGone waits until a process has ended, and leaves it to Wait.
func waitGone(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

func TestStoppedHolder(t *testing.T) {
	file := newFile(t)
	cmd := hold(t, file)
	if err := cmd.Process.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	for {
		err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil,
			unix.WSTOPPED|unix.WNOWAIT, nil)
		if err == nil {
			break
		}
		if err != unix.EINTR {
			t.Fatal(err)
		}
	}
	if p, held := Of(file); !held || p.Frozen != "stopped" {
		t.Errorf("%+v, %v", p, held)
	}
}

// A cgroup of each kind, as the kernel shows it; and a real one, where one can be made.
func TestFrozenHolder(t *testing.T) {
	root := t.TempDir()
	for file, text := range map[string]string{
		"one/cgroup.events":             "populated 1\nfrozen 1\n",
		"thawed/cgroup.events":          "populated 1\nfrozen 0\n",
		"unified/hybrid/cgroup.events":  "populated 1\nfrozen 1\n",
		"freezer/old/freezer.state":     "FROZEN\n",
		"freezer/oldthaw/freezer.state": "THAWED\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		controllers, path string
		want              bool
	}{
		{"", "/one", true}, {"", "/thawed", false}, {"", "/hybrid", true},
		{"", "/none", false},
		{"freezer", "/old", true}, {"freezer", "/oldthaw", false},
		{"freezer", "/none", false},
		{"cpu", "/old", false},
	} {
		if got := cgroupFrozen(root, c.controllers, c.path); got != c.want {
			t.Errorf("%q %s: %v, want %v", c.controllers, c.path, got, c.want)
		}
	}
}

func TestHolderInAFrozenCgroup(t *testing.T) {
	for _, kind := range []struct{ root, procs, file, freeze, thaw string }{
		{"/sys/fs/cgroup", "cgroup.procs", "cgroup.freeze", "1", "0"},
		{"/sys/fs/cgroup/unified", "cgroup.procs", "cgroup.freeze", "1", "0"},
		{"/sys/fs/cgroup/freezer", "tasks", "freezer.state", "FROZEN", "THAWED"},
	} {
		group := filepath.Join(kind.root, "motp-test-"+strconv.Itoa(os.Getpid()))
		if os.Mkdir(group, 0o755) != nil {
			continue // no such hierarchy, or none for us
		}
		t.Cleanup(func() { _ = os.Remove(group) })
		if _, err := os.Stat(filepath.Join(group, kind.file)); err != nil {
			continue
		}
		write := func(name, text string) {
			if err := os.WriteFile(filepath.Join(group, name), []byte(text),
				0o644); err != nil {
				t.Fatal(err)
			}
		}
		t.Run(filepath.Base(kind.root), func(t *testing.T) {
			file := newFile(t)
			cmd := hold(t, file)
			write(kind.procs, strconv.Itoa(cmd.Process.Pid))
			write(kind.file, kind.freeze)
			t.Cleanup(func() { write(kind.file, kind.thaw) })
			for end := time.Now().Add(time.Minute); ; {
				p, held := Of(file)
				if !held || time.Now().After(end) {
					t.Fatalf("%+v, %v", p, held)
				}
				if p.Frozen == "frozen by the cgroup /"+filepath.Base(group) {
					break
				}
			}
		})
	}
}

// Whoever called a program that is root's is who started it.
func TestStarterIsTheCaller(t *testing.T) {
	file := newFile(t)
	for dir := filepath.Dir(file); dir != os.TempDir(); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(file, 0o666); err != nil {
		t.Fatal(err)
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	hold(t, file, "setpriv", "--reuid", nobody.Uid, "--clear-groups")
	if p, held := Of(file); !held || p.User != "nobody" {
		t.Errorf("%+v, %v", p, held)
	}
}

func TestLockLines(t *testing.T) {
	for line, want := range map[string]bool{
		"1: FLOCK  ADVISORY  WRITE 4711 fd:01:12345 0 EOF":    true,
		"1: FLOCK  ADVISORY  WRITE -1 fd:01:12345 0 EOF":      true,
		"1: -> FLOCK  ADVISORY  WRITE 4711 fd:01:12345 0 EOF": false,
		"1: POSIX  ADVISORY  WRITE 4711 fd:01:12345 0 EOF":    false,
		"1: FLOCK  ADVISORY  READ  4711 fd:01:12345 0 EOF":    false,
		"1: FLOCK  ADVISORY  WRITE 4711 fd:01 0 EOF":          false,
		"1: FLOCK  ADVISORY  WRITE x fd:01:12345 0 EOF":       false,
		"": false,
	} {
		inode, l, ok := parse(line)
		if ok != want || ok && (inode != 12345 ||
			l.dev != unix.Mkdev(0xfd, 1) || l.pid < 0) {
			t.Errorf("%q: %d, %+v, %v", line, inode, l, ok)
		}
	}
}

func TestProcessInWords(t *testing.T) {
	began := time.Date(2026, 11, 26, 12, 30, 1, 0, time.Local)
	for want, p := range map[string]Process{
		"a process that cannot be seen from here": {},
		"process 7": {PID: 7},
		"process 7 (su) of mallory, which began 2026-11-26 12:30:01 and is stopped": {
			7, "su", "mallory", began, "stopped"},
		`process 7 ("a\x1bb")`: {PID: 7, Command: "a\x1bb"},
	} {
		if got := p.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
