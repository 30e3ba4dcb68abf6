package resident

import (
	"fmt"
	"log/syslog"
	"os"
	"sync/atomic"
	"time"
)

// Priorities of syslog.
const (
	priorityError  = 3
	priorityNotice = 5
	priorityInfo   = 6
)

// A journal writes to the system's log, beside the logins: nobody waits for a log that nobody
// reads. What there is no room for is counted, and said when there is.
type journal struct {
	lines chan entry
	lost  atomic.Int64
	stuck atomic.Bool // the log takes no lines
}

// An entry is a line, if it is not empty; written is closed when that and all before it are
// written.
type entry struct {
	priority int
	line     string
	written  chan struct{}
}

// journalRoom is how many lines may wait.
const journalRoom = 1024

func openJournal() *journal {
	j := &journal{lines: make(chan entry, journalRoom)}
	go j.write(toSystem())
	return j
}

// note writes a line.
func (j *journal) note(priority int, line string) {
	select {
	case j.lines <- entry{priority: priority, line: line}:
	default:
		j.lost.Add(1)
	}
}

// tellWait is how long a program that is not root's waits for its line.
const tellWait = time.Second

// tell writes a line about a program that is not root's, and returns when it is written. So no more
// of these are under way than there are such programs, which is fewer than there is room for, and
// no account can have another's lines lost. If the log takes none, nobody waits until it does.
func (j *journal) tell(priority int, line string) {
	if j.stuck.Load() {
		j.note(priority, line)
		return
	}
	written, late := make(chan struct{}), time.NewTimer(tellWait)
	defer late.Stop()
	select {
	case j.lines <- entry{priority, line, written}:
	case <-late.C:
		j.stuck.Store(true)
		j.lost.Add(1)
		return
	}
	select {
	case <-written:
	case <-late.C:
		j.stuck.Store(true)
	}
}

// flush waits until everything noted is written, for a while: nobody may read the log.
func (j *journal) flush(wait time.Duration) {
	written, late := make(chan struct{}), time.After(wait)
	select {
	case j.lines <- entry{written: written}:
	case <-late:
		return
	}
	select {
	case <-written:
	case <-late:
	}
}

// write writes what is noted, with put.
func (j *journal) write(put func(entry)) {
	for e := range j.lines {
		if e.line == "" {
			close(e.written)
			continue
		}
		put(e)
		j.stuck.Store(false)
		if e.written != nil {
			close(e.written)
		}
		if n := j.lost.Swap(0); n > 0 {
			put(entry{priority: priorityError, line: fmt.Sprintf(
				"%d log lines were lost: the system's log did not take them", n)})
		}
	}
}

// toSystem writes to the system's log, as soon as there is one.
func toSystem() func(entry) {
	var to *syslog.Writer
	return func(e entry) {
		if to == nil {
			to, _ = syslog.New(syslog.LOG_AUTHPRIV|syslog.LOG_INFO, "motpd")
		}
		put(to, e)
	}
}

// put writes to the log, or where that is away to the standard error.
func put(to *syslog.Writer, e entry) {
	if to == nil {
		fmt.Fprintln(os.Stderr, e.line)
		return
	}
	var err error
	switch e.priority {
	case priorityError:
		err = to.Err(e.line)
	case priorityNotice:
		err = to.Notice(e.line)
	default:
		err = to.Info(e.line)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, e.line)
	}
}
