package fleet

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// A value is what stands behind a key in etcd. All numbers are little-endian:
//
//	"motp" (4), version of this form, 1 (1), forgotten: 1 if so (1), zero (2),
//	epoch (8), version (8), how many attempts (2), length of the record (2),
//	attempts (16 each), record, HMAC-SHA256 (32)
//
// The HMAC is with the fleet's key over the fleet's name, the key in etcd, each with its length,
// and all that stands before it.
type value struct {
	forgotten bool
	epoch     uint64
	version   uint64    // one more with each change
	attempts  []attempt // the last, newest first
	record    []byte
}

// An attempt is the identifier of one change.
type attempt [16]byte

// ring is how many attempts a value names: a host whose reply was lost finds its own, unless more
// than so many changes were made by others meanwhile.
const ring = 16

const (
	form     = 1
	headSize = 28
	macSize  = sha256.Size
)

// newAttempt returns an identifier that nobody else has.
func newAttempt() (a attempt) {
	_, _ = rand.Read(a[:]) // never fails
	return a
}

// after is the value that a change makes of one.
func (v value) after(a attempt, epoch uint64, record []byte) value {
	attempts := append([]attempt{a}, v.attempts...)
	return value{epoch: epoch, version: v.version + 1, attempts: attempts[:min(len(attempts),
		ring)], record: record}
}

func (v value) names(a attempt) bool { return slices.Contains(v.attempts, a) }

// A key signs the values of a fleet.
type key struct {
	fleet  string
	secret []byte
}

func newKey(fleet string, secret []byte) key { return key{fleet, slices.Clone(secret)} }

// seal writes a value that stands at a place.
func (k key) seal(at string, v value) []byte {
	b := append(make([]byte, 0, headSize+len(v.attempts)*len(attempt{})+len(v.record)+macSize),
		"motp"...)
	forgotten := byte(0)
	if v.forgotten {
		forgotten = 1
	}
	b = append(b, form, forgotten, 0, 0)
	b = binary.LittleEndian.AppendUint64(b, v.epoch)
	b = binary.LittleEndian.AppendUint64(b, v.version)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(v.attempts)))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(v.record)))
	for _, a := range v.attempts {
		b = append(b, a[:]...)
	}
	b = append(b, v.record...)
	return append(b, k.sum(at, b)...)
}

// open reads a value that stands at a place. ok is false if it is not one that a host of this fleet
// has written there.
func (k key) open(at string, b []byte) (v value, ok bool) {
	if len(b) < headSize+macSize {
		return value{}, false
	}
	body, mac := b[:len(b)-macSize], b[len(b)-macSize:]
	if !hmac.Equal(mac, k.sum(at, body)) || string(b[:4]) != "motp" || b[4] != form {
		return value{}, false
	}
	n := int(binary.LittleEndian.Uint16(b[24:]))
	size := int(binary.LittleEndian.Uint16(b[26:]))
	rest := body[headSize:]
	if n > ring || len(rest) != n*len(attempt{})+size {
		return value{}, false
	}
	v = value{forgotten: b[5] != 0, epoch: binary.LittleEndian.Uint64(b[8:]),
		version: binary.LittleEndian.Uint64(b[16:])}
	for range n {
		v.attempts = append(v.attempts, attempt(rest))
		rest = rest[len(attempt{}):]
	}
	if !v.forgotten {
		v.record = append([]byte{}, rest...)
	}
	return v, true
}

func (k key) sum(at string, body []byte) []byte {
	h := hmac.New(sha256.New, k.secret)
	for _, part := range []string{"motp fleet", k.fleet, at} {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(part)))
		_, _ = h.Write(n[:])
		_, _ = h.Write([]byte(part))
	}
	_, _ = h.Write(body)
	return h.Sum(nil)
}
