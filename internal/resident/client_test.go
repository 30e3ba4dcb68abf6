package resident

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// long is how long anything is waited for that must come.
const long = 30 * time.Second

// A client is one connection of a program's.
type client struct {
	testing.TB
	fd int
}

// socket is one that is not connected.
func socket(t testing.TB) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	wait := unix.NsecToTimeval(int64(long))
	must(t, unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait))
	return fd
}

func connectTo(t testing.TB, path string, uid int) *client {
	t.Helper()
	c := &client{t, socket(t)}
	var err error
	as(t, uid, func() { err = unix.Connect(c.fd, &unix.SockaddrUnix{Name: path}) })
	must(t, err)
	return c
}

func (c *client) close() { _ = unix.Close(c.fd) }

// receive returns the next packet, or nil when motpd has ended the connection.
func (c *client) receive() []byte {
	c.Helper()
	b := make([]byte, 8192)
	n, _, err := unix.Recvfrom(c.fd, b, 0)
	for err == unix.EINTR {
		n, _, err = unix.Recvfrom(c.fd, b, 0)
	}
	if errors.Is(err, unix.ECONNRESET) {
		return nil
	}
	if err != nil {
		c.Fatalf("motpd says nothing: %v", err)
	}
	if n == 0 {
		return nil
	}
	return b[:n]
}

// greeted says whether motpd says HELLO.
func (c *client) greeted() bool {
	c.Helper()
	b := c.receive()
	if b == nil {
		return false
	}
	if len(b) < 5 || b[0] != 0x81 || b[1] != 1 || b[2] != 1 {
		c.Errorf("HELLO is % x", b)
	}
	return true
}

func (c *client) hello() {
	c.Helper()
	if !c.greeted() {
		c.Fatal("motpd does not say HELLO")
	}
}

func (c *client) trySend(packet []byte) error {
	return unix.Sendto(c.fd, packet, unix.MSG_NOSIGNAL, nil)
}

func (c *client) send(packet []byte) {
	c.Helper()
	must(c, c.trySend(packet))
}

// last returns motpd's last word, and sees to it that nothing comes behind it.
func (c *client) last() reply {
	c.Helper()
	b := c.receive()
	if b == nil {
		return reply{}
	}
	r := read(c, b)
	if more := c.receive(); more != nil {
		c.Errorf("behind its last word motpd says % x", more)
	}
	return r
}

// A reply is motpd's last word.
type reply struct {
	verdict          bool
	code             int
	delay            uint32
	priority         int
	line             string
	question, ticket string
}

// none says that motpd has ended the connection without a word.
func (r reply) none() bool { return r == reply{} }

// read reads a VERDICT or an ASK.
func read(t testing.TB, b []byte) reply {
	t.Helper()
	var fields []string
	rest := b
	take := func(n int) []byte {
		if len(rest) < n {
			t.Fatalf("% x is cut", b)
		}
		taken := rest[:n]
		rest = rest[n:]
		return taken
	}
	text := func() {
		fields = append(fields, string(take(int(binary.LittleEndian.Uint16(take(2))))))
	}
	var r reply
	switch kind := take(1)[0]; kind {
	case 0x86:
		head := take(6)
		text()
		r = reply{verdict: true, code: int(head[0]), priority: int(head[5]),
			delay: binary.LittleEndian.Uint32(head[1:]), line: fields[0]}
	case 0x87:
		text()
		text()
		r = reply{question: fields[0], ticket: fields[1]}
	default:
		t.Fatalf("motpd says % x", b)
	}
	if len(rest) > 0 {
		t.Errorf("there is more behind the message: % x", b)
	}
	return r
}

// The values of texts that are none.
const (
	absentText  = "\x00absent"
	tooLongText = "\x00too long"
)

// A request is one that a test sends.
type request struct {
	flags                     uint32
	asked                     byte
	code                      byte
	answer, ticket            string
	service, user, rhost, tty string
	lookup                    uint16
	account                   string
	options                   []string
}

// answered is the request with an answer in it.
func (r request) answered(answer string) request {
	r.asked, r.answer = 1, answer
	return r
}

// with is the request with what ASK was answered.
func (r request) with(ticket, answer string) request {
	r = r.answered(answer)
	r.ticket = ticket
	return r
}

func appendField(b []byte, s string) []byte {
	switch s {
	case absentText:
		return append(b, 0xff, 0xff)
	case tooLongText:
		return append(b, 0xfe, 0xff)
	}
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(s))), s...)
}

// packet is the REQUEST, as wire.h has it. An answer and a ticket that are empty are not there, as
// nobody types and nobody gets them.
func (r request) packet() []byte {
	if r.service == rawText {
		return []byte(r.user)
	}
	b := []byte{0x92, 1}
	b = binary.LittleEndian.AppendUint32(b, r.flags)
	b = append(b, r.asked, r.code)
	for _, s := range []string{r.answer, r.ticket} {
		if s == "" {
			s = absentText
		}
		b = appendField(b, s)
	}
	for _, s := range []string{r.service, r.user, r.rhost, r.tty} {
		b = appendField(b, s)
	}
	lookup, account := r.lookup, r.account
	if account == "" {
		lookup, account = 0xffff, absentText
	}
	b = appendField(binary.LittleEndian.AppendUint16(b, lookup), account)
	for _, s := range r.options {
		b = appendField(b, s)
	}
	return b
}

// is reports a reply that is no verdict with a code of PAM's and a reason. line is the log line,
// wherever it stands.
func (r reply) is(t testing.TB, what string, code int, line, reason string) {
	t.Helper()
	if !r.verdict || r.code != code || !strings.Contains(line, " reason="+reason+" ") {
		t.Errorf("%s: %+v, %q; want code %d, %s", what, r, line, code, reason)
	}
}

// PAM's codes.
const (
	success     = 0
	serviceErr  = 3
	authErr     = 7
	unavailable = 9
	userUnknown = 10
	convErr     = 19
	ignore      = 25
)

// talk is ask for a program that answers what motpd asks in between: there is no earlier password,
// and what is left is taken.
func (l *lab) talk(uid int, r request) reply {
	l.Helper()
	c := l.dial(uid)
	defer c.close()
	c.hello()
	c.send(r.packet())
	for {
		b := c.receive()
		if b == nil {
			return reply{}
		}
		switch b[0] {
		case 0x83, 0x84:
			c.send([]byte{0x91, 0, 0xff, 0xff})
		case 0x85:
			l.Errorf("motpd has a line written: %q", b)
		default:
			return read(l.T, b)
		}
	}
}
