package motp

import (
	"crypto/md5"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"time"
)

// Version 1 of the record knew tokens, not secrets: with another name, T0 or place in the table a
// token was another one to it. It is 1024 bytes, in which the store that wrote it (package files)
// has two places of its own:
//
//	 0  "motp", 1, 3 bytes of zero
//	 8  of the store
//	16  failures in a row (4 bytes), 4 bytes of zero
//	24  time of the last counted failure, 32 of the beginning of the lock, 40 of the last login
//	48  mark of the last wrong code
//	56  of the store
//	64  15 tokens: id (8), highest used number (8), bitmap (32), drift (8), synced (8); id 0 if
//	    unused
const (
	v1Magic     = "motp\x01"
	v1Size      = 1024
	v1CountsAt  = 16
	v1TokensAt  = 64
	v1TokenSize = 64
)

func isV1(b []byte) bool { return len(b) == v1Size && string(b[:len(v1Magic)]) == v1Magic }

// A v1Memory is what version 1 knew of a token. Its id is a hash of name, secret, kind and more, so
// the secret is known once the table's tokens have been tried.
type v1Memory struct {
	id uint64
	replay
	drift, synced int64
}

func (m *v1Memory) write(w *writer) {
	w.put(8, m.id, uint64(m.high))
	w.put(8, m.used[:]...)
	w.put(8, uint64(m.drift), uint64(m.synced))
}

// readV1Memory reads one. Version 1 did not note the lowest number: any below the highest may be
// used.
func readV1Memory(v *reader) (m v1Memory) {
	m.id, m.high = v.get(8), int64(v.get(8))
	for i := range m.used {
		m.used[i] = v.get(8)
	}
	m.drift, m.synced = int64(v.get(8)), int64(v.get(8))
	m.low = math.MinInt64
	return m
}

// readV1 reads a record of version 1.
func readV1(b []byte) (r record) {
	r.v1 = true
	v := reader{b: b[v1CountsAt:]}
	r.failures = uint32(v.get(8))
	r.lastFailure, r.lockedSince, r.lastLogin = int64(v.get(8)), int64(v.get(8)),
		int64(v.get(8))
	r.wrongMark = v.get(8)
	v = reader{b: b[v1TokensAt:]}
	for len(v.b) > 0 {
		if m := readV1Memory(&v); m.id != 0 {
			r.old = append(r.old, m)
		}
	}
	return r
}

// carryOn gives each of the user's tokens what version 1 knew of it. A memory that no token
// accounts for may be of any that is new to the record, now or later, since nobody knows which
// names and settings it had: such a token begins with all up to there taken for used.
func (r *record) carryOn(u User, now time.Time) {
	if r.v1 && slices.ContainsFunc(u.Tokens, func(t Token) bool { return !t.counts() }) {
		r.proven = r.lastLogin
	}
	r.v1 = false
	if len(r.old) == 0 {
		return
	}
	r.adopt(u)
	for _, t := range u.Tokens {
		if r.find(t) == nil {
			r.suspect(t, r.memory(t), now)
		}
	}
}

// adopt takes over the memories of version 1 that the table accounts for, under any of its names.
func (r *record) adopt(u User) {
	for _, t := range u.Tokens {
		for _, named := range u.Tokens {
			id := v1ID(t, named.Name)
			for i, old := range r.old {
				if old.id == id {
					r.memory(t).takeOver(t, old)
					r.old = append(r.old[:i:i], r.old[i+1:]...)
					break
				}
			}
		}
	}
}

func (m *memory) takeOver(t Token, old v1Memory) {
	if m.blank() || old.high > m.high || t.counts() {
		m.learn(t, old.drift, old.synced)
	}
	m.merge(old.replay)
	m.boundLow()
}

// v1Counters is more than any button was pressed. Higher numbers are steps.
const v1Counters = 10_000_000

// suspect takes for used, of a token that version 1 did not know in this form, what another one
// that is not in the table any more may have used.
func (r *record) suspect(t Token, m *memory, now time.Time) {
	step := t.Step(now)
	for _, old := range r.old {
		switch {
		case old.blank():
		case t.counts() && old.high < v1Counters:
			m.loseCounter(t)
		case !t.counts() && old.high < step+step/4:
			// what is higher are steps of another kind
			m.burn(max(old.high, m.high))
		}
	}
}

// burnAhead takes for used what a token that nobody knows may have used since, up to a time. The
// period of its steps follows from how many there were.
func (m *v1Memory) burnAhead(until int64) {
	switch {
	case m.blank():
	case m.high < v1Counters:
		m.synced = max(m.synced, m.high+MaxLookAhead+1)
	default:
		period := int64(60)
		for _, usual := range []int64{30, 20, 10} {
			if until/m.high < usual+usual/3 {
				period = usual
			}
		}
		m.burn(max(m.high, until/period))
	}
}

// v1ID is never 0, which marks an unused place.
func v1ID(t Token, name string) uint64 {
	what := "token\x00" + name + "\x00" + t.Secret
	if t.Type != MobileOTP {
		what += "\x00" + t.Type.String() + "\x00" + t.StepLength().String() + "\x00" +
			strconv.FormatInt(t.T0, 10)
	}
	sum := md5.Sum([]byte(what))
	return binary.LittleEndian.Uint64(sum[:]) | 1
}
