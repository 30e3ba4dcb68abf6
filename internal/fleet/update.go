package fleet

import (
	"context"
	"errors"

	"github.com/pam-motp/pam-motp/motp"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// A change is an Update on its way.
type change struct {
	*Store
	at   string // the record's key
	id   attempt
	make func(base state) (value, error)
}

// run makes a change of what is there: it is one transaction if that is what this host saw last.
func (c change) run(ctx context.Context) error {
	base, have := c.seen.get(c.at)
	have = have && base.epoch == c.epoch.Load()
	for latest := false; ; {
		if !have {
			var err error
			if base, err = c.load(ctx, c.at); err != nil {
				return err
			}
			have, latest = true, true
		}
		next, err := c.make(base)
		if err != nil && !latest {
			have = false // perhaps it is of what is no more
			continue
		}
		if err != nil {
			return err
		}
		now, made, err := c.swap(ctx, base, next)
		switch {
		case err != nil:
			c.seen.drop(c.at)
			return err
		case made:
			c.remember(c.at, now)
			return nil
		case ctx.Err() != nil:
			return c.overtaken(ctx)
		}
		base, latest = now, true
	}
}

// overtaken is the error of a change that others were always faster than.
func (c change) overtaken(ctx context.Context) error {
	if context.Cause(ctx) == errWait {
		return motp.ErrBusy
	}
	return ctx.Err()
}

// swap puts a value in the place of a state, unless another is there by now: that is returned then.
// made says that the value was written, by this transaction or by one whose reply was lost.
//
// A transaction that was not answered may have been carried out, or may be later. To make the very
// same one again tells: both compare with the same revision, so that one of them at most is carried
// out, and what is written is the same. If neither can be any more, the attempt's identifier says
// whether one was.
func (c change) swap(ctx context.Context, base state, next value) (now state, made bool,
	err error) {
	raw := c.key.seal(c.at, next)
	r := request{
		changes: c.at,
		compare: []clientv3.Cmp{base.epoch.same(),
			clientv3.Compare(clientv3.ModRevision(c.at), "=", base.revision)},
		then:  []clientv3.Op{clientv3.OpPut(c.at, string(raw))},
		other: []clientv3.Op{clientv3.OpGet(epochAt), clientv3.OpGet(c.at)},
	}
	asked := false // a transaction was not answered
	var last error
	for ctx.Err() == nil {
		before := c.before(c.at)
		resp, err := c.nodes.ask(ctx, r)
		switch {
		case err == nil && resp.Succeeded:
			made := state{value: next, revision: resp.Header.Revision,
				epoch: base.epoch}
			return made, true, base.epoch.advances(resp.Header,
				before.latestIn(base.epoch))
		case err == nil:
			now, err := c.read(resp, c.at, before)
			return c.instead(now, base, asked, err)
		case errors.Is(err, rpctypes.ErrNoSpace):
			return c.noSpace(ctx, base, asked, err)
		case final(err) != nil && !asked:
			return state{}, false, final(err)
		case !unwritten(err):
			asked = true
		}
		last, r.changes = err, "" // what failed with others is made alone
	}
	if asked {
		return state{}, false, unsure(last)
	}
	return state{}, false, away(ctx, last)
}

// instead says what became of an attempt in whose place something else was found.
func (c change) instead(now, base state, asked bool, err error) (state, bool, error) {
	switch {
	case err != nil:
		return state{}, false, err
	case asked && now.names(c.id):
		return now, true, nil
	case asked && (now.torn || now.version > base.version+ring):
		return state{}, false, unsure(nil)
	}
	return now, false, nil
}

// noSpace finds out whether a transaction was carried out for which there was no space: etcd says
// so of the one that took the last of it, too.
func (c change) noSpace(ctx context.Context, base state, asked bool, why error) (state, bool,
	error) {
	now, err := c.load(ctx, c.at)
	switch {
	case err != nil:
		return state{}, false, unsure(err)
	case now.names(c.id):
		return now, true, nil
	case asked:
		return state{}, false, unsure(why)
	}
	return state{}, false, full(why)
}

// A known is what this host knew when it asked.
type known struct {
	mark
	marked bool
	epoch  *epoch
	latest int64 // how far the epoch was
}

func (s *Store) before(at string) known {
	k := known{epoch: s.epoch.Load()}
	if k.epoch != nil {
		k.latest = k.epoch.latest.Load()
	}
	k.mark, k.marked = s.seen.mark(at)
	return k
}

// latestIn is how far an epoch was, if it was known.
func (k known) latestIn(e *epoch) int64 {
	if e != k.epoch {
		return 0
	}
	return k.latest
}

// load reads a record as it stands.
func (s *Store) load(ctx context.Context, at string) (state, error) {
	before := s.before(at)
	resp, err := s.nodes.read(ctx, clientv3.OpGet(epochAt), clientv3.OpGet(at))
	if err != nil {
		return state{}, err
	}
	return s.read(resp, at, before)
}

// read takes a reply with the epoch and a record, and returns an error if that cannot be as it
// was left.
func (s *Store) read(resp *clientv3.TxnResponse, at string, before known) (state, error) {
	st, err := s.found(resp, at, before)
	if err != nil {
		return state{}, err
	}
	if st, err = st.check(before.mark, before.marked, s.now()); err != nil {
		return state{}, err
	}
	if !st.torn && st.revision != 0 {
		s.seen.note(at, st)
	}
	return st, nil
}

// found takes a reply with the epoch and a record, as that is.
func (s *Store) found(resp *clientv3.TxnResponse, at string, before known) (state, error) {
	e, err := s.learn(resp, before)
	if err != nil {
		return state{}, err
	}
	st := state{epoch: e}
	if kvs := resp.Responses[1].GetResponseRange().GetKvs(); len(kvs) > 0 {
		v, ok := s.key.open(at, kvs[0].Value)
		st.value, st.revision, st.torn = v, kvs[0].ModRevision, !ok
		if !ok { // whatever is put in its place must be later than all that was seen of it
			st.version = max(uint64(kvs[0].Version), before.version)
		}
	}
	return st, nil
}

// only is the value of the key that was asked for; nil if there is none.
func only(r *etcdserverpb.ResponseOp) []byte {
	kvs := r.GetResponseRange().GetKvs()
	if len(kvs) == 0 {
		return nil
	}
	return kvs[0].Value
}

// remember keeps what this host knows of a record for its next change.
func (s *Store) remember(at string, st state) {
	s.seen.note(at, st)
	s.seen.keep(at, st)
}
