package fleet

import (
	"sync"
	"time"
)

// seen is what this host knows of the records: which it has seen, so that none is taken for the
// latest that is older, and those that it saw last, so that a login need not read first. What is
// known here decides nothing else: a transaction compares.
type seen struct {
	mu    sync.Mutex
	marks map[string]mark
	kept  map[string]state
	size  int // of what is kept, in bytes
	most  int // what that may be
}

// A mark is how far a record was when this host saw it last.
type mark struct {
	epoch   uint64 // in force then
	version uint64
	attempt attempt // which made it
}

// A state is a record as etcd has it.
type state struct {
	value
	revision int64 // of its last change; 0 if it is not there
	torn     bool  // it is there, and no value of the fleet's
	epoch    *epoch
}

// mostKept is how much is kept: enough for some five thousand users. Whoever is not among them
// waits for one more round trip.
const mostKept = 4 << 20

// stateSize is what a state takes, beside its record.
const stateSize = 512

func newSeen() *seen {
	return &seen{marks: map[string]mark{}, kept: map[string]state{}, most: mostKept}
}

func (s *seen) get(at string) (state, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st, ok := s.kept[at]
	return st, ok
}

// keep notes a state. Which others make room for it is of no importance.
func (s *seen) keep(at string, st state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(at)
	takes := len(st.record) + stateSize
	for other := range s.kept {
		if s.size+takes <= s.most {
			break
		}
		s.remove(other)
	}
	if s.size+takes > s.most {
		return
	}
	s.kept[at] = st
	s.size += takes
}

func (s *seen) drop(at string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(at)
}

func (s *seen) remove(at string) {
	if st, ok := s.kept[at]; ok {
		s.size -= len(st.record) + stateSize
		delete(s.kept, at)
	}
}

// mark is how far a record was. It is asked for before the record is read.
func (s *seen) mark(at string) (m mark, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known = s.marks[at]
	return m, known
}

// note notes how far a record is.
func (s *seen) note(at string, st state) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, known := s.marks[at]
	if now := (mark{st.epoch.number, st.version, st.newest()}); !known ||
		now.epoch > m.epoch || now.epoch == m.epoch && now.version > m.version {
		s.marks[at] = now
	}
}

// check returns an error if a state cannot be that of a record which was as far as its mark says
// before. One that is missing, or was forgotten, where a restored store may have forgotten it, is
// torn.
func (st state) check(m mark, known bool, now time.Time) (state, error) {
	missing := st.revision == 0
	switch {
	case st.torn:
	case !missing && st.value.epoch > st.epoch.number:
		return st, fail(Older, "the record is of a later epoch than the store", nil)
	case missing && known && m.epoch >= st.epoch.number:
		return st, fail(Gone, "the record was there before, and is gone; was the store "+
			"restored (motp fleet restored)?", nil)
	case missing && (known || st.epoch.forgets(now)):
		st.torn, st.version = true, m.version
	case missing:
	case st.forgotten && st.value.epoch < st.epoch.number && st.epoch.forgets(now):
		st.torn = true
	case known && m.epoch == st.epoch.number && (st.version < m.version ||
		st.version == m.version && st.newest() != m.attempt):
		return st, fail(Older, "the record is older than the one before; was the store "+
			"restored (motp fleet restored)?", nil)
	}
	return st, nil
}

// newest is the attempt that made a value.
func (v value) newest() attempt {
	if len(v.attempts) == 0 {
		return attempt{}
	}
	return v.attempts[0]
}
