package site

import (
	"context"
	"sync"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// A FleetOpener opens the store that a fleet shares. A store that has a method Close is closed when
// nobody uses it any more.
type FleetOpener func(conf.Fleet) (motp.Store, error)

// WithFleet has the site use the records that a fleet shares, where its table names any. Without
// it, they are refused: see [NoMotpd].
func (s *Site) WithFleet(open FleetOpener) *Site {
	s.fleets.open = open
	return s
}

// HasFleets says whether the site can get at the records that a fleet shares.
func (s *Site) HasFleets() bool { return s.fleets.open != nil }

// StoreIn is the store with the records of a fleet, or, of the zero Fleet, with those in files. For
// one user, it is the Fleet of what was looked up for them, or of their entry.
// Where a record is, is decided here, and nowhere else.
func (s *Site) StoreIn(f conf.Fleet) motp.Store {
	switch {
	case f.IsZero():
		return s.Files
	case !s.HasFleets():
		return closed{NoMotpd{s.table}}
	}
	return taking{inFleet{&s.fleets, f}, s}
}

// FleetStore is the store of a fleet as it is, for whoever moves records from files or back.
func (s *Site) FleetStore(f conf.Fleet) motp.Store {
	if at, ok := s.StoreIn(f).(taking); ok {
		return at.inFleet
	}
	return s.StoreIn(f)
}

// VerifierIn is Verifier for a user of whom it is known where the record is: see [Site.StoreIn]. It
// looks at the table no more.
func (s *Site) VerifierIn(f conf.Fleet, p motp.Policy) motp.Verifier {
	return motp.Verifier{Store: s.StoreIn(f), Policy: p, Sealer: s.Keys}
}

// OpenFleet opens the store that the table names, if it names one. Else the first who needs it
// waits longer.
func (s *Site) OpenFleet() error {
	settings, err := s.Settings()
	if err != nil || settings.Fleet.IsZero() || !s.HasFleets() {
		return nil // whatever is wrong is told with each login
	}
	at, err := s.fleets.acquire(settings.Fleet)
	if err == nil {
		s.fleets.leave(at)
	}
	return err
}

// Close ends what is open of a fleet. Calls that wait there fail.
func (s *Site) Close() { s.fleets.close() }

// fleets are the stores that the table has named: the one that is open, and those before it in
// which calls are under way.
type fleets struct {
	open FleetOpener

	mu     sync.Mutex
	latest *shared // nil if none is open
}

// A shared is a store that is open, for as long as anybody uses it.
type shared struct {
	motp.Store
	fleet conf.Fleet
	users int // calls that are under way, and one as long as the table says so
}

// acquire returns the open store of a fleet. If the table has said something else before, that
// store is closed as soon as its last call ends.
func (f *fleets) acquire(of conf.Fleet) (*shared, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.latest == nil || !f.latest.fleet.Equal(of) {
		store, err := f.open(of)
		if err != nil {
			return nil, notOpened{err}
		}
		if f.latest != nil {
			f.release(f.latest)
		}
		f.latest = &shared{store, of, 1}
	}
	f.latest.users++
	return f.latest, nil
}

// leave ends a call.
func (f *fleets) leave(s *shared) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release(s)
}

func (f *fleets) release(s *shared) {
	if s.users--; s.users > 0 {
		return
	}
	if c, ok := s.Store.(interface{ Close() }); ok {
		go c.Close() // which may wait for the network
	}
}

func (f *fleets) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.latest == nil {
		return
	}
	if c, ok := f.latest.Store.(interface{ Close() }); ok {
		c.Close()
	}
	f.latest = nil
}

// inFleet is a fleet's store, by whichever connection is open now.
type inFleet struct {
	fleets *fleets
	fleet  conf.Fleet
}

func (s inFleet) with(call func(motp.Store) error) error {
	at, err := s.fleets.acquire(s.fleet)
	if err != nil {
		return err
	}
	defer s.fleets.leave(at)
	return call(at.Store)
}

func (s inFleet) Update(ctx context.Context, user string, change motp.Change) error {
	return s.with(func(at motp.Store) error { return at.Update(ctx, user, change) })
}

func (s inFleet) View(ctx context.Context, user string) (c motp.Current, err error) {
	err = s.with(func(at motp.Store) error { c, err = at.View(ctx, user); return err })
	return c, err
}

func (s inFleet) Prepare(ctx context.Context, user string, first motp.Change) error {
	prepare := func(at motp.Store) error { return at.Prepare(ctx, user, first) }
	return s.with(prepare)
}

func (s inFleet) Forget(ctx context.Context, user string) error {
	return s.with(func(at motp.Store) error { return at.Forget(ctx, user) })
}

func (s inFleet) Rehearse(ctx context.Context, name string, change motp.Change) {
	_ = s.with(func(at motp.Store) error { at.Rehearse(ctx, name, change); return nil })
}

func (s inFleet) Names(ctx context.Context) (names []string, err error) {
	err = s.with(func(at motp.Store) error { names, err = at.Names(ctx); return err })
	return names, err
}
