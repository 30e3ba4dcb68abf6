package site

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// byName is the store of a site: it looks into the table for each call, where the record of that
// name is. Who knows that already asks [Site.StoreIn].
type byName struct{ *Site }

var _ motp.LockBreaker = byName{}

func (s byName) of(user string) (motp.Store, error) {
	f, err := s.places.Of(user)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return s.StoreIn(f), nil
}

func (s byName) Update(ctx context.Context, user string, change motp.Change) error {
	at, err := s.of(user)
	if err != nil {
		return err
	}
	return at.Update(ctx, user, change)
}

func (s byName) View(ctx context.Context, user string) (motp.Current, error) {
	at, err := s.of(user)
	if err != nil {
		return motp.Current{}, err
	}
	return at.View(ctx, user)
}

func (s byName) Prepare(ctx context.Context, user string, first motp.Change) error {
	at, err := s.of(user)
	if err != nil {
		return err
	}
	return at.Prepare(ctx, user, first)
}

// Forget forgets somebody who is not in the table wherever there may be a record: who was local
// has it in a file.
func (s byName) Forget(ctx context.Context, user string) error {
	f, err := s.places.Of(user)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err = s.StoreIn(f).Forget(ctx, user)
	if err != nil || f.IsZero() {
		return err
	}
	if _, _, err := s.Lookup(user); !errors.Is(err, conf.ErrNoUser) {
		return nil
	}
	err = s.StoreIn(conf.Fleet{}).Forget(ctx, user)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s byName) Rehearse(ctx context.Context, name string, change motp.Change) {
	if at, err := s.of(name); err == nil {
		at.Rehearse(ctx, name, change)
	}
}

// Names are those of the fleet, and of the users whose records are in files.
func (s byName) Names(ctx context.Context) ([]string, error) {
	settings, err := s.Settings()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	inFiles := s.StoreIn(conf.Fleet{})
	if settings.Fleet.IsZero() {
		return inFiles.Names(ctx)
	}
	names, err := s.StoreIn(settings.Fleet).Names(ctx)
	if err != nil {
		return nil, err
	}
	local, err := s.localNames(ctx, inFiles)
	if err != nil {
		return nil, err
	}
	// somebody who has become local has two, and one counts
	names = slices.Concat(names, local)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// localNames are the local users who have a record. Other files are left over from before there was
// a fleet.
func (s byName) localNames(ctx context.Context, inFiles motp.Store) (local []string, err error) {
	_, entries, err := s.Users()
	if err != nil {
		return nil, err
	}
	names, err := inFiles.Names(ctx)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	slices.Sort(names)
	for _, e := range entries {
		if _, found := slices.BinarySearch(names, e.User.Name); found && e.Local {
			local = append(local, e.User.Name)
		}
	}
	return local, nil
}

// BreakLock gets past a process that holds a record in a file. In a fleet nobody holds one.
func (s byName) BreakLock(ctx context.Context, user string) error {
	at, err := s.of(user)
	if err != nil {
		return err
	}
	if breaker, ok := at.(motp.LockBreaker); ok {
		return breaker.BreakLock(ctx, user)
	}
	return nil
}
