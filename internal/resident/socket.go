package resident

import (
	"io"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A thread is a socket on which a thread waits in the kernel.
type thread int

// Send sends a packet to a program that may be gone, or asleep: it waits for nobody.
func (t thread) Send(packet []byte) error {
	for {
		err := unix.Sendto(int(t), packet, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// Receive waits for a packet.
func (t thread) Receive(packet []byte) (int, error) {
	for {
		n, _, err := unix.Recvfrom(int(t), packet, 0)
		if err == unix.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = io.EOF
		}
		return n, err
	}
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
