package fleet

import (
	"bytes"
	"context"
	"encoding/binary"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// An epoch is the time from one restored snapshot to the next. A record of an earlier one is in
// doubt: what was written after the snapshot is lost. Every transaction compares the epoch, so that
// a new one holds on all hosts at once.
type epoch struct {
	number uint64
	raw    []byte // as it stands in etcd
}

// same is the comparison that holds while the epoch is this one.
func (e *epoch) same() clientv3.Cmp {
	return clientv3.Compare(clientv3.Value(epochAt), "=", string(e.raw))
}

// learn reads the epoch out of a reply. before is the latest that was known when it was asked for.
func (s *Store) learn(raw []byte, before *epoch) (*epoch, error) {
	if raw == nil {
		return nil, fail(NoEpoch, "the store has no epoch: motp fleet init begins the "+
			"first", nil)
	}
	if before != nil && bytes.Equal(raw, before.raw) {
		return before, nil
	}
	v, ok := s.key.open(epochAt, raw)
	if !ok {
		return nil, fail(Unsealed, "the store is signed with another key than this "+
			"host's fleet_key, or is of another fleet", nil)
	}
	e := &epoch{v.epoch, raw}
	for {
		known := s.epoch.Load()
		switch {
		case before != nil && e.number <= before.number:
			return nil, fail(NoEpoch, "the store went back to an earlier epoch; was "+
				"it restored (motp fleet restored)?", nil)
		case known != nil && e.number <= known.number || s.epoch.CompareAndSwap(known, e):
			return e, nil
		}
	}
}

// Begin begins an epoch: the first one of a new store, or the next one of a store that was
// restored. Every record that is there is in doubt from then on, and every code that it may have
// accepted since counts as used. The number is that of the new epoch.
func (s *Store) Begin(ctx context.Context) (uint64, error) {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	id := newAttempt()
	for {
		resp, err := s.nodes.read(ctx, clientv3.OpGet(epochAt))
		if err != nil {
			return 0, err
		}
		next, revision := value{epoch: 1, version: 1}, int64(0)
		if kvs := resp.Responses[0].GetResponseRange().Kvs; len(kvs) > 0 {
			v, ok := s.key.open(epochAt, kvs[0].Value)
			if !ok {
				_, err := s.learn(kvs[0].Value, nil)
				return 0, err
			}
			if v.names(id) {
				return v.epoch, nil
			}
			next, revision = value{epoch: v.epoch + 1, version: v.version + 1},
				kvs[0].ModRevision
		}
		if known := s.epoch.Load(); known != nil {
			next.epoch = max(next.epoch, known.number+1)
		}
		next.attempts = []attempt{id}
		next.record = binary.LittleEndian.AppendUint64(nil, uint64(s.now().Unix()))
		resp, err = s.nodes.ask(ctx, request{
			compare: []clientv3.Cmp{clientv3.Compare(clientv3.ModRevision(epochAt),
				"=", revision)},
			then: []clientv3.Op{clientv3.OpPut(epochAt,
				string(s.key.seal(epochAt, next)))},
		})
		if err == nil && resp.Succeeded {
			return next.epoch, nil
		}
		if refused := final(err); refused != nil {
			return 0, refused
		}
		if ctx.Err() != nil {
			return 0, unsure(err)
		}
	}
}

// began is when an epoch's value was written.
func (v value) began() time.Time {
	if len(v.record) != 8 {
		return time.Time{}
	}
	return time.Unix(int64(binary.LittleEndian.Uint64(v.record)), 0)
}
