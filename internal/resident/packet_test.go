package resident

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// A packet that is no request is answered by nobody: it costs nothing, and is noted. A connection
// without one is ended.
func TestMalformedPackets(t *testing.T) {
	l := newLab(t, table("", "root"))
	whole := l.request("root").answered(code(0)).packet()
	change := func(at int, to ...byte) []byte {
		b := bytes.Clone(whole)
		copy(b[at:], to)
		return b
	}
	unasked := l.request("root")
	unasked.answer = code(0)
	ticket := l.request("root")
	ticket.ticket = "x"
	failed := l.request("root")
	failed.code = convErr
	long := l.request("root").answered(code(0))
	long.options = append(long.options, strings.Repeat("o", 1025))
	for what, packet := range map[string][]byte{
		"version 0":                    change(1, 0),
		"version 2":                    change(1, 2),
		"version 255":                  change(1, 255),
		"another type":                 change(0, 0x91),
		"text":                         []byte("GET / HTTP/1.0\r\n\r\n"),
		"one byte":                     {0x92},
		"no request":                   {0x92, 1},
		"zeros":                        make([]byte, 16384),
		"asked twice":                  change(6, 2),
		"an answer that nobody gave":   unasked.packet(),
		"a ticket that nobody asked":   ticket.packet(),
		"a code that nobody asked":     failed.packet(),
		"an option that is too long":   long.packet(),
		"a byte behind it":             append(bytes.Clone(whole), 0),
		"a length behind it":           append(bytes.Clone(whole), 4, 0, 'd', 'e', 'b'),
		"two requests":                 append(bytes.Clone(whole), whole...),
		"a zero byte in the answer":    change(10, 0),
		"a length that has no meaning": change(8, 0xfd, 0xff),
	} {
		for _, uid := range []int{rootUID, daemonUID} {
			if got := l.ask(uid, raw(packet)); !got.none() {
				t.Errorf("%s: %+v", what, got)
			}
			contains(t, l.logged(), "<5>a malformed packet from user id ")
		}
	}
	for n := 1; n < len(whole); n++ {
		if got := l.ask(rootUID, raw(whole[:n])); got.verdict && got.code == success {
			t.Fatalf("the first %d of %d bytes: %+v", n, len(whole), got)
		}
	}
	c := l.dial(rootUID)
	c.hello()
	must(t, unix.Sendto(c.fd, nil, 0, nil))
	if got := c.last(); !got.none() {
		t.Errorf("a packet of nothing: %+v", got)
	}
	l.lines = nil
	got := l.ask(rootUID, raw(whole))
	got.is(t, "in the end", success, got.line, "ok")
}

// raw is a request of any bytes.
func raw(packet []byte) request { return request{service: rawText, user: string(packet)} }

const rawText = "\x00raw"

// A field holds 1024 bytes, of any kind but zero; a packet 16384.
func TestLimitsOfFields(t *testing.T) {
	l := newLab(t, table("", "root"))
	set := map[string]func(r *request, s string){
		"answer":  func(r *request, s string) { r.answer = s },
		"ticket":  func(r *request, s string) { r.ticket = s },
		"service": func(r *request, s string) { r.service = s },
		"user":    func(r *request, s string) { r.user = s },
		"rhost":   func(r *request, s string) { r.rhost = s },
		"tty":     func(r *request, s string) { r.tty = s },
		"account": func(r *request, s string) { r.account = s },
		"option":  func(r *request, s string) { r.options = append(r.options, s) },
	}
	for what, set := range set {
		for _, c := range []struct {
			text     string
			answered bool
		}{
			{strings.Repeat("x", 1024), true},
			{strings.Repeat("x", 1025), false},
			{strings.Repeat("x", 8192), false},
			{strings.Repeat("\xff", 1024), true},
			{"\n result=accepted reason=ok \x1b[2J", true},
			{"x\x00", false},
			{"\x00", false},
			{tooLongText, true},
			{absentText, true},
		} {
			for _, uid := range []int{rootUID, daemonUID} {
				r := l.request("root").answered(wrong())
				set(&r, c.text)
				got := l.ask(uid, r)
				if got.none() == c.answered || got.verdict && got.code == success {
					t.Errorf("%s of %d bytes: %+v", what, len(c.text), got)
				}
				if unclean(got.line) {
					t.Errorf("%s: the line is %q", what, got.line)
				}
			}
		}
	}
	l.server.journal.flush(long)
	for _, line := range l.lines {
		if unclean(line) ||
			strings.Count(line, " reason=") > 1 && !strings.Contains(line, `\x`) {
			t.Errorf("the line is %q", line)
		}
	}
}

// A packet of the longest that a program sends is answered, and one that is longer is not taken for
// its beginning.
func TestOversizedPackets(t *testing.T) {
	l := newLab(t, table("max_failures = 1000\n", "root"))
	fill := func(n int) []byte {
		r := l.request("root").answered(wrong())
		for left := n - len(r.packet()); left > 0; left = n - len(r.packet()) {
			more := min(left, 1026)
			if left > 1026 && left < 1026+2 {
				more = 1000
			}
			r.options = append(r.options, strings.Repeat("o", more-2))
		}
		return r.packet()
	}
	for n := 16384 - 3; n < 16384+8; n++ {
		packet := fill(n)
		if len(packet) != n {
			t.Fatalf("%d bytes instead of %d", len(packet), n)
		}
		late := l.dial(rootUID)
		late.hello()
		eventually(t, "it waits", func() bool { return l.silent() == 1 })
		late.send(packet)
		for _, got := range []reply{l.ask(rootUID, raw(packet)), late.last()} {
			if n <= 16384 {
				got.is(t, "the longest", serviceErr, got.line, "bad-option")
			} else if !got.none() {
				t.Errorf("a packet of %d bytes: %+v", n, got)
			}
		}
		late.close()
	}
	// what is cut ends with a whole field
	for _, behind := range []int{1, 2, 3, 4, 5, 1026, 65536} {
		for cut := 16384; cut < 16384+4; cut++ {
			packet := append(fill(cut), make([]byte, behind)...)
			if got := l.ask(rootUID, raw(packet)); !got.none() {
				t.Errorf("%d bytes behind %d: %+v", behind, cut, got)
			}
		}
	}
}

// silent is how many connections have sent nothing yet.
func (l *lab) silent() int {
	l.server.mu.Lock()
	defer l.server.mu.Unlock()
	n := 0
	for _, silent := range l.server.asides {
		if silent {
			n++
		}
	}
	return n
}

// unclean says whether a line could end another, or color a terminal.
func unclean(line string) bool {
	return strings.ContainsAny(line, "\n\x1b") || !utf8.ValidString(line)
}
