// Package holder finds the process that holds a record locked while everyone else waits.
//
// The kernel lists locks in /proc/locks by inode. Which of the named processes still holds the
// file, or inherited it from one that has ended, shows in their open files.
//
// It must not take a lock or send a signal, and must not know what is in a record.
package holder

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// A Process holds a record.
type Process struct {
	PID     int       `json:"pid"`               // 0 if it cannot be seen from here
	Command string    `json:"command,omitempty"` // as the kernel names it: "su"
	User    string    `json:"user,omitempty"`    // who started it, by name where that is known
	Since   time.Time `json:"since"`             // when the process began; zero if not known
	// why it does not run: "stopped", "frozen by …"
	Frozen string `json:"frozen,omitempty"`
}

// settling is how long a record must be held by the same process to be told of: a login that goes
// on holds one for some milliseconds.
const settling = 300 * time.Millisecond

// Of finds who holds a file now, and still does a moment later.
func Of(path string) (Process, bool) { return Locks().Of(path) }

// A List holds all locks of this machine that are like a record's, as they were at one moment.
type List struct {
	of map[uint64][]lock // by inode
}

type lock struct {
	pid int
	dev uint64
}

// Locks reads the list. Where there is none, nobody holds anything.
func Locks() List {
	l := List{of: map[uint64][]lock{}}
	// Twice: the kernel gives a page of the list at a time, and where locks come and go
	// meanwhile the next one may leave some out.
	for range 2 {
		text, err := os.ReadFile("/proc/locks")
		if err != nil {
			return List{}
		}
		for line := range bytes.Lines(text) {
			l.add(string(line))
		}
	}
	if inContainer() {
		l.addInherited()
	}
	return l
}

// add notes a line of the list.
func (l List) add(line string) {
	if inode, one, ok := parse(line); ok && !slices.Contains(l.of[inode], one) {
		l.of[inode] = append(l.of[inode], one)
	}
}

// inContainer says whether this process is in a process namespace of its own, in which the list
// leaves out the locks of processes that are gone, whoever has inherited them.
func inContainer() bool {
	const first = 0xeffffffc // PROC_PID_INIT_INO of the kernel's proc_ns.h
	var st unix.Stat_t
	return unix.Stat("/proc/self/ns/pid", &st) == nil && st.Ino != first
}

// addInherited notes the locks that the open files of processes tell of.
func (l List) addInherited() {
	infos, err := filepath.Glob("/proc/[0-9]*/fdinfo/*")
	if err != nil {
		return
	}
	for _, info := range infos {
		text, err := os.ReadFile(info)
		if err != nil {
			continue // it has ended, or is somebody else's
		}
		for line := range bytes.Lines(text) {
			if held, ok := bytes.CutPrefix(line, []byte("lock:")); ok {
				l.add(string(held))
			}
		}
	}
}

// parse reads a line: "1: FLOCK  ADVISORY  WRITE 4711 fd:01:12345 0 EOF". Those who wait have an
// arrow in it.
func parse(line string) (inode uint64, l lock, ok bool) {
	f := strings.Fields(line)
	if len(f) < 6 || f[1] != "FLOCK" || f[3] != "WRITE" {
		return 0, lock{}, false
	}
	parts := strings.Split(f[5], ":")
	if len(parts) != 3 {
		return 0, lock{}, false
	}
	major, err1 := strconv.ParseUint(parts[0], 16, 32)
	minor, err2 := strconv.ParseUint(parts[1], 16, 32)
	inode, err3 := strconv.ParseUint(parts[2], 10, 64)
	pid, err4 := strconv.Atoi(f[4])
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil {
		return 0, lock{}, false
	}
	return inode, lock{max(pid, 0), unix.Mkdev(uint32(major), uint32(minor))}, true
}

// Of finds who holds a file by this list, and still does a moment later.
func (l List) Of(path string) (Process, bool) {
	first, held := l.now(path)
	if !held {
		return Process{}, false
	}
	time.Sleep(settling)
	second, held := Locks().now(path)
	return second, held && first.PID == second.PID && first.Since.Equal(second.Since)
}

// now finds who holds a file by this list.
func (l List) now(path string) (Process, bool) {
	var st unix.Stat_t
	if len(l.of) == 0 || unix.Lstat(path, &st) != nil {
		return Process{}, false
	}
	locks := l.of[st.Ino]
	for _, one := range locks {
		if has(one.pid, &st) {
			return describe(one.pid), true
		}
	}
	if len(locks) == 0 {
		return Process{}, false
	}
	if pid := heir(&st); pid != 0 {
		return describe(pid), true
	}
	for _, one := range locks { // what files it has open cannot be seen
		if one.dev == uint64(st.Dev) {
			return describe(one.pid), true
		}
	}
	return Process{}, false // another file system's file of the same number
}

// has says whether a process has a lock on the file.
func has(pid int, file *unix.Stat_t) bool {
	of := filepath.Join("/proc", strconv.Itoa(pid))
	open, err := os.ReadDir(of + "/fd")
	if err != nil {
		return false
	}
	for _, fd := range open {
		var st unix.Stat_t
		if unix.Stat(of+"/fd/"+fd.Name(), &st) != nil || st.Ino != file.Ino ||
			st.Dev != file.Dev {
			continue
		}
		info, err := os.ReadFile(of + "/fdinfo/" + fd.Name())
		if err == nil && bytes.Contains(info, []byte("FLOCK")) {
			return true
		}
	}
	return false
}

// heir finds the process that has the lock on a file from one that is gone.
func heir(file *unix.Stat_t) int {
	all, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, entry := range all {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && has(pid, file) {
			return pid
		}
	}
	return 0
}
