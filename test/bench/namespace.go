package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"github.com/pam-motp/pam-motp/test/mounts"
	"golang.org/x/sys/unix"
)

const insideEnv = "MOTP_BENCH_INSIDE"

func inNamespace() bool { return os.Getenv(insideEnv) != "" }

// runInNamespace runs this program again in a mount namespace of its own and returns its exit
// status.
func runInNamespace() int {
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideEnv+"=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS,
		Pdeathsig: syscall.SIGKILL}
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: cannot make a mount namespace (run it as root):",
			err)
		return 1
	}
	return 0
}

// privateMounts keeps what is mounted from now on inside the namespace.
func privateMounts() error {
	if err := mounts.Private(); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	return nil
}

// mountJournal mounts an ext4 with a journal on a folder. It is in a file that nothing else refers
// to, so that it is gone when it is unmounted.
func mountJournal(dir string) error {
	image := dir + ".img"
	return shell("truncate -s 2G " + image + "; trap 'rm " + image +
		"' EXIT; mkfs.ext4 -q -N 65536 -O has_journal " + image +
		"; mount -o loop,relatime " + image + " " + dir)
}

func unmountJournal(dir string) error {
	if err := unix.Unmount(dir, 0); err != nil {
		return fmt.Errorf("unmount %s: %w", dir, err)
	}
	return nil
}

// furnish gives the namespace its own /etc/pam.d, places for a site's folders, and a system log
// that listens: without one, libc tries again at every line.
func furnish() error {
	if err := cover("/etc/pam.d", "/dev", "/run", "/var/lib"); err != nil {
		return err
	}
	for _, dir := range []string{"/run/motp", "/var/lib/motp"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8,
		"urandom": 9} {
		if err := unix.Mknod("/dev/"+name, unix.S_IFCHR|0o666,
			int(unix.Mkdev(1, minor))); err != nil {
			return fmt.Errorf("make /dev/%s: %w", name, err)
		}
	}
	return logged.listen()
}

// cover puts an empty folder in memory over each of some.
func cover(dirs ...string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		if strings.HasPrefix(here, dir+"/") {
			return fmt.Errorf("%s is covered here: have the project elsewhere", dir)
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755"); err != nil {
			return fmt.Errorf("mount on %s: %w", dir, err)
		}
	}
	return nil
}

// A systemLog takes what programs log, and keeps the last of pam_motp's lines about who was
// not let in, which say why a login came out wrong.
type systemLog struct {
	mu   sync.Mutex
	last []string
}

var logged systemLog

func (l *systemLog) listen() error {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/dev/log",
		Net: "unixgram"})
	if err != nil {
		return err
	}
	go func() {
		for buf := make([]byte, 8192); ; {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			line := string(buf[:n])
			if strings.Contains(line, "pam_motp") &&
				!strings.Contains(line, "result=accepted") {
				l.keep("logged: " + line + "\n")
			}
		}
	}()
	return nil
}

func (l *systemLog) keep(line string) {
	const most = 5
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = append(l.last[max(0, len(l.last)+1-most):], line)
}

func (l *systemLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.last, "")
}

// service makes a PAM service of one module with its options.
func service(name, line string) error {
	return os.WriteFile(filepath.Join("/etc/pam.d", name),
		[]byte("auth required "+line+"\n"), 0o644)
}
