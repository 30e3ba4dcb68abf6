package wire

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func field(s string) []byte { return append([]byte{byte(len(s)), byte(len(s) >> 8)}, s...) }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestParseRequest(t *testing.T) {
	whole := join([]byte{1, 0x80, 0, 0, 1, 0}, field("123456"), field("ticket"),
		field("sshd"), field("alice"), []byte{0xff, 0xff},
		[]byte{0xfe, 0xff},
		[]byte{2, 0}, field("Alice"), field("nullok"), field(""))
	r, err := ParseRequest(whole)
	if err != nil {
		t.Fatal(err)
	}
	if r.Flags != 0x8001 || r.Service.S != "sshd" || r.User.S != "alice" || !r.RHost.Absent ||
		!r.TTY.TooLong || len(r.Options) != 2 || r.Options[0].S != "nullok" {
		t.Errorf("%+v", r)
	}
	if !r.Asked || r.Code != 0 || r.Answer.S != "123456" || r.Ticket.S != "ticket" {
		t.Errorf("asked %v, code %d, answer %+v, ticket %+v", r.Asked, r.Code, r.Answer,
			r.Ticket)
	}
	if r.Lookup != 2 || r.Account.S != "Alice" {
		t.Errorf("account %+v, lookup %d", r.Account, r.Lookup)
	}
	for n := range whole {
		if _, err := ParseRequest(whole[:n]); err == nil && n < len(whole)-10 {
			t.Errorf("the first %d bytes are a request too", n)
		}
	}
	if _, err := ParseRequest(join([]byte{1, 0, 0, 0, 1, 0}, []byte{0x01, 0x04},
		make([]byte, 2000))); err == nil {
		t.Error("a field of 1025 bytes was taken")
	}
}

// A packet that was sent is of this version, and no longer than one may be: what is longer was cut
// by whoever received it.
func TestParsePacket(t *testing.T) {
	packet := func(version byte, options int) []byte {
		b := join([]byte{0x92, version, 0, 0, 0, 0, 0, 0}, bytes.Repeat([]byte{0xff}, 16))
		for range options {
			b = append(b, 0xfe, 0xff)
		}
		return b
	}
	most := (RequestMax - 24) / 2
	for _, c := range []struct {
		packet []byte
		whole  bool
	}{
		{packet(Version, 0), true},
		{packet(Version, most), true},
		{packet(Version, most+1), false},
		{packet(0, 0), false},
		{packet(2, 0), false},
		{packet(Version, 0)[1:], false},
		{[]byte{0x92}, false},
		{nil, false},
	} {
		r, err := ParsePacket(c.packet)
		if (err == nil) != c.whole || !c.whole && r.Options != nil {
			t.Errorf("a packet of %d bytes: %v", len(c.packet), err)
		}
	}
}

// fakeSocket answers each packet with the next of its replies.
type fakeSocket struct {
	sent    [][]byte
	replies [][]byte
}

func (s *fakeSocket) Send(p []byte) error {
	s.sent = append(s.sent, bytes.Clone(p))
	return nil
}

func (s *fakeSocket) Receive(p []byte) (int, error) {
	if len(s.replies) == 0 {
		return 0, errors.New("nothing comes")
	}
	n := copy(p, s.replies[0])
	s.replies = s.replies[1:]
	return n, nil
}

func TestDialogue(t *testing.T) {
	s := &fakeSocket{replies: [][]byte{join([]byte{0x91, 0}, field("123456")),
		{0x91, 7, 0xff, 0xff}, {0x91, 0, 0xff, 0xff},
		join([]byte{0x91, 0}, field("alice")), {0x91, 111, 0xff, 0xff}}}
	d := Dialogue{Socket: s}
	if code, reply, err := d.Prompt("OTP: "); code != 0 || reply.S != "123456" || err != nil {
		t.Errorf("Prompt: %d, %+v, %v", code, reply, err)
	}
	if code, reply, err := d.GetToken(); code != 7 || !reply.Absent || err != nil {
		t.Errorf("GetToken: %d, %+v, %v", code, reply, err)
	}
	if code, err := d.SetToken("abc"); code != 0 || err != nil {
		t.Errorf("SetToken: %d, %v", code, err)
	}
	if lookup, own, err := d.GetAccount(); lookup != 0 || own.S != "alice" || err != nil {
		t.Errorf("GetAccount: %d, %+v, %v", lookup, own, err)
	}
	if lookup, own, err := d.GetAccount(); lookup != 111 || !own.Absent || err != nil {
		t.Errorf("GetAccount: %d, %+v, %v", lookup, own, err)
	}
	if err := d.Show(4, "shown"); err != nil {
		t.Error(err)
	}
	if err := d.Verdict(9, 2_000_000, 3, "line"); err != nil {
		t.Error(err)
	}
	want := [][]byte{
		join([]byte{0x82}, field("OTP: ")),
		{0x83},
		join([]byte{0x84}, field("abc")),
		{0x88},
		{0x88},
		join([]byte{0x89, 4}, field("shown")),
		join([]byte{0x86, 9, 0x80, 0x84, 0x1e, 0, 3}, field("line")),
	}
	for i, w := range want {
		if !bytes.Equal(s.sent[i], w) {
			t.Errorf("packet %d is % x, want % x", i, s.sent[i], w)
		}
	}
}

func TestMalformedAnswers(t *testing.T) {
	for _, reply := range [][]byte{{}, {0x91}, {0x91, 0}, {0x91, 0, 1}, {0x91, 0, 1, 0},
		{0x91, 0, 1, 0, 'a', 'b'}, {0x82, 0, 0, 0}, {0x91, 0, 0x01, 0x04},
		[]byte("panic: ")} {
		if code, text, err := (Dialogue{
			Socket: &fakeSocket{replies: [][]byte{reply}}}).Prompt("x"); err == nil ||
			code != 0 || text != (Text{}) {
			t.Errorf("% x was taken for %d, %+v", reply, code, text)
		}
	}
}

// The two ends of the socket must agree on every number.
func TestConstantsAreThoseOfTheHeader(t *testing.T) {
	header, err := os.ReadFile("../wire.h")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]int)
	constant := regexp.MustCompile(`(?m)^\t([A-Z_]+) = (0x[0-9a-f]+|\d+),`)
	for _, m := range constant.FindAllStringSubmatch(string(header), -1) {
		v, err := strconv.ParseInt(m[2], 0, 32)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(m[1], "WIRE_")] = int(v)
	}
	if found["ABSENT"] != NotLookedUp {
		t.Errorf("ABSENT is %d, and NotLookedUp %d", found["ABSENT"], NotLookedUp)
	}
	for name, ours := range map[string]int{"PROMPT": prompt, "GET_TOK": getTok,
		"SET_TOK": setTok, "LOG": logLine, "VERDICT": verdict, "ANSWER": answer,
		"SHOW":  show,
		"HELLO": hello, "ASK": ask, "GET_ACCOUNT": getAcct, "REQUEST": request,
		"VERSION": Version, "REQUEST_MAX": RequestMax,
		"ABSENT": absent, "TOO_LONG": tooLong, "FIELD_MAX": fieldMax,
		"MESSAGE_MAX": messageMax} {
		if found[name] != ours {
			t.Errorf("%s is %d here and %d in wire.h", name, ours, found[name])
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 4, 0, 's', 's', 'h', 'd'})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRequest(b)
		if err == nil && len(r.Service.S)+len(r.User.S) > len(b) {
			t.Error("more text than bytes")
		}
	})
}
