package stage

import (
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// patience is how long an event is waited for that has to come: long enough for a busy machine,
// short enough to see a hanging host for what it is.
const patience = 30 * time.Second

// Log records the lines that programs write to syslog.
type Log struct {
	path string

	mu    sync.Mutex
	more  *sync.Cond
	lines []string
	syncs int
}

// syncMark begins a line that this package sends to itself.
const syncMark = "<0>stage sync "

func listenLog(path string) (*Log, error) {
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o666); err != nil {
		return nil, err
	}
	l := &Log{path: path}
	l.more = sync.NewCond(&l.mu)
	go l.record(socket)
	return l, nil
}

func (l *Log) record(socket *net.UnixConn) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := socket.Read(buffer)
		if err != nil {
			return
		}
		l.mu.Lock()
		l.lines = append(l.lines, strings.TrimRight(string(buffer[:n]), "\x00\n"))
		l.mu.Unlock()
		l.more.Broadcast()
	}
}

// Lines returns everything that was logged before the call. A line of its own, sent last and waited
// for, makes that certain: the socket keeps the order.
func (l *Log) Lines() ([]string, error) {
	l.mu.Lock()
	l.syncs++
	mark := fmt.Sprintf("%s%d.", syncMark, l.syncs)
	l.mu.Unlock()

	conn, err := net.Dial("unixgram", l.path)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(mark)); err != nil {
		return nil, err
	}
	if _, err := l.Wait(mark); err != nil {
		return nil, err
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []string
	for _, line := range l.lines {
		if line == mark {
			break
		}
		if !strings.HasPrefix(line, syncMark) {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// Wait waits for a line that holds the text, and returns the first such line.
func (l *Log) Wait(text string) (string, error) {
	tired := false
	timer := time.AfterFunc(patience, func() {
		l.mu.Lock()
		tired = true
		l.mu.Unlock()
		l.more.Broadcast()
	})
	defer timer.Stop()

	l.mu.Lock()
	defer l.mu.Unlock()
	for seen := 0; ; {
		for ; seen < len(l.lines); seen++ {
			if strings.Contains(l.lines[seen], text) {
				return l.lines[seen], nil
			}
		}
		if tired {
			return "", fmt.Errorf("no log line with %q; the log:\n%s", text,
				strings.Join(l.lines, "\n"))
		}
		l.more.Wait()
	}
}

// Module returns the lines of the module about one user, as the module names it (user=NAME, user=?
// for a name that is not in the table), without what syslog puts before them.
func (l *Log) Module(user string) ([]string, error) {
	return l.about(user, "pam_motp(", "): ")
}

// What stands before a line of motpd's, and at the end of that.
const motpdName, motpdEnd = "motpd[", "]: "

// Motpd returns the same lines where motpd wrote them: of programs that are not root's.
func (l *Log) Motpd(user string) ([]string, error) {
	return l.about(user, motpdName, motpdEnd)
}

// AwaitMotpd is Motpd once there are so many lines: motpd writes them beside the logins.
func (l *Log) AwaitMotpd(user string, expected int) ([]string, error) {
	tired := false
	timer := time.AfterFunc(patience, func() {
		l.mu.Lock()
		tired = true
		l.mu.Unlock()
		l.more.Broadcast()
	})
	defer timer.Stop()
	l.mu.Lock()
	for !tired && len(linesAbout(l.lines, user, motpdName, motpdEnd)) < expected {
		l.more.Wait()
	}
	l.mu.Unlock()
	return l.Motpd(user)
}

// about returns the lines about one user that begin with a name and something more, without that.
func (l *Log) about(user, name, end string) ([]string, error) {
	lines, err := l.Lines()
	return linesAbout(lines, user, name, end), err
}

func linesAbout(lines []string, user, name, end string) (about []string) {
	for _, line := range lines {
		_, after, found := strings.Cut(line, name)
		if !found {
			continue
		}
		_, text, _ := strings.Cut(after, end)
		for field := range strings.FieldsSeq(text) {
			if field == "user="+user {
				about = append(about, text)
				break
			}
		}
	}
	return about
}
