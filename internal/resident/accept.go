package resident

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pam-motp/pam-motp/pam/wire"
	"golang.org/x/sys/unix"
)

// A listener is one of the two sockets.
type listener struct {
	fd   int
	root bool // for programs that are root's, and for no others

	spare int32 // goroutines that are to wait for connections
	most  int   // connections at a time
	each  int   // the same, of one account

	idle atomic.Int32 // goroutines that wait for connections

	mu   sync.Mutex
	open int
	of   map[uint32]int // connections of each account
}

// The limits. Of root's programs no account is limited: su and sudo are root's, whoever runs them,
// and so is sshd before a login.
const (
	spareForRoot, mostForRoot                 = 4, 2048
	spareForOthers, mostForOthers, eachForOne = 2, 512, 16
)

func rootListener(fd int) *listener {
	return &listener{fd: fd, root: true, spare: spareForRoot, most: mostForRoot,
		each: mostForRoot, of: make(map[uint32]int)}
}

func othersListener(fd int) *listener {
	return &listener{fd: fd, spare: spareForOthers, most: mostForOthers, each: eachForOne,
		of: make(map[uint32]int)}
}

// enter counts a connection in, if there is room for it.
func (l *listener) enter(uid uint32) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.most || l.of[uid] >= l.each {
		return false
	}
	l.open++
	l.of[uid]++
	return true
}

func (l *listener) leave(uid uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	if l.of[uid]--; l.of[uid] == 0 {
		delete(l.of, uid)
	}
}

// accept takes connections and answers them, one after the other: a login that goes its plain way
// is done where it was accepted, in a thread that waits in the kernel. Going through Go's poller
// costs 50 us more. Whoever takes the last connection that could be taken sees to it that somebody
// waits for the next.
func (s *Server) accept(l *listener) {
	buffer := make([]byte, wire.RequestMax+3)
	for {
		fd, _, err := unix.Accept4(l.fd, unix.SOCK_CLOEXEC)
		if err != nil {
			// The place is kept: a number of goroutines that fails, and not each the
			// next one.
			if err != unix.EINTR && err != unix.ECONNABORTED {
				// no descriptors, or no memory: there may be some soon
				time.Sleep(10 * time.Millisecond)
			}
			continue
		}
		s.busy.Add(1)
		if l.idle.Add(-1) == 0 {
			l.idle.Add(1)
			go s.accept(l)
		}
		s.meet(l, fd, buffer)
		s.done()
		if !l.stay() {
			return
		}
	}
}

// stay takes a place among those who wait for connections, if one is free. At no time are more
// counted than wait, or are about to: else the last one who took a connection would not know that
// it was the last.
func (l *listener) stay() bool {
	for {
		idle := l.idle.Load()
		if idle >= l.spare {
			return false
		}
		if l.idle.CompareAndSwap(idle, idle+1) {
			return true
		}
	}
}

// done counts a connection out.
func (s *Server) done() {
	s.last.Store(int64(time.Since(s.began)))
	s.busy.Add(-1)
}
