package motp

import (
	"encoding/binary"
	"time"
)

// errPending means that a text is no Pending.
var errPending = invalidError("not a pending code")

// MarshalBinary writes a Pending for a program that cannot keep it until the next code comes. It
// tells what that code will be, and must be sealed.
func (p *Pending) MarshalBinary() ([]byte, error) {
	b := appendString(nil, p.user)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.at.UnixNano()))
	for _, m := range p.matches {
		b = appendString(b, m.token)
		b = binary.LittleEndian.AppendUint64(b, m.key)
		b = binary.LittleEndian.AppendUint64(b, uint64(m.number))
	}
	return b, nil
}

// UnmarshalBinary reads what MarshalBinary wrote. The error is of [ErrInvalid].
func (p *Pending) UnmarshalBinary(b []byte) error {
	r := pendingReader{rest: b}
	read := Pending{user: r.string(), at: time.Unix(0, int64(r.number()))}
	for len(r.rest) > 0 && !r.failed {
		read.matches = append(read.matches,
			farMatch{r.string(), r.number(), int64(r.number())})
	}
	if r.failed || len(read.matches) == 0 {
		return errPending
	}
	*p = read
	return nil
}

// appendString writes a short string.
func appendString(b []byte, s string) []byte {
	b = binary.LittleEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

// A pendingReader takes a Pending apart. After a failure it yields zeros.
type pendingReader struct {
	rest   []byte
	failed bool
}

func (r *pendingReader) take(n int) []byte {
	if r.failed || n > len(r.rest) {
		r.failed = true
		return make([]byte, n)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *pendingReader) number() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func (r *pendingReader) string() string {
	return string(r.take(int(binary.LittleEndian.Uint16(r.take(2)))))
}
