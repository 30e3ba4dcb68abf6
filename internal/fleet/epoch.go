package fleet

import (
	"bytes"
	"context"
	"encoding/binary"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// An epoch is the time from one restored snapshot to the next. A record of an earlier one is in
// doubt: what was written after the snapshot is lost. Every transaction compares the epoch, so that
// a new one holds on all hosts at once.
type epoch struct {
	number  uint64
	raw     []byte // as it stands in etcd
	first   bool   // no store was restored before
	began   time.Time
	cluster uint64 // of etcd, in which it was begun: one that was restored is another

	latest atomic.Int64 // the highest revision that any reply told
}

// forgetful is how long a record that is missing may be one that a restored store has forgotten:
// no code from before is in anybody's window then.
const forgetful = 24 * time.Hour

// forgets says whether a record that is missing may be one that was there in an earlier epoch.
func (e *epoch) forgets(now time.Time) bool {
	return !e.first && now.Before(e.began.Add(forgetful))
}

// same is the comparison that holds while the epoch is this one.
func (e *epoch) same() clientv3.Cmp {
	return clientv3.Compare(clientv3.Value(epochAt), "=", string(e.raw))
}

// advances notes how far the store is by a reply, and returns an error if it went back behind
// latest, or is another.
func (e *epoch) advances(h *etcdserverpb.ResponseHeader, latest int64) error {
	switch {
	case h.ClusterId != e.cluster:
		return fail(NoEpoch, "the store is another cluster than it was; was it restored "+
			"(motp fleet restored)?", nil)
	case h.Revision < latest:
		return fail(NoEpoch, "the store went back; was it restored (motp fleet restored)?",
			nil)
	}
	for {
		known := e.latest.Load()
		if h.Revision <= known || e.latest.CompareAndSwap(known, h.Revision) {
			return nil
		}
	}
}

// learn reads the epoch out of a reply, which has it first. before is what was known when it was
// asked for.
func (s *Store) learn(resp *clientv3.TxnResponse, before known) (*epoch, error) {
	e, err := s.epochOf(only(resp.Responses[0]), before.epoch)
	if err != nil {
		return nil, err
	}
	return e, e.advances(resp.Header, before.latestIn(e))
}

func (s *Store) epochOf(raw []byte, before *epoch) (*epoch, error) {
	if raw == nil {
		return nil, fail(NoEpoch, "the store has no epoch: motp fleet init begins the "+
			"first", nil)
	}
	if before != nil && bytes.Equal(raw, before.raw) {
		return before, nil
	}
	e, err := s.key.openEpoch(raw)
	if err != nil {
		return nil, err
	}
	for {
		known := s.epoch.Load()
		switch {
		case before != nil && e.number <= before.number:
			return nil, fail(NoEpoch, "the store went back to an earlier epoch; was "+
				"it restored (motp fleet restored)?", nil)
		case known != nil && bytes.Equal(raw, known.raw):
			return known, nil
		case known != nil && e.number <= known.number || s.epoch.CompareAndSwap(known, e):
			return e, nil
		}
	}
}

// openEpoch reads what stands behind epochAt. Its record is when the epoch began (8), and the
// cluster in which it did (8).
func (k key) openEpoch(raw []byte) (*epoch, error) {
	v, ok := k.open(epochAt, raw)
	if !ok || len(v.record) != 16 {
		return nil, fail(Unsealed, "the store is signed with another key than this "+
			"host's fleet_key, or is of another fleet", nil)
	}
	return &epoch{number: v.epoch, raw: raw, first: v.version == 1, began: v.time(),
		cluster: binary.LittleEndian.Uint64(v.record[8:])}, nil
}

// Begin begins an epoch: the first one of a new store, or the next one of a store that was
// restored. Every record that is there is in doubt from then on, and every code that it may have
// accepted since counts as used. The number is that of the new epoch.
func (s *Store) Begin(ctx context.Context) (uint64, error) {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	return s.begin(ctx, false)
}

// BeginFirst begins the first epoch of a new store, as the administrator whose certificate the
// configuration has, and as no host. One that has begun is left, and its number returned.
func BeginFirst(ctx context.Context, c Config) (uint64, error) {
	c.Host = "administrator"
	s, err := unopened(c)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	ctx, cancel := s.patient(ctx)
	defer cancel()
	return s.begin(ctx, true)
}

// begin is Begin; first says that none is begun but the first.
func (s *Store) begin(ctx context.Context, first bool) (uint64, error) {
	id := newAttempt()
	for {
		resp, err := s.nodes.read(ctx, clientv3.OpGet(epochAt), clientv3.OpGet(recordsAt,
			clientv3.WithPrefix(), clientv3.WithLimit(1), clientv3.WithKeysOnly()))
		if err != nil {
			return 0, err
		}
		was, revision, err := s.lastEpoch(resp)
		if err != nil {
			return 0, err
		}
		if was.names(id) || first && revision != 0 {
			return was.epoch, nil
		}
		raw := s.key.seal(epochAt, s.epochAfter(was, id, resp.Header.ClusterId))
		resp, err = s.nodes.ask(ctx, request{
			compare: []clientv3.Cmp{clientv3.Compare(clientv3.ModRevision(epochAt),
				"=", revision)},
			then: []clientv3.Op{clientv3.OpPut(epochAt, string(raw))},
		})
		if err == nil && resp.Succeeded {
			e, err := s.key.openEpoch(raw)
			return e.number, err
		}
		if refused := final(err); refused != nil {
			return 0, refused
		}
		if ctx.Err() != nil {
			return 0, unsure(err)
		}
	}
}

// lastEpoch is the value of the epoch that ends, by a reply that has it and one of the records. A
// store that has records had an epoch, even if that is lost.
func (s *Store) lastEpoch(resp *clientv3.TxnResponse) (v value, revision int64, err error) {
	kvs := resp.Responses[0].GetResponseRange().Kvs
	switch {
	case len(kvs) > 0:
		if _, err := s.key.openEpoch(kvs[0].Value); err != nil {
			return value{}, 0, err
		}
		v, _ = s.key.open(epochAt, kvs[0].Value)
		return v, kvs[0].ModRevision, nil
	case len(resp.Responses[1].GetResponseRange().Kvs) > 0:
		return value{version: 1}, 0, nil
	}
	return value{}, 0, nil
}

// epochAfter is the value of an epoch behind another. Its number is a time, so that it is higher
// than that of an epoch which was lost with what a restored snapshot does not know.
func (s *Store) epochAfter(was value, id attempt, cluster uint64) value {
	number := max(was.epoch+1, uint64(s.now().Unix()))
	if known := s.epoch.Load(); known != nil {
		number = max(number, known.number+1)
	}
	v := value{epoch: number, version: was.version + 1, attempts: []attempt{id},
		record: timeRecord(s.now())}
	v.record = binary.LittleEndian.AppendUint64(v.record, cluster)
	return v
}

func timeRecord(t time.Time) []byte {
	return binary.LittleEndian.AppendUint64(nil, uint64(t.Unix()))
}

// time is what a record begins with that timeRecord made.
func (v value) time() time.Time {
	if len(v.record) < 8 {
		return time.Time{}
	}
	return time.Unix(int64(binary.LittleEndian.Uint64(v.record)), 0)
}
