package resident

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"github.com/pam-motp/pam-motp/internal/version"
	"github.com/pam-motp/pam-motp/pam/wire"
	"golang.org/x/sys/unix"
)

// A connection is one program that wants one thing.
type connection struct {
	wire.Socket
	peer unix.Ucred
	root bool // it came to the socket that is for root's programs

	// account is whose connections it is counted among: those of the program's user id, or,
	// where that may be one of many that are all one user's, of nobody.
	account uint32
}

// countedAs is the account that a program on a listener is counted under. A user has thousands of
// user ids for programs in user namespaces: all of these programs are counted as one account's.
func (l *listener) countedAs(peer *unix.Ucred) uint32 {
	if !l.root && sameNamespace(peer.Pid) != nil {
		return nobody
	}
	return peer.Uid
}

// meet brings a connection to its request. One whose request is there at once is answered here.
func (s *Server) meet(l *listener, fd int, buffer []byte) {
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || l.root && peer.Uid != 0 {
		_ = unix.Close(fd)
		return
	}
	c := connection{Socket: thread{fd, s}, peer: *peer, root: l.root,
		account: l.countedAs(peer)}
	if !l.enter(c.account) {
		_ = unix.Close(fd)
		return
	}
	// Who was told nothing goes to whoever listens next, or to a worker.
	if s.stopping.Load() || (wire.Dialogue{Socket: c}).Hello(version.Text()) != nil {
		_ = unix.Close(fd)
		l.leave(c.account)
		return
	}
	if !readable(fd, soon) {
		s.setAside(l, c, fd)
		return
	}
	n, err := c.Receive(buffer)
	if err == nil {
		j := s.read(c, buffer[:n])
		if j.talks {
			s.aside(l, c, fd, j.answer)
			return
		}
		s.answer(c, j)
	}
	_ = unix.Close(fd)
	l.leave(c.account)
}

func (s *Server) answer(c connection, j job) {
	defer s.survive(c)
	j.answer(c)
}

// survive keeps a mistake in one login from ending all others: that connection ends without a
// verdict, which its program takes for a refusal. What panicked may hold what was typed, so only
// where is told.
func (s *Server) survive(c connection) {
	if recover() == nil {
		return
	}
	s.journal.note(priorityError, "a mistake of motpd's, please report it: a panic in the "+
		"login of "+c.who()+", which has no verdict; the standard error has where")
	fmt.Fprintf(os.Stderr, "%s\n", debug.Stack())
}

// aside goes on with a connection in a goroutine that takes no thread while it waits.
func (s *Server) aside(l *listener, c connection, fd int, on func(connection)) {
	file, err := s.pollable(fd)
	if err != nil {
		_ = unix.Close(fd)
		l.leave(c.account)
		return
	}
	s.busy.Add(1)
	go func() {
		defer s.done()
		defer l.leave(c.account)
		defer file.Close()
		c.Socket = file
		s.note(file)
		defer s.drop(file)
		defer s.survive(c)
		on(c)
	}()
}

// setAside waits for a request that was not there at once.
func (s *Server) setAside(l *listener, c connection, fd int) {
	s.aside(l, c, fd, func(c connection) {
		w := &silent{c.Socket.(polled)}
		s.await(w)
		buffer := make([]byte, wire.RequestMax+3)
		n, err := w.receive(buffer)
		s.note(w.polled)
		if err == nil {
			s.read(c, buffer[:n]).answer(c)
		}
	})
}

// A silent connection has been told HELLO, and has sent nothing yet.
type silent struct{ polled }

func (s *Server) await(w *silent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asides[w.File] = true
	until := time.Now()
	if !s.stopping.Load() {
		until = until.Add(requestWait)
	}
	_ = w.SetReadDeadline(until)
}

// note keeps a connection that is no silent one, or none any more.
func (s *Server) note(file polled) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asides[file.File] = false
}

func (s *Server) drop(file polled) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.asides, file.File)
}

// hurry ends the wait of all silent connections at once, and soon that of programs which have been
// asked for something: others wait for the next motpd.
func (s *Server) hurry() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for file, silent := range s.asides {
		until := time.Now()
		if !silent {
			until = until.Add(talkAtEnd)
		}
		_ = file.SetReadDeadline(until)
	}
}

// receive waits for the request. When it is time, what comes later is refused by the kernel, so
// that the program knows that nobody has received it, and what came before is taken.
func (w *silent) receive(buffer []byte) (int, error) {
	n, err := w.Read(buffer)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	raw, err := w.SyscallConn()
	if err != nil {
		return 0, err
	}
	n = 0
	errControl := raw.Control(func(fd uintptr) {
		if err = unix.Shutdown(int(fd), unix.SHUT_RD); err == nil {
			n, _, err = unix.Recvfrom(int(fd), buffer, unix.MSG_DONTWAIT)
		}
	})
	if err == nil {
		err = errControl
	}
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}
