package units

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

// A machine is a stage on which systemd runs, with motpd installed by make.
type machine struct {
	*stage.Machine
	init int // systemd's process
}

// Where the machine's systemd finds its units: the few that it needs to start, and what make has
// installed. None of the units of the machine around it are among them: they would set that up.
const (
	base    = "/run/stage/units"
	made    = "/usr/local/lib/systemd/system"
	enabled = "/etc/systemd/system"
)

// control is where the control group of a machine is.
const control = "/run/stage/control"

// onMachine plays a test on a machine that systemd has booted. motpd.socket is enabled there.
func onMachine(t *testing.T, play func(t *testing.T, m *machine)) {
	t.Helper()
	stage.Test(t, func(t *testing.T, s *stage.Machine) {
		must(t, stage.Need("systemctl", "systemd"))
		must(t, stage.Need("nsenter", "util-linux"))
		must(t, layOut(s))
		m := &machine{Machine: s}
		m.boot(t)
		m.systemctl(t, "enable", "--now", "motpd.socket")
		play(t, m)
	})
}

// layOut installs what was built, as a person would, and gives systemd something to boot into.
func layOut(s *stage.Machine) error {
	if err := unix.Mount("tmpfs", "/usr/local", "tmpfs", 0, "mode=0755"); err != nil {
		return err
	}
	if out, err := install(exec.Command, s.Root, "install").CombinedOutput(); err != nil {
		return fmt.Errorf("make install: %w: %s", err, out)
	}
	if err := os.RemoveAll(enabled); err != nil {
		return err
	}
	for _, folder := range []string{base, enabled, "/run/systemd/journal"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	for _, target := range []string{"sysinit", "basic", "sockets", "shutdown"} {
		text := fmt.Sprintf("[Unit]\nDescription=%s\nDefaultDependencies=no\n", target)
		if target == "sysinit" {
			text += "Wants=sockets.target\n"
		}
		err := os.WriteFile(filepath.Join(base, target+".target"), []byte(text), 0o644)
		if err != nil {
			return err
		}
	}
	// A service with a /dev of its own finds the log where journald listens.
	const journald = "/run/systemd/journal/dev-log"
	if err := os.WriteFile(journald, nil, 0o666); err != nil {
		return err
	}
	return unix.Mount("/dev/log", journald, "", unix.MS_BIND, "")
}

// install prepares what a person would do to install, or uninstall, what was built, whatever
// packages this machine has.
func install(command func(string, ...string) *exec.Cmd, root string, words ...string) *exec.Cmd {
	const find = `root=$1; shift; exec make -C "$root" GO=none FORCE=1 ` +
		`DOCDIR=/usr/local/doc ` +
		`PAMDIR="$(dirname "$(realpath /lib/*/security/pam_unix.so)")" "$@"`
	// In a chroot the folder that the program comes from is nowhere inside.
	return command("env", append([]string{"-C", "/", "sh", "-c", find, "sh", root},
		words...)...)
}

// boot starts systemd as the first process of a process namespace, in a control group of its own,
// and waits until it is up. It ends with the test.
func (m *machine) boot(t *testing.T) {
	t.Helper()
	must(t, os.MkdirAll(control, 0o755))
	must(t, unix.Mount("cgroup2", control, "cgroup2", 0, ""))
	group, err := os.MkdirTemp(control, "motp-test-")
	must(t, err)
	t.Cleanup(func() { m.removeGroup(t, group) })

	const script = `echo 0 >"$1/cgroup.procs" && exec unshare --cgroup --mount sh -ec '
		mount -t proc proc /proc
		umount -R /sys/fs/cgroup || true # there may be none
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		exec /lib/systemd/systemd --system --unit=sysinit.target --log-target=null \
			--show-status=no'`
	cmd := exec.Command("unshare", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh",
		group)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "container=stage",
		"SYSTEMD_UNIT_PATH=" + strings.Join([]string{enabled, made, base}, ":"),
		"SYSTEMD_GENERATOR_PATH=/nonexistent",
		"SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/nonexistent", tpmVariable + "=" + tpmDevice}
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	m.eventually(t, "systemd is up", func() error {
		children, err := stage.Children(cmd.Process.Pid)
		if err != nil || len(children) != 1 {
			return fmt.Errorf("children of unshare: %v, %w", children, err)
		}
		m.init = children[0]
		out, err := m.inside("systemctl", "is-system-running", "--wait").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}

// removeGroup removes a control group in which nothing runs any more.
func (m *machine) removeGroup(t *testing.T, group string) {
	t.Helper()
	m.eventually(t, "the control group is removed", func() error {
		var folders []string
		err := filepath.WalkDir(group, func(path string, d os.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				folders = append(folders, path)
			}
			return err
		})
		for _, folder := range slices.Backward(folders) {
			err = errors.Join(err, os.Remove(folder))
		}
		return err
	})
}

// patience is how long an event is waited for that has to come.
const patience = 30 * time.Second

// eventually waits until something is as it should be. Nothing tells of it, so it is tried again
// and again.
func (m *machine) eventually(t *testing.T, what string, is func() error) {
	t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		err := is()
		if err == nil {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("not so after %v: %s: %v", patience, what, err)
		}
	}
}

// inside prepares a program that runs where systemd does.
func (m *machine) inside(program string, arguments ...string) *exec.Cmd {
	return exec.Command("nsenter", append([]string{"--target", fmt.Sprint(m.init), "--pid",
		"--mount", "--root", "--", program}, arguments...)...)
}

// systemctl has systemd do something.
func (m *machine) systemctl(t *testing.T, arguments ...string) {
	t.Helper()
	if out, err := m.inside("systemctl", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("systemctl %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
}

// make has make do something where systemd runs, and returns what it says.
func (m *machine) make(t *testing.T, words ...string) string {
	t.Helper()
	out, err := install(m.inside, m.Root, words...).CombinedOutput()
	if err != nil {
		t.Errorf("make %s: %v\n%s", strings.Join(words, " "), err, out)
	}
	return string(out)
}

// property is one of a unit's.
func (m *machine) property(t *testing.T, unit, name string) string {
	t.Helper()
	out, err := m.inside("systemctl", "show", "--value", "--property="+name,
		unit).CombinedOutput()
	if err != nil {
		t.Fatalf("systemctl show %s: %v\n%s", unit, err, out)
	}
	return strings.TrimSpace(string(out))
}

// state says how the units are: service, socket, and socket for root's.
func (m *machine) state(t *testing.T) string {
	t.Helper()
	var all []string
	for _, unit := range units {
		all = append(all, m.property(t, unit, "ActiveState"))
	}
	return strings.Join(all, " ")
}

// expect waits until that is so: systemd hears of what has happened, a little later.
func (m *machine) expect(t *testing.T, when, want string) {
	t.Helper()
	m.eventually(t, when, func() error {
		if got := m.state(t); got != want {
			return fmt.Errorf("%s are %s, want %s", strings.Join(units, ", "), got,
				want)
		}
		return nil
	})
}

// motpd is the running motpd's process, as it is numbered here, or 0 if none runs.
func (m *machine) motpd(t *testing.T) int {
	t.Helper()
	inside := m.property(t, "motpd.service", "MainPID")
	children, err := stage.Children(m.init)
	must(t, err)
	for _, pid := range children {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err == nil && strings.Contains(string(status),
			fmt.Sprintf("\nNSpid:\t%d\t%s\n", pid, inside)) {
			return pid
		}
	}
	return 0
}
