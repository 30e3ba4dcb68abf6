package resident

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp/memory"
	"github.com/pam-motp/pam-motp/pam/wire"
	"golang.org/x/sys/unix"
)

// A talker is a program that answers what it is asked out of some bytes: each answer is a length
// and so many of them.
type talker struct {
	answers []byte
	sent    [][]byte
}

func (p *talker) Send(packet []byte) error {
	p.sent = append(p.sent, bytes.Clone(packet))
	return nil
}

func (p *talker) Receive(packet []byte) (int, error) {
	if len(p.answers) == 0 {
		return 0, io.EOF
	}
	n := min(int(p.answers[0]), len(p.answers)-1)
	copy(packet, p.answers[1:1+n])
	p.answers = p.answers[1+n:]
	return n, nil
}

// holdsRightCode says whether some bytes hold a code that a user of the fuzzed table could log in
// with, or sync by.
func holdsRightCode(b []byte) bool {
	for n := range int64(1100) {
		if bytes.Contains(b, []byte(code(n))) {
			return true
		}
	}
	return false
}

// FuzzPacket sends any bytes to motpd's end of either socket. It holds it to this: it goes on; the
// packet is wiped; what it says is well-formed, with one last word at most; nobody is let in
// without a right code, nor passed over without nullok, and a plain program's login is its own
// account's.
func FuzzPacket(f *testing.F) {
	dir := f.TempDir()
	must(f, os.WriteFile(dir+"/motp.conf", []byte(table("resync = 1h\nself_service = yes\n"+
		"callers = www-data: sshd\n", "daemon", "alice")), 0o600))
	at := func(options ...string) request {
		return request{service: "sshd", user: "daemon", rhost: "192.0.2.7", tty: "ssh",
			options: append(options, "conf="+dir+"/motp.conf", "state="+dir)}
	}
	answer := "\x0a\x91\x00\x06\x00" + code(1)
	far, failed, passed := at().answered(code(500)), at().answered(""), at().answered("")
	failed.code, passed.code = convErr, ignore
	for _, seed := range []struct {
		packet  []byte
		answers string
	}{
		{at().answered(code(0)).packet(), ""},
		{at("nodelay", "debug").answered("123456").packet(), ""},
		{at().packet(), ""},
		{at().with("a ticket", code(0)).packet(), ""},
		{far.packet(), ""},
		{failed.packet(), ""},
		{passed.packet(), ""},
		{at("try_first_pass").packet(), answer},
		{at("use_first_pass", "set_pass").packet(), answer + "\x04\x91\x00\xff\xff"},
		{request{user: "mallory", options: at("nullok").options}.answered("x").packet(),
			"\x04\x91\x00\xff\xff\x04\x91\x00\xff\xff"},
		{[]byte("\x93\x01{\"verb\":\"status\"}"), ""},
		{[]byte("\x93\x01{\"verb\":\"motpd\"}"), ""},
		{[]byte("\x93\x01{\"verb\":\"pin\",\"pin\":\"8254\",\"code\":\"" + code(0) + "\"}"),
			""},
		{[]byte("\x93\x01{\"verb\":\"sync\",\"code\":\"" + code(300) + "\"}"), ""},
		{[]byte("\x93\x01{\"verb\":\"sync\",\"ticket\":\"x\"}"), ""},
	} {
		for _, root := range []bool{false, true} {
			f.Add(seed.packet, root, []byte(seed.answers))
		}
	}
	f.Fuzz(func(t *testing.T, packet []byte, root bool, answers []byte) {
		here := site.Keep(dir+"/motp.conf", dir, "")
		here.Files = new(memory.Store)
		log := &journal{lines: make(chan entry, 64)}
		log.stuck.Store(true) // nobody reads it yet
		tickets, err := newTickets()
		must(t, err)
		s := newServer(here, log, tickets)
		s.pace.every = 0
		p := &talker{answers: answers}
		c := connection{Socket: p, peer: unix.Ucred{Pid: int32(os.Getpid()),
			Uid: daemonUID}, root: root}
		if root {
			c.peer.Uid = rootUID
		}
		received := bytes.Clone(packet)
		job := s.read(c, received)
		if len(bytes.Trim(received, "\x00")) > 0 {
			t.Errorf("a packet is not wiped: %q", received)
		}
		job.answer(c)
		checkSaid(t, p.sent, packet, root, func() bool {
			return holdsRightCode(append(bytes.Clone(packet), answers...))
		})
		close(log.lines)
		for e := range log.lines {
			if strings.ContainsFunc(e.line, func(r rune) bool {
				return r < ' ' || r > '~'
			}) {
				t.Errorf("a line of the log: %q", e.line)
			}
		}
	})
}

// checkSaid looks at all that motpd has said to one packet.
func checkSaid(t *testing.T, sent [][]byte, packet []byte, root bool, mayPass func() bool) {
	req, err := wire.ParsePacket(packet)
	for i, b := range sent {
		last := i == len(sent)-1
		switch b[0] {
		case 0x86, 0x87:
			if err != nil || !last {
				t.Errorf("word %d of %d, to %q: %q", i, len(sent), packet, b)
			}
			checkLastWord(t, read(t, b), req, root, mayPass)
		case 0x94:
			if !ask.IsQuery(packet) || len(sent) != 1 {
				t.Errorf("word %d of %d, to %q: %q", i, len(sent), packet, b)
			}
			done := !bytes.Contains(b, []byte(`"refused"`)) &&
				!bytes.Contains(b, []byte(`"user"`)) &&
				!bytes.Contains(b, []byte(`"motpd"`))
			if done && !mayPass() {
				t.Errorf("without a right code %q is answered %q", packet, b)
			}
		case 0x83, 0x84, 0x85:
			if last && len(sent) > 8 || b[0] == 0x85 && !root {
				t.Errorf("to %q: %q", packet, b)
			}
		default:
			t.Errorf("motpd says %q", b)
		}
	}
}

func checkLastWord(t *testing.T, r reply, req wire.Request, root bool, mayPass func() bool) {
	nullok := false
	for _, o := range req.Options {
		nullok = nullok || o.S == "nullok"
	}
	own := root || req.User.S == "daemon"
	switch {
	case !r.verdict:
		if r.question == "" || r.ticket == "" || !own {
			t.Errorf("%+v is answered %+v", req, r)
		}
	case r.code == success:
		if !mayPass() || !own || req.User.S != "daemon" && req.User.S != "alice" {
			t.Errorf("%+v is answered %+v", req, r)
		}
	case r.code == ignore:
		if !nullok || req.User.S == "alice" || req.User.S == "daemon" && root {
			t.Errorf("%+v is answered %+v", req, r)
		}
	case r.code >= 32:
		t.Errorf("%+v is answered %+v", req, r)
	}
	if (r.line == "") == root && r.verdict || r.priority > 7 ||
		r.delay != 0 && r.delay != 2_000_000 {
		t.Errorf("%+v is answered %+v", req, r)
	}
}
