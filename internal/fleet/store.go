package fleet

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// placeOf is the key of a user's record.
func placeOf(user string) string { return recordsAt + motp.EncodeName(user) }

// current is a state as a change is given it.
func (st state) current() motp.Current {
	if st.torn {
		return motp.Current{Lost: true, Room: Room}
	}
	return motp.Current{Record: slices.Clone(st.record), Room: Room,
		Doubt: st.record != nil && st.value.epoch < st.epoch.number}
}

// Update changes a user's record, which a majority of the nodes has on disk when it returns: see
// [motp.Store]. The error [Error] says what is wrong with the store.
func (s *Store) Update(ctx context.Context, user string, change motp.Change) error {
	return s.update(ctx, user, func(base state, id attempt) (value, error) {
		next, err := change(base.current())
		if err != nil {
			return value{}, err
		}
		if len(next.Record) > Room {
			return value{}, motp.ErrFull
		}
		return base.after(id, base.epoch.number, append([]byte{}, next.Record...)), nil
	})
}

// update changes the value of a user's record.
func (s *Store) update(ctx context.Context, user string,
	next func(base state, id attempt) (value, error)) error {
	if err := motp.CheckName(user); err != nil {
		return err
	}
	ctx, cancel := s.patient(ctx)
	defer cancel()
	leave, err := s.turns.wait(ctx, user)
	if err != nil {
		return err
	}
	defer leave()
	if err := s.clock.wait(ctx); err != nil {
		return err
	}
	id := newAttempt()
	c := change{s, placeOf(user), id, func(base state) (value, error) {
		return next(base, id)
	}}
	return c.run(ctx)
}

// View returns a user's record as a majority of the nodes has it: see [motp.Store].
func (s *Store) View(ctx context.Context, user string) (motp.Current, error) {
	if err := ctx.Err(); err != nil {
		return motp.Current{}, err
	}
	ctx, cancel := s.patient(ctx)
	defer cancel()
	st, err := s.load(ctx, placeOf(user))
	if err != nil {
		return motp.Current{}, err
	}
	if st.torn {
		return motp.Current{}, motp.ErrCorrupt
	}
	return st.current(), nil
}

// Prepare makes a user's record if there is none: see [motp.Store].
func (s *Store) Prepare(ctx context.Context, user string, first motp.Change) error {
	if err := motp.CheckName(user); err != nil {
		return err
	}
	if c, err := s.View(ctx, user); err != nil || c.Record != nil {
		return err
	}
	return s.Update(ctx, user, func(c motp.Current) (motp.Next, error) {
		switch {
		case c.Lost:
			return motp.Next{}, motp.ErrCorrupt
		case c.Record != nil:
			return motp.Next{Record: c.Record}, nil
		}
		return first(c)
	})
}

// Forget removes a user's record: see [motp.Store]. What stays is a note that it is meant to be
// missing.
func (s *Store) Forget(ctx context.Context, user string) error {
	return s.update(ctx, user, func(base state, id attempt) (value, error) {
		v := base.after(id, base.epoch.number, nil)
		v.forgotten = true
		return v, nil
	})
}

const (
	// pageSize is how many records are listed with one request: so few that a page passes a
	// line of 20 Mbit/s within a call's time, whatever is in the records.
	pageSize = 200

	// surveyPause is how long the survey waits where a page failed.
	surveyPause = 250 * time.Millisecond
)

// Names returns the users who have a record: see [motp.Store].
func (s *Store) Names(ctx context.Context) (names []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = s.each(ctx, func(at string, st state) {
		name, ok := motp.DecodeName(strings.TrimPrefix(at, recordsAt))
		// one that cannot be read is there
		if ok && (st.torn || !st.forgotten) {
			names = append(names, name)
		}
	})
	return names, err
}

// survey notes how far all records are: one that goes missing after this is missed, though it was
// another host that saw it last. None is kept: a user's first login on this host takes no less than
// that of a name which is nobody's. Logins do not wait for it, which takes a minute in a large
// fleet; it goes on where a page failed.
func (s *Store) survey(ctx context.Context) {
	for from := recordsAt; from != ""; {
		next, err := s.page(ctx, from, func(at string, st state) {
			if !st.torn {
				s.seen.note(at, st)
			}
		})
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			pause(ctx, surveyPause)
		default:
			from = next
		}
	}
	close(s.surveyed)
}

// each calls do with each record, and with those of nobody.
func (s *Store) each(ctx context.Context, do func(at string, st state)) error {
	for from := recordsAt; from != ""; {
		next, err := s.page(ctx, from, do)
		if err != nil {
			return err
		}
		from = next
	}
	return nil
}

// page is each for some records, and returns where the next ones begin; nowhere behind the last.
func (s *Store) page(ctx context.Context, from string, do func(at string, st state)) (string,
	error) {
	ctx, cancel := s.brief(ctx)
	defer cancel()
	before := s.before(from)
	end := clientv3.GetPrefixRangeEnd(recordsAt)
	resp, err := s.nodes.read(ctx, clientv3.OpGet(epochAt),
		clientv3.OpGet(from, clientv3.WithRange(end), clientv3.WithLimit(pageSize)))
	if err != nil {
		return "", err
	}
	e, err := s.learn(resp, before)
	if err != nil {
		return "", err
	}
	found := resp.Responses[1].GetResponseRange()
	for _, kv := range found.Kvs {
		at := string(kv.Key)
		v, ok := s.key.open(at, kv.Value)
		do(at, state{value: v, revision: kv.ModRevision, torn: !ok, epoch: e})
	}
	if !found.More {
		return "", nil
	}
	return string(found.Kvs[len(found.Kvs)-1].Key) + "\x00", nil
}
