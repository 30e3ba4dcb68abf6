package resident

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A thread is a socket of a login that is done where it was accepted, in a thread.
type thread struct {
	fd     int
	server *Server
}

// Send sends a packet to a program that may be gone, or asleep: it waits for nobody.
func (t thread) Send(packet []byte) error {
	for {
		err := unix.Sendto(t.fd, packet, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// Receive takes a packet. One that is not there yet is waited for without the thread: the program
// may have to ask a directory first.
func (t thread) Receive(packet []byte) (int, error) {
	for {
		n, _, err := unix.Recvfrom(t.fd, packet, unix.MSG_DONTWAIT)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return t.await(packet)
		case err == nil && n == 0:
			err = io.EOF
		}
		return n, err
	}
}

func (t thread) await(packet []byte) (int, error) {
	fd, err := unix.FcntlInt(uintptr(t.fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	file, err := t.server.pollable(fd)
	if err != nil {
		_ = unix.Close(fd)
		return 0, err
	}
	defer file.Close()
	t.server.note(file)
	defer t.server.drop(file)
	return file.Receive(packet)
}

// readable says whether there is something to read within so many ms.
func readable(fd, ms int) bool {
	p := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(p, ms)
		if err != unix.EINTR {
			return n > 0
		}
	}
}

// talkWait is how long a program may take to answer what it is asked in a dialogue: what an earlier
// module left, or to leave something itself. No person is asked there.
const talkWait = 5 * time.Second

// talkAtEnd is the same in a motpd that ends, for which others wait.
const talkAtEnd = time.Second

// A polled socket is one that no thread waits on.
type polled struct {
	*os.File
	ending *atomic.Bool // the server ends
}

// pollable takes a socket over. With an error it is still the caller's.
func (s *Server) pollable(fd int) (polled, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		return polled{}, err
	}
	return polled{os.NewFile(uintptr(fd), "connection"), &s.stopping}, nil
}

// talkUntil is until when the program has to answer.
func (p polled) talkUntil() time.Time {
	if p.ending.Load() {
		return time.Now().Add(talkAtEnd)
	}
	return time.Now().Add(talkWait)
}

// Send sends a packet.
func (p polled) Send(packet []byte) error {
	if err := p.SetWriteDeadline(p.talkUntil()); err != nil {
		return err
	}
	_, err := p.Write(packet)
	return err
}

// Receive waits for a packet.
func (p polled) Receive(packet []byte) (int, error) {
	if err := p.SetReadDeadline(p.talkUntil()); err != nil {
		return 0, err
	}
	return p.Read(packet)
}
