package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/pam-motp/pam-motp/internal/term/termtest"
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
	p, tty := termtest.SitDown(t)
	cmd := exec.Command("bash", "-c", `ulimit -c "$(ulimit -H -c)"; exec -a motp "$@"`,
		"bash", self, "add", "alice", "--conf", "motp.conf", "--state", "state")
	cmd.Dir = t.TempDir()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	cmd.Env = append(os.Environ(), crashVariable+"=1")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.WaitFor("PIN of alice: ")
	if got := limitOf(t, cmd.Process.Pid, "Max core file size"); got != "0 0" {
		t.Errorf("the limits of a core file are %q", got)
	}
	if err := cmd.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signal() != syscall.SIGABRT || status.CoreDump() {
		t.Errorf("it ended with %v", cmd.ProcessState)
	}
	if left, _ := filepath.Glob(filepath.Join(cmd.Dir, "core*")); len(left) > 0 {
		t.Errorf("%v was left", left)
	}
}

// crashVariable has the command die of SIGABRT in scripts as a program does that is not written
// in Go. With GOTRACEBACK=crash the end is the same, but Go hands the signal from thread to thread
// before, for seconds.
const crashVariable = "TEST_CRASH"

func dieAsOthersDo() {
	var byDefault [4]uint64 // a sigaction of zeros is SIG_DFL
	_, _, err := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGABRT),
		uintptr(unsafe.Pointer(&byDefault)), 0, 8, 0, 0)
	if err != 0 {
		panic(err)
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
	if out, err := exec.Command("install", "-m", "0755",
		self, program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for f := folder; f != os.TempDir() && f != "/"; f = filepath.Dir(f) {
		if err := os.Chmod(f, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	p, tty := termtest.SitDown(t)
	start := func(arguments ...string) *exec.Cmd {
		cmd := &exec.Cmd{Path: program, Args: append([]string{"motp"},
			arguments...), Dir: folder}
		cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		cmd.Env = []string{"XDG_DATA_HOME=" + folder + "/data", nowVariable + "=1296121200"}
		if err := as(plainUser, cmd).Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	if err := start("token", "init", "--no-qr", "--secret",
		"0123456789abcdef").Wait(); err != nil {
		t.Fatal(err)
	}
	cmd := start("token")
	p.WaitFor("PIN: ")
	for _, file := range []string{"environ", "mem", "maps"} {
		look := exec.Command("head", "-c", "1",
			"/proc/"+strconv.Itoa(cmd.Process.Pid)+"/"+file)
		if out, err := as(plainUser, look).CombinedOutput(); err == nil ||
			!strings.Contains(string(out), "denied") {
			t.Errorf("another process of the user can look at %s: %v, %q",
				file, err, out)
		}
	}
	p.TypeIn("6666\n")
	p.WaitFor("6ed4e4")
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
