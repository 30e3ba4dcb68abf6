// Package memory keeps the records of package motp in memory: for tests, and for programs that may
// forget which codes were used when they end.
//
// A service that accepts codes should not: after a restart, a code that was used a minute ago is
// good again. Package files is for those. The package knows nothing of what is in a record.
package memory

import (
	"context"
	"slices"
	"sync"

	"github.com/pam-motp/pam-motp/motp"
)

// Room is how many bytes a record may have: as many as in a file.
const Room = 4064

// A Store keeps records in memory. The zero Store is an empty one. It may be used by any number of
// goroutines, and must not be copied.
type Store struct {
	mu      sync.Mutex
	users   map[string]*shelf
	strange map[string]*shelf // of names that are nobody's, while somebody waits there
}

var _ motp.Store = (*Store)(nil)

// A shelf is the place of one user's record.
type shelf struct {
	turn   chan struct{} // holds a token while nobody changes the record
	calls  int           // who have the turn, or wait for it; guarded by the store's mutex
	record []byte        // nil if there is none; guarded by the store's mutex
}

// line waits for the turn of a name in some shelves. leave gives it to the next.
func (s *Store) line(ctx context.Context, shelves *map[string]*shelf, name string) (
	at *shelf, leave func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	s.mu.Lock()
	if *shelves == nil {
		*shelves = map[string]*shelf{}
	}
	at = (*shelves)[name]
	if at == nil {
		at = &shelf{turn: make(chan struct{}, 1)}
		at.turn <- struct{}{}
		(*shelves)[name] = at
	}
	at.calls++
	s.mu.Unlock()
	part := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if at.calls--; at.calls == 0 && at.record == nil {
			delete(*shelves, name)
		}
	}
	select {
	case <-at.turn:
		return at, func() { at.turn <- struct{}{}; part() }, nil
	case <-ctx.Done():
		part()
		return nil, nil, ctx.Err()
	}
}

// Update changes a user's record: see [motp.Store].
func (s *Store) Update(ctx context.Context, user string, change motp.Change) error {
	if err := motp.CheckName(user); err != nil {
		return err
	}
	at, leave, err := s.line(ctx, &s.users, user)
	if err != nil {
		return err
	}
	defer leave()
	return s.update(at, change)
}

// update changes the record of a shelf whose turn the caller has.
func (s *Store) update(at *shelf, change motp.Change) error {
	next, err := change(motp.Current{Record: slices.Clone(s.read(at)), Room: Room})
	if err != nil {
		return err
	}
	if len(next.Record) > Room {
		return motp.ErrFull
	}
	s.put(at, append([]byte{}, next.Record...))
	return nil
}

func (s *Store) read(at *shelf) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return at.record
}

func (s *Store) put(at *shelf, record []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at.record = record
}

// View returns a user's record: see [motp.Store].
func (s *Store) View(ctx context.Context, user string) (motp.Current, error) {
	if err := ctx.Err(); err != nil {
		return motp.Current{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	current := motp.Current{Room: Room}
	if at := s.users[user]; at != nil {
		current.Record = slices.Clone(at.record)
	}
	return current, nil
}

// Prepare makes a user's record if there is none: see [motp.Store].
func (s *Store) Prepare(ctx context.Context, user string, first motp.Change) error {
	return s.Update(ctx, user, func(c motp.Current) (motp.Next, error) {
		if c.Record != nil {
			return motp.Next{Record: c.Record}, nil
		}
		return first(c)
	})
}

// Forget removes a user's record: see [motp.Store].
func (s *Store) Forget(ctx context.Context, user string) error {
	if err := motp.CheckName(user); err != nil {
		return err
	}
	at, leave, err := s.line(ctx, &s.users, user)
	if err != nil {
		return err
	}
	defer leave()
	s.put(at, nil)
	return nil
}

// Rehearse does the work of an update, and keeps nothing of it: see [motp.Store].
func (s *Store) Rehearse(ctx context.Context, name string, change motp.Change) {
	at, leave, err := s.line(ctx, &s.strange, name)
	if err != nil {
		return
	}
	defer leave()
	_ = s.update(at, change)
	s.put(at, nil)
}

// Names returns the users who have a record: see [motp.Store].
func (s *Store) Names(ctx context.Context) (names []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, at := range s.users {
		if at.record != nil {
			names = append(names, name)
		}
	}
	return names, nil
}
