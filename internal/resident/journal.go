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
}

// An entry is a line, or, with written, the wish to know when all before it are written.
type entry struct {
	priority int
	line     string
	written  chan struct{}
}

// journalRoom is how many lines may wait.
const journalRoom = 1024

func openJournal() *journal {
	j := &journal{lines: make(chan entry, journalRoom)}
	go j.write()
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

func (j *journal) write() {
	var to *syslog.Writer
	for e := range j.lines {
		if e.written != nil {
			close(e.written)
			continue
		}
		if to == nil {
			to, _ = syslog.New(syslog.LOG_AUTHPRIV|syslog.LOG_INFO, "motpd")
		}
		put(to, e)
		if n := j.lost.Swap(0); n > 0 {
			put(to, entry{priority: priorityError, line: fmt.Sprintf(
				"%d log lines were lost: the system's log did not take them", n)})
		}
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
