package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

// A lab is the private machine with the programs that the experiments use.
type lab struct {
	machine *stage.Machine
	report  report
	// a folder on the machine's own disk, where durable writes cost what they cost
	disk string
}

const (
	tools = "/run/prove"
	// onDisk is the one folder of the checkout that is written to.
	onDisk = "build/prove.state"
)

// nameServices are where hosts look accounts up. What else this machine may have is not tried here:
// systemd's ends a host that cannot set its signals.
const nameServices = "passwd: files\ngroup: files\nshadow: files\n"

func tool(name string) string { return filepath.Join(tools, name) }

func newLab(m *stage.Machine) (*lab, error) {
	l := &lab{machine: m, disk: filepath.Join(tools, "disk")}
	if err := m.InstallModule(); err != nil {
		return nil, err
	}
	for _, folder := range []string{l.disk, "/etc/security", "/var/lib/motp", "/run/motp"} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return nil, err
		}
	}
	if err := l.mountDisk(); err != nil {
		return nil, err
	}
	if err := os.WriteFile("/etc/nsswitch.conf", []byte(nameServices), 0o644); err != nil {
		return nil, err
	}
	if err := l.copyMotpd(motpdProgram()); err != nil {
		return nil, err
	}
	if err := l.copyProgram("motpd-etcd", motpdEtcdProgram()); err != nil {
		return nil, err
	}
	return l, l.compile()
}

// copyMotpd puts the built motpd in a place, whether one runs from there or not.
func (l *lab) copyMotpd(to string) error { return l.copyProgram("motpd", to) }

func (l *lab) copyProgram(name, to string) error {
	program, err := os.ReadFile(l.machine.Path("build", name))
	if err != nil {
		return err
	}
	if err := os.WriteFile(to+".new", program, 0o755); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}

// mountDisk shows onDisk in a place where it may be written: everything else of the machine is
// read-only here.
func (l *lab) mountDisk() error {
	if err := unix.Mount(l.machine.Path(onDisk), l.disk, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("bind %s: %w", onDisk, err)
	}
	writable := &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, l.disk, 0, writable); err != nil {
		return fmt.Errorf("make %s writable: %w", onDisk, err)
	}
	return nil
}

func (l *lab) compile() error {
	ours := func(name string) string { return l.machine.Path("test/prove/testdata", name) }
	module := func(name string) string { return l.machine.Path("test/module/testdata", name) }
	for _, arguments := range [][]string{
		{"-o", tool("host"), module("host.c"), module("process.c"), "-lpam", "-pthread"},
		{"-o", tool("fault"), ours("fault.c")},
		{"-o", tool("refuse"), ours("refuse.c")},
		{"-o", tool("room"), ours("room.c")},
		{"-o", tool("storm"), ours("storm.c")},
		{"-shared", "-fPIC", "-o", tool("clock.so"), ours("clock.c"), "-ldl"},
	} {
		arguments = append([]string{"-O1", "-Wall", "-Wextra", "-Werror"}, arguments...)
		if output, err := exec.Command("cc", arguments...).CombinedOutput(); err != nil {
			return fmt.Errorf("cc: %w\n%s", err, output)
		}
	}
	return nil
}

// each plays cases 0 to n-1, so many at once as the flag says, and returns the first error: of the
// experiment, not of the module.
func each(n int, play func(i int) error) error {
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		first error
		next  int
	)
	for range min(*parallel, n) {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for {
				mu.Lock()
				i, stop := next, first != nil
				next++
				mu.Unlock()
				if stop || i >= n {
					return
				}
				if err := play(i); err != nil {
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
				}
			}
		}()
	}
	wait.Wait()
	return first
}
