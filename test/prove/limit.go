package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

// limits has hosts log somebody in who may not have the processes, memory, files or system calls
// that it takes.
func (l *lab) limits() error {
	return inTurn(l.fewProcesses, l.littleMemory, l.fewFiles, l.refusedCalls, l.smallGroup)
}

const plainUser = 23456

// fewProcesses: a plain user may not read the table, so that nobody is let in; a program that is
// root by its setuid bit may.
func (l *lab) fewProcesses() error {
	plain := l.report.add("host of a plain user, RLIMIT_NPROC 0 to 10")
	setuid := l.report.add("setuid-root host of a plain user, without capabilities over " +
		"limits, RLIMIT_NPROC 0 to 10")
	return each(22, func(i int) error {
		limit := fmt.Sprintf("limit nproc %d", i/2)
		if i%2 == 0 {
			return limited(plain, []string{limit, fmt.Sprintf("plain %d", plainUser+i)},
				func(r int) bool {
					return r != success
				})
		}
		return limited(setuid, []string{fmt.Sprintf("setuid %d", plainUser+i),
			limit}, anyAnswer)
	})
}

func (l *lab) littleMemory() error {
	const step, steps = 16, 128
	line := l.report.add("RLIMIT_AS of 0 to %d MB, every %d MB", step*steps, step)
	return each(steps+1, func(i int) error {
		return limited(line, []string{fmt.Sprintf("limit as %d", i*step<<20)}, anyAnswer)
	})
}

func (l *lab) fewFiles() error {
	line := l.report.add("RLIMIT_NOFILE 0 to 15")
	return each(16, func(i int) error {
		return limited(line, []string{fmt.Sprintf("limit nofile %d", i)}, anyAnswer)
	})
}

func (l *lab) refusedCalls() error {
	for _, c := range []struct{ what, how string }{
		{"seccomp refuses to make processes", "processes"},
		{"seccomp refuses to make threads", "threads"},
	} {
		line := l.report.add("%s", c.what)
		if err := limited(line, nil, func(r int) bool {
			return r == authinfoUnavail
		}, tool("refuse"), c.how); err != nil {
			return err
		}
	}
	return nil
}

// smallGroup: the kernel kills what does not fit into the group. That must be the worker's end and
// not the host's.
func (l *lab) smallGroup() error {
	line := l.report.add("memory cgroup of 16 MB, and of less down to 2 MB")
	groups, err := mountMemoryGroups()
	if err != nil {
		line.result = "not on this machine: " + err.Error()
		return nil
	}
	for kilobytes := 16 << 10; kilobytes >= smallestGroup; kilobytes = kilobytes * 3 / 4 {
		group, err := groups.add(fmt.Sprintf("motp-prove-%d-%d", time.Now().UnixNano(),
			kilobytes), kilobytes<<10)
		if err != nil {
			return err
		}
		err = limited(line, nil, anyAnswer, "sh", "-c",
			`echo $$ >"$0/cgroup.procs" && exec "$@"`, group)
		if err := errors.Join(err, unix.Rmdir(group)); err != nil {
			return err
		}
	}
	return unix.Unmount(groups.at, 0)
}

// smallestGroup is the least memory, in kB, that is tried: in less the kernel may take the host,
// which needs about as much.
const smallestGroup = 2 << 10

// memoryGroups is the mounted tree of cgroups that limit memory, of either version.
type memoryGroups struct{ at, limit string }

func mountMemoryGroups() (memoryGroups, error) {
	g := memoryGroups{tools + "/cgroup", "memory.max"}
	if err := os.MkdirAll(g.at, 0o755); err != nil {
		return g, err
	}
	if err := unix.Mount("none", g.at, "cgroup2", 0, ""); err == nil {
		has, err := os.ReadFile(filepath.Join(g.at, "cgroup.controllers"))
		if err == nil && strings.Contains(string(has), "memory") {
			return g, nil
		}
		if err := unix.Unmount(g.at, 0); err != nil {
			return g, err
		}
	}
	g.limit = "memory.limit_in_bytes"
	return g, unix.Mount("none", g.at, "cgroup", 0, "memory")
}

func (g memoryGroups) add(name string, size int) (string, error) {
	group := filepath.Join(g.at, name)
	if err := os.Mkdir(group, 0o755); err != nil {
		return "", err
	}
	return group, os.WriteFile(filepath.Join(group, g.limit), fmt.Append(nil, size), 0o644)
}

func anyAnswer(int) bool { return true }

// limited plays logins in a host that was told things, or started by another program. The answer
// must be one that fits, and that is so anyway: a right code is accepted or unavailable, and
// accepted once. When the limit is gone the host, if it still can, lets the user in.
func limited(line *line, told []string, fits func(int) bool, by ...string) error {
	t, err := newTrial(scenes[0], "host")
	if err != nil {
		return err
	}
	defer t.clean()
	h, err := newHost(by...)
	if err != nil {
		return err
	}
	defer h.kill()
	where := strings.Join(append(append([]string{}, by...), told...), ", ")
	if err := h.start(t.site, t.service, alice.name); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	for _, command := range told {
		if _, err := h.do("%s", command); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
	}
	start := time.Now()
	result, err := h.authenticate(t.password + t.typed())
	line.took(time.Since(start))
	if err == nil && !fits(result) {
		err = fmt.Errorf("the answer is %q", codeName(result))
	}
	if err == nil {
		err = h.unharmed()
	}
	if err := errors.Join(err, h.stop()); err != nil {
		line.broken("%s: %v", where, err)
	}
	line.note(outcome(result))
	complaint, err := t.check(result)
	if err == nil && complaint != "" {
		line.broken("%s: %s", where, complaint)
	}
	return err
}

// unharmed looks whether the host goes on as it was: it answers, and has no children.
func (h *host) unharmed() error {
	if err := h.end(); err != nil {
		return err
	}
	if left := h.leftBehind(); left != "" {
		return errors.New(left)
	}
	return nil
}

// leftBehind says what a login left in a host. It is empty if that is nothing.
func (h *host) leftBehind() string {
	children, err := stage.Children(h.pid)
	switch {
	case err != nil:
		return err.Error()
	case len(children) > 0:
		return fmt.Sprintf("the host still has the children %v", children)
	}
	return ""
}
