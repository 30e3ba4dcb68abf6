package site

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// taking is a fleet's store as it changes records: what a file of this host still has of a user
// goes there first. It is of the time before the host has joined, or before the user was local no
// more, and knows of used codes and of failures that the fleet has not heard of.
type taking struct {
	inFleet
	site *Site
}

func (t taking) Update(ctx context.Context, user string, change motp.Change) error {
	return t.then(ctx, user, change, t.inFleet.Update)
}

func (t taking) Prepare(ctx context.Context, user string, first motp.Change) error {
	return t.then(ctx, user, first, t.inFleet.Prepare)
}

func (t taking) then(ctx context.Context, user string, change motp.Change,
	do func(context.Context, string, motp.Change) error) error {
	if err := t.take(ctx, user); err != nil {
		return err
	}
	return do(ctx, user, change)
}

// Rehearse looks for a file, too.
func (t taking) Rehearse(ctx context.Context, name string, change motp.Change) {
	_, _ = t.site.Files.View(ctx, name)
	t.inFleet.Rehearse(ctx, name, change)
}

// take moves what there is, which is left behind so that it lets nobody in.
func (t taking) take(ctx context.Context, user string) error {
	now := time.Now()
	left, err := t.site.Files.View(ctx, user)
	if errors.Is(err, fs.ErrNotExist) || err == nil && left.Record == nil {
		return nil
	}
	files := motp.Verifier{Store: t.site.Files}
	_, err = files.Status(ctx, motp.User{Name: user}, now)
	if errors.Is(err, motp.ErrMoved) {
		return nil
	}
	shared := motp.Verifier{Store: t.inFleet}
	_, err = shared.Status(ctx, motp.User{Name: user}, now)
	if errors.Is(err, motp.ErrMoved) {
		return err // to files, and it is the administrator's to bring it back
	}
	settings, u, err := t.site.Lookup(user)
	switch {
	case errors.Is(err, conf.ErrNoUser):
		u = motp.User{Name: user}
	case err != nil:
		return err // nobody knows what the record must not forget
	}
	to := motp.Verifier{Store: t.inFleet, Policy: settings.Policy, Sealer: t.site.Keys}
	_, err = to.Take(ctx, motp.Source{Store: t.site.Files}, u, now)
	return err
}
