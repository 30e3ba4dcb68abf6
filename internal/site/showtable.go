package site

import (
	"context"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// Each yields every entry of the table, each one opened, in no order, and with little memory where
// the table is kept. With an error, what was yielded is not all.
func (s *Site) Each(yield func(conf.Entry)) error {
	if kept, ok := s.Directory.(interface{ Each(func(conf.Entry)) error }); ok {
		return kept.Each(yield)
	}
	_, all, err := s.Users()
	for _, e := range all {
		yield(e)
	}
	return err
}

// ShowTable shows the sums of this host's table to the other hosts of a fleet, by a store that can.
func (s *Site) ShowTable(ctx context.Context, f conf.Fleet, sums []byte) error {
	at, ok := s.FleetStore(f).(inFleet)
	if !ok {
		return nil
	}
	return at.with(func(store motp.Store) error {
		shower, ok := store.(interface {
			ShowTable(ctx context.Context, sums []byte) error
		})
		if !ok {
			return nil
		}
		return shower.ShowTable(ctx, sums)
	})
}
