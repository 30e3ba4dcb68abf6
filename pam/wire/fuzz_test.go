package wire

import (
	"bytes"
	"testing"
)

// encode writes a text as wire.h describes it.
func (t Text) encode(b []byte) []byte {
	switch {
	case t.Absent:
		return append(b, 0xff, 0xff)
	case t.TooLong:
		return append(b, 0xfe, 0xff)
	}
	return append(append(b, byte(len(t.S)), byte(len(t.S)>>8)), t.S...)
}

// FuzzRequest holds the reader to this: what it takes for a request is one, to the last byte;
// written again, it is the same.
func FuzzRequest(f *testing.F) {
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 4, 0, 's', 's', 'h', 'd'})
	f.Add([]byte{0, 0, 0, 0, 1, 0, 1, 0, 'x', 1, 0, 't', 4, 0, 's', 's', 'h', 'd', 1, 0,
		'a', 0xff, 0xff, 0xfe, 0xff,
		0xff, 0xff, 0xff, 0xff, 0, 0, 2, 0, 'x', 0})
	f.Add([]byte{0, 0, 0, 0, 1, 19, 0xff, 0xff, 0xff, 0xff, 0, 0, 1, 0, 'a', 0, 0, 0, 0,
		2, 0, 1, 0, 'A', 6, 0, 'n', 'u', 'l',
		'l', 'o', 'k'})
	f.Add(append([]byte{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4},
		make([]byte, 1024)...))
	f.Add(append([]byte{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 4},
		make([]byte, 1025)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseRequest(b)
		if err != nil {
			if r.User != (Text{}) || r.Options != nil {
				t.Errorf("refused % x, and yet %+v", b, r)
			}
			return
		}
		again := []byte{byte(r.Flags), byte(r.Flags >> 8), byte(r.Flags >> 16),
			byte(r.Flags >> 24), 0, byte(r.Code)}
		if r.Asked {
			again[4] = 1
		}
		for i, text := range append([]Text{r.Answer, r.Ticket, r.Service, r.User, r.RHost,
			r.TTY, r.Account}, r.Options...) {
			if i == 6 {
				again = append(again, byte(r.Lookup), byte(r.Lookup>>8))
			}
			again = text.encode(again)
			if len(text.S) > fieldMax || text.S != "" && (text.Absent || text.TooLong) {
				t.Errorf("% x holds %+v", b, text)
			}
		}
		if !bytes.Equal(again, b) {
			t.Errorf("% x was read as %+v, which is % x", b, r, again)
		}
	})
}

// FuzzAnswer does the same for what the host answers.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte{0x91, 0, 3, 0, 'a', 'b', 'c'})
	f.Add([]byte{0x91, 7, 0xff, 0xff})
	f.Add([]byte{0x91, 0, 0xfe, 0xff, 0})
	f.Add([]byte{0x86, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > messageMax {
			return // what is longer than a packet is cut by the kernel
		}
		code, text, err := (Dialogue{
			Socket: &fakeSocket{replies: [][]byte{bytes.Clone(b)}}}).Prompt("OTP: ")
		if err != nil {
			if code != 0 || text != (Text{}) {
				t.Errorf("refused % x, and yet %d, %+v", b, code, text)
			}
			return
		}
		if again := text.encode([]byte{answer, byte(code)}); !bytes.Equal(again, b) ||
			len(text.S) > fieldMax {
			t.Errorf("% x was read as %d, %+v, which is % x", b, code, text, again)
		}
	})
}
