package ask

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Where motpd listens: for programs that are root's, and for all others.
const (
	RootSocket   = "/run/motp/root.sock"
	OthersSocket = "/run/motp/motpd.sock"
)

// Socket is where motpd listens for this process.
func Socket() string {
	if os.Geteuid() == 0 {
		return RootSocket
	}
	return OthersSocket
}

// ErrAway means that motpd does not run, and that nothing would start it.
var ErrAway = errors.New("motpd does not run here")

// ErrSilent means that motpd runs, and took too long.
var ErrSilent = errors.New("motpd does not answer")

// wait is how long motpd has for one answer: a record may be held for five seconds.
const wait = 10 * time.Second

// Ask asks motpd, which must be root's. The second result is motpd's version.
func Ask(q Query) (Reply, string, error) {
	var r Reply
	fd, err := connect(Socket())
	if err != nil {
		return r, "", err
	}
	defer unix.Close(fd)
	hello, err := receive(fd)
	if err != nil {
		return r, "", err
	}
	version, err := readHello(hello)
	if err != nil {
		return r, "", err
	}
	text, err := json.Marshal(q)
	if err != nil {
		return r, version, err
	}
	packet := append([]byte{typeQuery, 1}, text...)
	err = unix.Sendto(fd, packet, unix.MSG_NOSIGNAL, nil)
	clear(packet)
	clear(text)
	if err != nil {
		return r, version, fmt.Errorf("motpd did not take the question: %w", err)
	}
	answer, err := receive(fd)
	if err != nil {
		return r, version, err
	}
	if len(answer) == 0 || answer[0] != typeReply || json.Unmarshal(answer[1:], &r) != nil {
		return r, version, errNoReply
	}
	return r, version, nil
}

// connect connects to a socket on which root listens.
func connect(path string) (int, error) {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	fail := func(err error) (int, error) {
		_ = unix.Close(fd)
		return -1, err
	}
	limit := unix.NsecToTimeval(int64(wait))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO,
		&limit); err != nil {
		return fail(err)
	}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_SNDTIMEO,
		&limit); err != nil {
		return fail(err)
	}
	switch err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err {
	case nil:
	case unix.ENOENT, unix.ECONNREFUSED:
		return fail(ErrAway)
	default:
		return fail(fmt.Errorf("motpd cannot be asked at %s: %w", path, err))
	}
	peer, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil {
		return fail(err)
	}
	if peer.Uid != 0 {
		return fail(fmt.Errorf("%s is not root's socket: what listens there is no motpd",
			path))
	}
	return fd, nil
}

func receive(fd int) ([]byte, error) {
	packet := make([]byte, MaxPacket)
	for {
		n, _, err := unix.Recvfrom(fd, packet, 0)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return nil, ErrSilent
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrSilent, err)
		case n == 0:
			return nil, errors.New("motpd has ended the connection without an answer")
		}
		return packet[:n], nil
	}
}

// readHello reads motpd's first word, which begins as pam/wire.h says, and ends with its version.
func readHello(packet []byte) (version string, err error) {
	const hello, head = 0x81, 5
	if len(packet) < head || packet[0] != hello ||
		int(packet[3])|int(packet[4])<<8 != len(packet)-head {
		return "", errNoReply
	}
	return string(packet[head:]), nil
}
