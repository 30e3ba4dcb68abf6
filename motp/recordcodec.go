package motp

import "slices"

// The bytes of a record, version 2. All numbers are little-endian. A version byte is followed by
// entries of any number, in any order:
//
//	type (1 byte), length of the value (2 bytes), value
//
// Entries of a type that this version does not know are kept as they are. An entry of a known type
// whose length is none of those below spoils the record: to leave it out might be to forget a code.
//
//	1 counts    failures in a row (4), locks that ended in a row (4), time of the last counted
//	            failure (8), of the beginning of the lock (8), of the last login (8), latest
//	            time of an accepted code of a clock (8), mark of the last wrong answer (8)
//	2 memory    key (8), kind (1), period (4), lowest and highest used number (8, 8), reach (8);
//	            unless everything up to the highest counts as used: bitmap (32);
//	            if something was learned of the clock: offset (8), drift (8), synced (8)
//	3 v1        what version 1 knew of a token that the table does not have: id (8), highest
//	            used number (8), bitmap (32), drift (8), synced (8)
//	4 grace     fingerprint of the table's entry and of where a right code came from (8), when
//	            (8); the latest first, eight at most
//	5 paper     at most once: latest set (8), hash of each code of it that was used (up to 16
//	            of 16 each)
//	6 pin       that the user has set: key of the secret (8), hash of the table's PIN that it
//	            replaced (8), PIN (1 to 64; sealed, up to 512)
//	10 claimed  hash of an invitation (8), what became of it (1): 0 burnt, 1 claimed
//	11 shown    hash of an invitation (8), fingerprint of where its token was shown (8), since
//	            when (8)
//	12 moved    at most once, and empty: another store has what came since
//
// The following types are set aside, with their values, for what is to come, so that there is no
// version 3 for it: a program that does not know them carries them on.
//
//	7 attempts  identifiers of the last attempts, newest first (16 each)
//	8 epoch     of the store (8)
//	9 owner     hash of the table's entry (8)
const (
	entryCounts = 1
	entryMemory = 2
	entryV1     = 3
	entryGrace  = 4
	entryPaper  = 5
	entryPIN    = 6
	entryClaim  = 10
	entryShown  = 11
	entryMoved  = 12
)

const (
	recordVersion = 2

	entryHead   = 3
	countsSize  = 48
	memorySize  = 37
	bitmapSize  = 8 * len(replay{}.used)
	learnedSize = 24
	paperHead   = 8
	claimSize   = 9
	shownSize   = 24
	pinHead     = 16
	grantSize   = 16
)

// An entry is one that this version does not understand.
type entry struct {
	kind  byte
	value string
}

// encode returns the record's bytes. To make it fit into room, it forgets what it may: grace; of
// secrets that are not in the table first the bitmaps, so that what lies below the highest number
// counts as used, then the secrets that have been there longest, with their PINs. ok is false if it
// does not fit all the same.
func (r *record) encode(room int) (b []byte, ok bool) {
	b = r.bytes()
	if len(b) > room && len(r.grants) > 0 {
		r.grants = nil
		b = r.bytes()
	}
	for _, m := range r.lines {
		if len(b) > room && !slices.Contains(r.keep, m) && !m.burnt() {
			m.burn(m.high)
			m.learn(Token{}, 0, 0)
			b = r.bytes()
		}
	}
	for len(b) > room && len(r.old) > 0 {
		r.old = r.old[1:]
		b = r.bytes()
	}
	for i := 0; len(b) > room && i < len(r.lines); {
		if slices.Contains(r.keep, r.lines[i]) {
			i++
			continue
		}
		key := r.lines[i].key
		r.lines = append(r.lines[:i:i], r.lines[i+1:]...)
		r.forgetSecret(key)
		b = r.bytes()
	}
	return b, len(b) <= room
}

// bytes returns all that the record knows.
func (r *record) bytes() []byte {
	w := writer{b: make([]byte, 0, usualSize)}
	w.b = append(w.b, recordVersion)
	w.begin(entryCounts)
	w.put(4, uint64(r.failures), uint64(r.locks))
	w.put(8, uint64(r.lastFailure), uint64(r.lockedSince), uint64(r.lastLogin))
	w.put(8, uint64(r.proven), r.wrongMark)
	w.end()
	for _, m := range r.lines {
		w.begin(entryMemory)
		m.write(&w)
		w.end()
	}
	for i := range r.old {
		w.begin(entryV1)
		r.old[i].write(&w)
		w.end()
	}
	for _, g := range r.grants {
		w.begin(entryGrace)
		w.put(8, g.of, uint64(g.since))
		w.end()
	}
	for _, p := range r.pins {
		w.begin(entryPIN)
		w.put(8, p.key, p.replaced)
		w.b = append(w.b, p.pin...)
		w.end()
	}
	if r.paper.set > 0 {
		w.begin(entryPaper)
		r.paper.write(&w)
		w.end()
	}
	for _, c := range r.claims {
		w.begin(entryClaim)
		w.put(8, c.of)
		w.put(1, uint64(c.state))
		w.end()
	}
	for _, s := range r.shown {
		w.begin(entryShown)
		w.put(8, s.of, s.to, uint64(s.at))
		w.end()
	}
	if r.moved {
		w.begin(entryMoved)
		w.end()
	}
	for _, e := range r.other {
		w.begin(e.kind)
		w.b = append(w.b, e.value...)
		w.end()
	}
	return w.b
}

func (m *memory) write(w *writer) {
	w.put(8, m.key)
	w.put(1, uint64(m.kind))
	w.put(4, uint64(m.period))
	w.put(8, uint64(m.low), uint64(m.high), uint64(m.reach))
	learned := m.base != 0 || m.drift != 0 || m.synced != 0
	if learned || !m.burnt() {
		w.put(8, m.used[:]...)
	}
	if learned {
		w.put(8, uint64(m.base), uint64(m.drift), uint64(m.synced))
	}
}

// usualSize is more than most records have.
const usualSize = 1024

// decode reads a record of any version. ok is false if it is not whole, or of a later version.
func decode(b []byte) (r record, ok bool) {
	if isV1(b) {
		return readV1(b), true
	}
	return readRecord(b)
}

// readRecord reads a record's bytes. ok is false if they are not whole.
func readRecord(b []byte) (r record, ok bool) {
	if len(b) == 0 || b[0] != recordVersion {
		return record{}, false
	}
	counted := false
	for b = b[1:]; len(b) > 0; {
		if len(b) < entryHead {
			return record{}, false
		}
		kind, n := b[0], int(b[1])|int(b[2])<<8
		if b = b[entryHead:]; n > len(b) {
			return record{}, false
		}
		value := reader{b: b[:n]}
		b = b[n:]
		switch kind {
		case entryCounts:
			if counted || n != countsSize {
				return record{}, false
			}
			counted = true
			r.readCounts(&value)
		case entryMemory:
			m, ok := readMemory(&value)
			if !ok {
				return record{}, false
			}
			r.lines = append(r.lines, m)
		case entryV1:
			if n != v1TokenSize {
				return record{}, false
			}
			r.old = append(r.old, readV1Memory(&value))
		case entryGrace:
			if n != grantSize || len(r.grants) == maxGrants {
				return record{}, false
			}
			r.grants = append(r.grants, grant{value.get(8), int64(value.get(8))})
		case entryPIN:
			p, ok := readPIN(&value)
			if !ok {
				return record{}, false
			}
			r.pins = append(r.pins, p)
		case entryPaper:
			p, ok := readPaperUse(&value)
			if !ok || r.paper.set > 0 {
				return record{}, false
			}
			r.paper = p
		default:
			if !r.readRare(kind, &value) {
				return record{}, false
			}
		}
	}
	return r, counted
}

// readRare reads what few records have.
func (r *record) readRare(kind byte, v *reader) (ok bool) {
	switch kind {
	case entryClaim, entryShown:
		return r.readInvitation(kind, v)
	case entryMoved:
		ok = len(v.b) == 0 && !r.moved
		r.moved = true
		return ok
	}
	r.other = append(r.other, entry{kind, string(v.b)})
	return true
}

func (r *record) readCounts(v *reader) {
	r.failures, r.locks = uint32(v.get(4)), uint32(v.get(4))
	r.lastFailure, r.lockedSince = int64(v.get(8)), int64(v.get(8))
	r.lastLogin, r.proven = int64(v.get(8)), int64(v.get(8))
	r.wrongMark = v.get(8)
}

func readMemory(v *reader) (m *memory, ok bool) {
	n := len(v.b)
	if n != memorySize && n != memorySize+bitmapSize && n != memorySize+bitmapSize+learnedSize {
		return nil, false
	}
	m = &memory{key: v.get(8), kind: Type(v.get(1)), period: uint32(v.get(4))}
	m.low, m.high, m.reach = int64(v.get(8)), int64(v.get(8)), int64(v.get(8))
	for i := range m.used {
		if m.used[i] = ^uint64(0); n > memorySize {
			m.used[i] = v.get(8)
		}
	}
	if len(v.b) > 0 {
		m.base, m.drift, m.synced = int64(v.get(8)), int64(v.get(8)), int64(v.get(8))
	}
	return m, true
}

// readInvitation reads what became of an invitation, or where its token was shown.
func (r *record) readInvitation(kind byte, v *reader) (ok bool) {
	switch n := len(v.b); {
	case kind == entryClaim && n == claimSize:
		r.claims = append(r.claims, claim{v.get(8), byte(v.get(1))})
	case kind == entryShown && n == shownSize:
		r.shown = append(r.shown, showing{v.get(8), v.get(8), int64(v.get(8))})
	default:
		return false
	}
	return true
}

func readPIN(v *reader) (p ownPIN, ok bool) {
	n := len(v.b) - pinHead
	if n <= 0 {
		return ownPIN{}, false
	}
	p = ownPIN{key: v.get(8), replaced: v.get(8), pin: string(v.b)}
	return p, n <= MaxPIN || n <= maxSealed && p.sealed()
}

// A writer appends numbers and entries.
type writer struct {
	b     []byte
	start int
}

func (w *writer) begin(kind byte) {
	w.b = append(w.b, kind, 0, 0)
	w.start = len(w.b)
}

func (w *writer) end() {
	n := len(w.b) - w.start
	w.b[w.start-2], w.b[w.start-1] = byte(n), byte(n>>8)
}

// put appends numbers of a size.
func (w *writer) put(size int, numbers ...uint64) {
	for _, v := range numbers {
		for i := range size {
			w.b = append(w.b, byte(v>>(8*i)))
		}
	}
}

// A reader takes numbers from bytes whose length is known to suffice.
type reader struct{ b []byte }

func (r *reader) get(size int) (v uint64) {
	for i := range size {
		v |= uint64(r.b[i]) << (8 * i)
	}
	r.b = r.b[size:]
	return v
}
