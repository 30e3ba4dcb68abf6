// Package wire is the verifier's end of the dialogue with a host: packets on a socket, as ../wire.h
// describes them. It knows the bytes, and must not know what they are for, nor package fmt: it is
// linked into the module.
package wire

import (
	"bytes"
	"errors"
	"unsafe"
)

// The types of messages. See ../wire.h.
const (
	hello   = 0x81
	prompt  = 0x82
	getTok  = 0x83
	setTok  = 0x84
	logLine = 0x85
	verdict = 0x86
	ask     = 0x87
	getAcct = 0x88
	show    = 0x89
	answer  = 0x91
	request = 0x92
)

const (
	absent   = 0xffff
	tooLong  = 0xfffe
	fieldMax = 1024

	// messageMax is the longest packet either way.
	messageMax = 4096
)

// Version is that of the packets, which motpd and its hosts tell each other.
const Version = 1

// RequestMax is the longest REQUEST, in bytes.
const RequestMax = 16384

// errMalformed says no more, since nothing in a malformed message can be relied on.
var errMalformed = errors.New("malformed message from the host")

// A Text is a string that may be missing, or too long to be passed; then S is empty.
type Text struct {
	S       string
	Absent  bool
	TooLong bool
}

// NotLookedUp is the Lookup of a request whose host had no reason to look the account up.
const NotLookedUp = 0xffff

// A Request is what a login begins with.
type Request struct {
	Flags uint32

	// Asked says that the host has asked the person already, with the code of PAM's that the
	// conversation ended with, 0 if there is an answer.
	Asked  bool
	Code   int
	Answer Text

	// Ticket is what ASK came with, if the answer is to that.
	Ticket Text

	Service, User, RHost, TTY Text

	// Account is what the system calls the user's account; absent if there is none. It says
	// nothing unless Lookup is 0; else that is the errno of looking it up, or NotLookedUp.
	Account Text
	Lookup  uint32

	Options []Text

	answer []byte // what Answer is made of
}

// Wipe overwrites the answer, when nobody needs it any more: it may be a password that was typed in
// the wrong place.
func (r Request) Wipe() { clear(r.answer) }

// ParsePacket reads a REQUEST that was sent. It is an error if it is of another version, or longer
// than RequestMax: whoever receives it needs room for a byte more, to see that.
func ParsePacket(b []byte) (Request, error) {
	if len(b) < 2 || len(b) > RequestMax || b[0] != request || b[1] != Version {
		return Request{}, errMalformed
	}
	return ParseRequest(b[2:])
}

// ParseRequest reads the request that the host left in memory.
func ParseRequest(b []byte) (Request, error) {
	r := reader{b: b}
	req := Request{Flags: r.number(4)}
	asked := r.number(1)
	req.Asked, req.Code = asked == 1, int(r.number(1))
	req.Answer, req.answer = r.secret()
	req.Ticket = r.text()
	req.Service, req.User, req.RHost, req.TTY = r.text(), r.text(), r.text(), r.text()
	req.Lookup, req.Account = r.number(2), r.text()
	for len(r.b) > 0 && !r.failed {
		req.Options = append(req.Options, r.text())
	}
	unasked := !req.Answer.Absent || !req.Ticket.Absent || req.Code != 0
	if r.failed || asked > 1 || asked == 0 && unasked {
		req.Wipe()
		return Request{}, errMalformed
	}
	return req, nil
}

// A Socket sends and receives whole packets.
type Socket interface {
	Send(packet []byte) error
	Receive(packet []byte) (n int, err error)
}

// A Dialogue asks the host on a socket.
type Dialogue struct {
	Socket Socket

	// Heard, if there is one, keeps what the host has answered, to be wiped.
	Heard *Heard
}

// Heard is what a host has answered. The zero Heard is nothing.
type Heard struct{ all [][]byte }

// Wipe overwrites it all, when nobody needs it any more.
func (h *Heard) Wipe() {
	for _, b := range h.all {
		clear(b)
	}
	h.all = nil
}

// Prompt has the host ask the person for something, echo off. The code is PAM's: 0 if there is an
// answer.
func (d Dialogue) Prompt(text string) (code int, reply Text, err error) {
	return d.ask(appendText([]byte{prompt}, text))
}

// GetToken returns the password that an earlier module left, if any.
func (d Dialogue) GetToken() (code int, reply Text, err error) {
	return d.ask([]byte{getTok})
}

// SetToken leaves a password for later modules.
func (d Dialogue) SetToken(token string) (code int, err error) {
	code, _, err = d.ask(appendText([]byte{setTok}, token))
	return code, err
}

// GetAccount returns what the system calls the user's account. Lookup and own are as in a
// [Request].
func (d Dialogue) GetAccount() (lookup uint32, own Text, err error) {
	code, own, err := d.ask([]byte{getAcct})
	return uint32(code), own, err
}

// Log writes a line to the system's log, with a priority of syslog's.
func (d Dialogue) Log(priority int, line string) error {
	return d.Socket.Send(appendText([]byte{logLine, byte(priority)}, line))
}

// Show has the person shown a text, in a style of PAM's.
func (d Dialogue) Show(style int, text string) error {
	return d.Socket.Send(appendText([]byte{show, byte(style)}, text))
}

// Verdict ends the dialogue. delay is in microseconds.
func (d Dialogue) Verdict(code int, delay uint32, priority int, line string) error {
	b := []byte{verdict, byte(code), byte(delay), byte(delay >> 8), byte(delay >> 16),
		byte(delay >> 24), byte(priority)}
	return d.Socket.Send(appendText(b, line))
}

// Hello is motpd's first word: the versions of packets that it speaks, and its own.
func (d Dialogue) Hello(program string) error {
	return d.Socket.Send(appendText([]byte{hello, Version, Version}, program))
}

// Ask ends a dialogue with motpd: the host asks the person, and comes again with the answer and the
// ticket.
func (d Dialogue) Ask(text, ticket string) error {
	return d.Socket.Send(appendText(appendText([]byte{ask}, text), ticket))
}

func (d Dialogue) ask(question []byte) (code int, reply Text, err error) {
	err = d.Socket.Send(question)
	clear(question) // it may leave what was typed
	if err != nil {
		return 0, Text{}, err
	}
	packet := make([]byte, messageMax) // not on the stack, which would have to grow for it
	n, err := d.Socket.Receive(packet)
	if err != nil {
		return 0, Text{}, err
	}
	r := reader{b: packet[:n]}
	kind := r.number(1)
	code = int(r.number(1))
	reply, heard := r.secret()
	clear(packet[:n])
	if d.Heard != nil {
		d.Heard.all = append(d.Heard.all, heard)
	}
	if r.failed || kind != answer || len(r.b) != 0 {
		clear(heard)
		return 0, Text{}, errMalformed
	}
	return code, reply, nil
}

// appendText appends a field. What is too long for one is cut: only log lines, prompts and accepted
// codes pass here, and they are short.
func appendText(b []byte, s string) []byte {
	if len(s) > fieldMax {
		s = s[:fieldMax]
	}
	b = append(b, byte(len(s)), byte(len(s)>>8))
	return append(b, s...)
}

// A reader takes a message apart. After a failure it yields zeros.
type reader struct {
	b      []byte
	failed bool
}

func (r *reader) take(n int) []byte {
	if r.failed || n > len(r.b) {
		r.failed = true
		return nil
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}

func (r *reader) number(size int) (v uint32) {
	for i, c := range r.take(size) {
		v |= uint32(c) << (8 * i)
	}
	return v
}

func (r *reader) text() Text {
	b, t := r.field()
	t.S = string(b)
	return t
}

// secret is text for what somebody has typed. own is what it is made of, to be overwritten when
// nobody uses the text any more.
func (r *reader) secret() (t Text, own []byte) {
	b, t := r.field()
	own = bytes.Clone(b)
	t.S = unsafe.String(unsafe.SliceData(own), len(own))
	return t, own
}

// field takes a field: its bytes, or that there are none.
func (r *reader) field() ([]byte, Text) {
	n := int(r.number(2))
	switch {
	case r.failed || n == absent:
		return nil, Text{Absent: true}
	case n == tooLong:
		return nil, Text{TooLong: true}
	case n > fieldMax:
		r.failed = true
		return nil, Text{Absent: true}
	}
	b := r.take(n)
	if bytes.IndexByte(b, 0) >= 0 { // no text of C's
		r.failed = true
	}
	return b, Text{}
}
