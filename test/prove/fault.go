package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// errnos are what every call fails with in turn, whether the kernel's manual says that it can or
// not.
var errnos = []unix.Errno{
	unix.EIO, unix.ENOSPC, unix.EROFS, unix.EDQUOT, unix.EACCES, unix.EMFILE, unix.ENOMEM,
	unix.EAGAIN, unix.EINTR,
}

// lasting are the calls of a worker that fail for good, too, and not only once.
var lasting = []string{
	"openat", "read", "write", "pread64", "pwrite64", "fdatasync", "fsync", "flock", "fstat",
	"linkat", "mmap", "mprotect", "clone", "clone3", "fcntl", "close",
}

// decisive are the calls without which a login must not be let in: they read the table and the
// record, lock it, and have it on disk.
var decisive = []string{"pread64", "pwrite64", "fdatasync", "flock", "fstat"}

// mustRefuse says whether the fault leaves no way to let somebody in. An interrupted call is made
// again, and so is one for a lock that another holds; and the first record of all is made in
// another way where one fails.
func (f fault) mustRefuse() bool {
	errno := f.what[len(f.what)-1]
	again := errno == strconv.Itoa(int(unix.EINTR)) ||
		f.what[1] == "flock" && errno == strconv.Itoa(int(unix.EAGAIN))
	return f.target != "host" && f.recorded && slices.Contains(decisive, f.what[1]) && !again
}

// A fault is what is done to one login.
type fault struct {
	scene
	target string
	what   []string
}

// faults has each system call of a login fail, one after the other, in every way.
func (l *lab) faults() error {
	for _, target := range []string{"worker", "host"} {
		line := l.report.add("each system call of the %s failing, with each of %d "+
			"errors, in %d kinds of login", target, len(errnos), len(scenes))
		var all []fault
		for _, sc := range scenes {
			places, err := calls(sc, target)
			if err != nil {
				return err
			}
			all = append(all, faultsOnce(sc, target, places)...)
		}
		if err := playFaults(line, all); err != nil {
			return err
		}
	}
	line := l.report.add("a kind of system call of the worker failing for good")
	return playFaults(line, faultsForGood("worker", scenes))
}

func faultsForGood(target string, scenes []scene) []fault {
	var all []fault
	for _, sc := range scenes {
		for _, name := range lasting {
			for _, errno := range errnos {
				if errno == unix.EINTR { // not for ever: it is what a signal does
					continue
				}
				all = append(all,
					fault{sc, target,
						[]string{"every", name, strconv.Itoa(int(errno))}})
			}
		}
	}
	return all
}

// alike are calls about signals and threads: many, and such as fail only for a mistake of their
// caller's, so that they fail in one way.
var alike = []string{"rt_sigaction", "rt_sigprocmask", "sigaltstack", "set_robust_list", "rseq"}

func faultsOnce(sc scene, target string, places []place) []fault {
	var all []fault
	for _, p := range places {
		for _, errno := range errnos {
			if slices.Contains(alike, p.name) && errno != unix.ENOMEM {
				continue
			}
			all = append(all, fault{sc, target,
				[]string{"fail", p.name, strconv.Itoa(p.n),
					strconv.Itoa(int(errno))}})
		}
	}
	return all
}

func playFaults(line *line, all []fault) error {
	return each(len(all), func(i int) error { return all[i].play(line) })
}

func (f fault) play(line *line) error {
	t, err := newTrial(f.scene, f.target)
	if err != nil {
		return err
	}
	hit, result, err := t.play(f.target, f.what...)
	where := fmt.Sprintf("%s: %s, %s (%s)", f.scene.name, f.target, strings.Join(f.what, " "),
		errnoName(f.what[len(f.what)-1]))
	if errors.Is(err, errDied) || errors.Is(err, errHang) {
		line.broken("%s: %v", where, err)
		return t.replaceHost()
	}
	if err != nil {
		return err
	}
	complaint, err := t.check(result)
	if err != nil {
		complaint = err.Error()
	}
	if complaint == "" && hit && result == success && f.mustRefuse() {
		complaint = "a right code was accepted all the same"
	}
	// whoever cannot wait for a child cannot but leave it
	if complaint == "" && f.what[1] != "wait4" {
		complaint = t.host.leftBehind()
	}
	if complaint == "" && t.motpd != nil && !f.mayEnd() {
		complaint = t.motpd.isStillThere()
	}
	if complaint != "" {
		line.broken("%s: %s", where, complaint)
	}
	if err := t.clean(); err != nil {
		line.broken("%s: the host ended with %v", where, err)
	}
	if hit {
		line.note(outcome(result))
		line.took(t.answered)
	}
	return nil
}

func errnoName(number string) string {
	n, _ := strconv.Atoi(number)
	return unix.ErrnoName(unix.Errno(n))
}
