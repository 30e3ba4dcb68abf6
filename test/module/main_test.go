// Package module tests build/pam_motp.so from outside, in processes that load it
// the way PAM applications do: this test binary itself, through msteinert/pam, and
// the C program testdata/host.c, for what can only be seen in a process without a
// Go runtime of its own. Real hosts (sshd, OpenVPN, login …) are tested elsewhere.
//
// Every test of what a login decides is played twice, with a worker that is forked
// for each login, and with build/motpd: see [stage.Ways] and room.
//
// Nothing here knows the module's code: codes come from an oracle of three lines,
// and what is expected stands in the tables.
package module

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/test/mounts"
	"github.com/pam-motp/pam-motp/test/stage"
)

// insideEnv marks the process that already has its private mount namespace.
const insideEnv = "MOTP_TEST_INSIDE"

// moduleEnv names another module to test than build/pam_motp.so: a broken one,
// to see that the tests notice.
const moduleEnv = "MOTP_TEST_MODULE"

// work holds what all tests share: the module, the helper module and the C host.
var work string

// The process's first thread plays no test. A thread in which one enters another namespace ends
// with it, which the first cannot; and it stands for the process in /proc.
func init() { runtime.LockOSThread() }

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.list").Value.String() != "" {
		os.Exit(m.Run()) // which plays none
	}
	if os.Getenv(insideEnv) == "" {
		os.Exit(playWays())
	}
	status, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "test/module:", err)
		status = 1
	}
	os.Exit(status)
}

// runInNamespace runs this binary again, with mounts of its own, so that the tests
// can have a /dev/log and read-only and full file systems without touching the machine.
func runInNamespace(w stage.Way) int {
	// The parent-death signal is sent when this thread ends, which is the process's first.
	cmd := exec.Command("/proc/self/exe", append(os.Args[1:], "-test.skip="+skipped(w))...)
	cmd.Env = append(os.Environ(), insideEnv+"=1", wayEnv+"="+string(w))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS,
		Pdeathsig: syscall.SIGKILL}
	var exit *exec.ExitError
	switch err := cmd.Run(); {
	case errors.As(err, &exit):
		return exit.ExitCode()
	case err != nil:
		fmt.Fprintln(os.Stderr, "test/module:", err)
		return 1
	}
	return 0
}

func runTests(m *testing.M) (status int, err error) {
	// Much of the time goes into waiting for deadlines, so more tests run at once than there
	// are processors, unless it is said how many.
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", "8"); err != nil {
			return 1, err
		}
	}
	if err := mounts.Private(); err != nil {
		return 1, fmt.Errorf("private mounts: %w", err)
	}
	work, err = os.MkdirTemp("", "motp-module")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(work)
	if err := os.Chmod(work, 0o755); err != nil { // hosts of plain users come here too
		return 1, err
	}
	if err := mountDev(filepath.Join(work, "dev")); err != nil {
		return 1, fmt.Errorf("private /dev: %w", err)
	}
	conn, err := net.ListenUnixgram("unixgram",
		&net.UnixAddr{Name: "/dev/log", Net: "unixgram"})
	if err != nil {
		return 1, err
	}
	if err := os.Chmod("/dev/log", 0o666); err != nil {
		return 1, err
	}
	journal = newCollector(conn)
	if err := buildHelpers(); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// mountDev puts a small /dev of our own over the machine's.
func mountDev(dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID, "mode=755"); err != nil {
		return err
	}
	for name, minor := range map[string]int{"null": 3, "zero": 5, "full": 7, "random": 8,
		"urandom": 9} {
		path := filepath.Join(dir, name)
		if err := syscall.Mknod(path, syscall.S_IFCHR|0o666, 1<<8|minor); err != nil {
			return err
		}
		if err := os.Chmod(path, 0o666); err != nil {
			return err
		}
	}
	if err := os.Symlink("/proc/self/fd", filepath.Join(dir, "fd")); err != nil {
		return err
	}
	return syscall.Mount(dir, "/dev", "", syscall.MS_MOVE, "")
}

// repository is the root of the checkout that this package is in.
func repository() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

func modulePath() string    { return filepath.Join(work, "pam_motp.so") }
func motpdPath() string     { return filepath.Join(repository(), "build", "motpd") }
func linkedPath() string    { return filepath.Join(work, "linked.so") }
func tokPath() string       { return filepath.Join(work, "pam_tok.so") }
func refusePath() string    { return filepath.Join(work, "refuse.so") }
func directoryPath() string { return filepath.Join(work, "directory.so") }
func hostPath() string      { return filepath.Join(work, "host") }

// buildHelpers copies the module to where every user may load it, whatever the
// modes above the checkout, and compiles the C programs.
func buildHelpers() error {
	built := os.Getenv(moduleEnv)
	if built == "" {
		built = filepath.Join(repository(), "build", "pam_motp.so")
	}
	if err := stage.NeedBuilt(repository(), "motpd"); err != nil {
		return err
	}
	linked := filepath.Join(filepath.Dir(built), "linked", filepath.Base(built))
	for from, to := range map[string]string{built: modulePath(), linked: linkedPath()} {
		module, err := os.ReadFile(from)
		if err != nil {
			return fmt.Errorf("no module to test (make build makes it): %w", err)
		}
		if err := os.WriteFile(to, module, 0o755); err != nil {
			return err
		}
	}
	for _, args := range [][]string{
		{"-o", hostPath(), "testdata/host.c", "testdata/process.c", "-lpam", "-pthread"},
		{"-shared", "-fPIC", "-o", tokPath(), "testdata/pam_tok.c", "-lpam"},
		{"-shared", "-fPIC", "-o", directoryPath(), "testdata/directory.c"},
		{"-shared", "-fPIC", "-o", refusePath(), "testdata/refuse.c"},
	} {
		args = append([]string{"-O1", "-Wall", "-Wextra", "-Werror"}, args...)
		if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("cc: %w\n%s", err, out)
		}
	}
	return nil
}
