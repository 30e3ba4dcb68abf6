package holder

import (
	"bytes"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// describe tells what /proc has of a process.
func describe(pid int) Process {
	p := Process{PID: pid}
	if pid == 0 {
		return p
	}
	of := fmt.Sprintf("/proc/%d/", pid)
	name, _ := os.ReadFile(of + "comm")
	p.Command = strings.TrimSuffix(string(name), "\n")
	p.User = starter(pid)
	p.Since = began(of)
	p.Frozen = frozen(of)
	return p
}

// field finds a line of a process' status: "Uid:	0	0	0	0".
func field(pid int, name string) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return nil
	}
	for line := range bytes.Lines(text) {
		if rest, ok := bytes.CutPrefix(line, []byte(name+":")); ok {
			return strings.Fields(string(rest))
		}
	}
	return nil
}

// starter names who started a process. A worker is root's, but was forked by a program that still
// knows who called it.
func starter(pid int) string {
	for range 2 {
		if uid := first(field(pid, "Uid")); uid != "" && uid != "0" {
			return nameOf(uid)
		}
		parent, err := strconv.Atoi(first(field(pid, "PPid")))
		if err != nil || parent <= 1 {
			break
		}
		pid = parent
	}
	return "root"
}

func first(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

func nameOf(uid string) string {
	if u, err := user.LookupId(uid); err == nil {
		return u.Username
	}
	return "uid " + uid
}

// clockTicks is how many of the kernel's ticks a second has in /proc, on every architecture.
const clockTicks = 100

// began tells when a process did.
func began(of string) time.Time {
	stat, err := os.ReadFile(of + "stat")
	if err != nil {
		return time.Time{}
	}
	_, after, _ := bytes.Cut(stat[max(0, bytes.LastIndexByte(stat, ')')):], []byte(" "))
	fields := strings.Fields(string(after)) // from the third on: the state
	if len(fields) < 20 {
		return time.Time{}
	}
	ticks, err := strconv.ParseInt(fields[19], 10, 64)
	if err != nil {
		return time.Time{}
	}
	boot := booted()
	if boot == 0 {
		return time.Time{}
	}
	return time.Unix(boot, 0).Add(time.Duration(ticks) * time.Second / clockTicks)
}

// booted tells when the machine did, in seconds since 1970.
func booted() int64 {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(stat) {
		if rest, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			seconds, _ := strconv.ParseInt(strings.TrimSpace(string(rest)), 10, 64)
			return seconds
		}
	}
	return 0
}

// frozen tells why a process does not run, if that is somebody's will.
func frozen(of string) string {
	pid, _ := strconv.Atoi(filepath.Base(of))
	switch first(field(pid, "State")) {
	case "T":
		return "stopped"
	case "t":
		return "stopped by a debugger"
	}
	text, err := os.ReadFile(of + "cgroup")
	if err != nil {
		return ""
	}
	for line := range bytes.Lines(text) {
		parts := strings.SplitN(strings.TrimSuffix(string(line), "\n"), ":", 3)
		if len(parts) == 3 && cgroupFrozen("/sys/fs/cgroup", parts[1], parts[2]) {
			return "frozen by the cgroup " + parts[2]
		}
	}
	return ""
}

// cgroupFrozen looks at a cgroup under the folder where systems mount them: in the one hierarchy,
// or in an old one of the freezer's.
func cgroupFrozen(root, controllers, path string) bool {
	switch controllers {
	case "":
		for _, at := range []string{root, root + "/unified"} {
			events, err := os.ReadFile(filepath.Join(at, path, "cgroup.events"))
			if err == nil && bytes.Contains(events, []byte("frozen 1")) {
				return true
			}
		}
	case "freezer":
		state, err := os.ReadFile(filepath.Join(root, "freezer", path, "freezer.state"))
		return err == nil && !bytes.HasPrefix(state, []byte("THAWED"))
	}
	return false
}

// String tells of the process in words: "process 4711 (su), which mallory started".
func (p Process) String() string {
	if p.PID == 0 {
		return "a process that cannot be seen from here"
	}
	text := fmt.Sprintf("process %d", p.PID)
	if p.Command != "" {
		text += " (" + printable(p.Command) + ")"
	}
	if p.User != "" {
		text += " of " + printable(p.User)
	}
	if !p.Since.IsZero() {
		text += ", which began " + p.Since.Local().Format(time.DateTime)
	}
	if p.Frozen != "" {
		text += " and is " + printable(p.Frozen)
	}
	return text
}

// printable quotes what a terminal could take for more than text.
func printable(s string) string {
	if quoted := strconv.Quote(s); quoted != `"`+s+`"` {
		return quoted
	}
	return s
}
