package storepipe

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A message is what goes over the pipe at once: its length in 4 bytes, the lowest first, and JSON.
// Names are bytes, of which JSON would make others.
type message struct {
	Kind kind   `json:"kind"`
	Call uint64 `json:"call,omitempty"` // which call it belongs to; 0 before the first
	Form int    `json:"form,omitempty"` // of a greeting

	User   []byte `json:"user,omitempty"`
	Record []byte `json:"record"` // nil is none
	Doubt  bool   `json:"doubt,omitempty"`
	Lost   bool   `json:"lost,omitempty"`
	Room   int    `json:"room,omitempty"`
	Only   bool   `json:"only,omitempty"`

	Names [][]byte        `json:"names,omitempty"`
	About string          `json:"about,omitempty"` // what is asked beside the store
	Value json.RawMessage `json:"value,omitempty"` // the question, or the answer

	Error *wireError `json:"error,omitempty"`
}

type kind string

// What the client says.
const (
	update   kind = "update"
	view     kind = "view"
	prepare  kind = "prepare"
	forget   kind = "forget"
	rehearse kind = "rehearse"
	names    kind = "names"
	ask      kind = "ask"
	next     kind = "next"   // what the record becomes
	failed   kind = "failed" // the change failed
	cancel   kind = "cancel"
)

// What the server says.
const (
	hello   kind = "hello"   // the first of all; with an error, also the last
	current kind = "current" // the record as it stands: what does it become?
	part    kind = "part"    // of an answer in several messages
	end     kind = "end"
)

// maxMessage bounds a message. A record has some thousand bytes, and names come in parts.
const maxMessage = 1 << 20

var (
	errTooLarge = errors.New("a message is larger than any may be")
	errGarbled  = errors.New("what came is no message: is the program at the other end of " +
		"another version")
)

// A sender writes messages, one after the other.
type sender struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *sender) send(m message) error {
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if len(body) > maxMessage {
		return errTooLarge
	}
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(body)), uint32(len(body)))
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err = s.w.Write(append(b, body...))
	return err
}

// receive reads a message. The error is io.EOF where the other end has ended between two.
func receive(r io.Reader) (m message, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return message{}, err
	}
	n := binary.LittleEndian.Uint32(head[:])
	if n > maxMessage {
		return message{}, fmt.Errorf("%w: %w", errGarbled, errTooLarge)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return message{}, io.ErrUnexpectedEOF
	}
	if json.Unmarshal(body, &m) != nil {
		return message{}, errGarbled // whose text might show what is in it
	}
	return m, nil
}
