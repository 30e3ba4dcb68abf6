package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// plainUser is as whom a test runs what must not have root's rights.
const plainUser = 65534

// as has a command run as a user, where we are root; else it runs as we do, who are one.
func as(uid uint32, cmd *exec.Cmd) *exec.Cmd {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	return cmd
}

// A command that crashes leaves no memory behind, with its secrets in it.
func TestNoCore(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p, tty := sitDown(t)
	cmd := exec.Command("bash", "-c", `ulimit -c "$(ulimit -H -c)"; exec -a motp "$@"`,
		"bash", self, "add", "alice", "--conf", "motp.conf", "--state", "state")
	cmd.Dir = t.TempDir()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	cmd.Env = append(os.Environ(), "GOTRACEBACK=crash")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.waitFor("PIN of alice: ")
	if got := limitOf(t, cmd.Process.Pid, "Max core file size"); got != "0 0" {
		t.Errorf("the limits of a core file are %q", got)
	}
	go io.Copy(io.Discard, p.keys)
	crash(cmd)
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status.CoreDump() {
		t.Error("a core file was left")
	}
	if left, _ := filepath.Glob(filepath.Join(cmd.Dir, "core*")); len(left) > 0 {
		t.Errorf("%v was left", left)
	}
}

// crash ends a program of Go by a signal that it dies of. With GOTRACEBACK=crash it hands the
// signal from thread to thread, for seconds, unless the next one has it already.
func crash(cmd *exec.Cmd) {
	over := make(chan error, 1)
	go func() { over <- cmd.Wait() }()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		_ = cmd.Process.Signal(syscall.SIGABRT)
		select {
		case <-over:
			return
		case <-again.C:
		}
	}
}

// limitOf is the soft and the hard limit of a process, as the kernel has them.
func limitOf(t *testing.T, pid int, name string) string {
	t.Helper()
	all, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(all)) {
		if rest, found := strings.CutPrefix(line, name); found {
			return strings.Join(strings.Fields(rest)[:2], " ")
		}
	}
	t.Fatalf("no %s in %s", name, all)
	return ""
}

// Another process of the same user cannot look into one that has a secret, and a plain user's
// token on the desk works all the same.
func TestNoLook(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	program := filepath.Join(folder, "motp") // which the user may run
	if out, err := exec.Command("install", "-m", "0755", self, program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for f := folder; f != os.TempDir() && f != "/"; f = filepath.Dir(f) {
		if err := os.Chmod(f, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	p, tty := sitDown(t)
	start := func(arguments ...string) *exec.Cmd {
		cmd := &exec.Cmd{Path: program, Args: append([]string{"motp"}, arguments...), Dir: folder}
		cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		cmd.Env = []string{"XDG_DATA_HOME=" + folder + "/data", nowVariable + "=1296121200"}
		if err := as(plainUser, cmd).Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	if err := start("token", "init", "--no-qr", "--secret", "0123456789abcdef").Wait(); err != nil {
		t.Fatal(err)
	}
	cmd := start("token")
	p.waitFor("PIN: ")
	for _, file := range []string{"environ", "mem", "maps"} {
		look := exec.Command("head", "-c", "1", "/proc/"+strconv.Itoa(cmd.Process.Pid)+"/"+file)
		if out, err := as(plainUser, look).CombinedOutput(); err == nil ||
			!strings.Contains(string(out), "denied") {
			t.Errorf("another process of the user can look at %s: %v, %q", file, err, out)
		}
	}
	p.typeIn("6666\n")
	p.waitFor("6ed4e4")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
