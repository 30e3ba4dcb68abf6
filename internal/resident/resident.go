// Package resident is motpd: it listens on two sockets and judges logins as a worker does, on the
// default site, which it keeps open.
//
// One socket is for programs that are root's, and one is for all others; neither takes anything
// from the other. A connection brings one request and gets one verdict, or a question with a ticket
// to come again with, so that nobody's typing keeps one open. accept.go takes connections,
// connection.go brings them to their request, judge.go answers it. caller.go says whom a program
// may ask about, ticket.go seals where a login stands. listen.go makes the sockets or gets them
// from systemd, journal.go writes the log, main.go reads the command line.
//
// The package must not know how codes are judged: that is pam/login's, as in a worker. It opens no
// file that a caller names.
package resident

import (
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pam-motp/pam-motp/internal/site"
)

const (
	// requestWait is how long a connection may be silent after HELLO.
	requestWait = 5 * time.Second

	// soon is how long a connection's request is waited for where it was accepted, in ms:
	// a program sends it as soon as it has read HELLO. One that takes longer waits elsewhere.
	soon = 3

	// loginWait is how long after its request a login gives up waiting for others. Programs
	// wait ten seconds.
	loginWait = 8 * time.Second

	// stopWait is how long a motpd that ends goes on with what it has begun, its log included.
	stopWait = 12 * time.Second
)

// A Server judges logins on one site.
type Server struct {
	site    *site.Site
	journal *journal
	tickets *tickets
	pace    pace
	began   time.Time

	served atomic.Int64 // requests that were answered
	jobs   jobs

	// busy counts the connections that were accepted; last is when the latest one ended, in
	// nanoseconds since began.
	busy     atomic.Int64
	last     atomic.Int64
	stopping atomic.Bool
	stopWait time.Duration

	mu     sync.Mutex
	asides map[*os.File]bool // connections that no thread waits on; true for silent ones
}

// newServer serves a site.
func newServer(at *site.Site, log *journal, tickets *tickets) *Server {
	return &Server{site: at, journal: log, tickets: tickets, began: time.Now(),
		pace:     pace{every: paceEvery},
		stopWait: stopWait, asides: make(map[*os.File]bool)}
}

// serve takes connections from a listener, from now on.
func (s *Server) serve(l *listener) {
	for range l.spare {
		l.idle.Add(1)
		go s.accept(l)
	}
}

// idleFor is how long nobody has wanted anything.
func (s *Server) idleFor() time.Duration {
	if s.busy.Load() > 0 {
		return 0
	}
	return time.Since(s.began) - time.Duration(s.last.Load())
}

// stop ends the service: what has been promised an answer gets it, and all others come to whoever
// listens next.
func (s *Server) stop() {
	s.stopping.Store(true)
	s.hurry()
	end := time.Now().Add(s.stopWait)
	for s.busy.Load() > 0 && time.Now().Before(end) {
		time.Sleep(time.Millisecond)
	}
	s.journal.flush(s.stopWait / 12)
}
