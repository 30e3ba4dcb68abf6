package fleet

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// A bad line loses what passes a host, as it is told.
type badLine struct {
	ask   asker
	fault atomic.Pointer[fault]
}

// A fault is what becomes of a request that writes; nil is nothing.
type fault func(do func() (*clientv3.TxnResponse, error)) (*clientv3.TxnResponse, error)

// over has a store ask over a bad line. Each fault happens once.
func over(s *Store) *badLine {
	l := &badLine{ask: s.nodes.ask}
	s.nodes.ask = func(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
		do := func() (*clientv3.TxnResponse, error) {
			return l.ask(context.WithoutCancel(ctx), r)
		}
		if len(r.then) > 0 && r.then[0].IsPut() && len(r.compare) > 0 {
			if f := l.fault.Swap(nil); f != nil {
				return (*f)(do)
			}
		}
		return l.ask(ctx, r)
	}
	return l
}

// Whether the reply of a login was lost, or its request, or both came late: it is told what became
// of it, or refused; and what others did meanwhile stands.
func TestLostReplies(t *testing.T) {
	lostReply := func(do func() (*clientv3.TxnResponse, error)) (*clientv3.TxnResponse, error) {
		if _, err := do(); err != nil {
			return nil, err
		}
		return nil, context.DeadlineExceeded
	}
	lostRequest := func(func() (*clientv3.TxnResponse, error)) (*clientv3.TxnResponse, error) {
		return nil, context.DeadlineExceeded
	}
	for name, c := range map[string]struct {
		fault  fault
		others int // changes that another host makes before the line is good again
		want   motp.Verdict
		reason string
	}{
		"nothing lost":                 {nil, 0, motp.Accepted, ""},
		"the reply":                    {lostReply, 0, motp.Accepted, ""},
		"the request":                  {lostRequest, 0, motp.Accepted, ""},
		"the reply, others":            {lostReply, ring - 1, motp.Accepted, ""},
		"the reply, too many others":   {lostReply, ring, motp.Refused, Unsure},
		"the request, others":          {lostRequest, ring, motp.Accepted, ""},
		"the request, too many others": {lostRequest, ring + 1, motp.Refused, Unsure},
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			a, b := open(t, config(t, cluster, "a")), open(t, config(t, cluster, "b"))
			wants(t, a, alice, code(-20), motp.Wrong)
			line := over(a)
			if c.fault != nil {
				f := withOthers(t, c.fault, b, c.others)
				line.fault.Store(&f)
			}
			before := versionOf(t, a)
			got, err := verify(a, alice, code(3))
			if got != c.want || c.reason != "" && reasonOf(err) != c.reason ||
				c.reason == "" && err != nil {
				t.Errorf("%v, %v; want %v, %s", got, err, c.want, c.reason)
			}
			written := uint64(1)
			if c.want == motp.Refused && c.others > ring {
				written = 0
			}
			if v := versionOf(t, a); v != before+uint64(c.others)+written {
				t.Errorf("version %d, and %d before", v, before)
			}
			again := motp.Replay
			if written == 0 {
				again = motp.Accepted
			}
			wants(t, b, alice, code(3), again)
		})
	}
}

// withOthers is a fault behind which another host makes changes.
func withOthers(t *testing.T, f fault, other *Store, changes int) fault {
	return func(do func() (*clientv3.TxnResponse, error)) (*clientv3.TxnResponse, error) {
		resp, err := f(do)
		for range changes {
			touch(t, other)
		}
		return resp, err
	}
}

// touch changes alice's record, and nothing in it.
func touch(t *testing.T, s *Store) {
	t.Helper()
	err := s.Update(background, "alice", func(c motp.Current) (motp.Next, error) {
		return motp.Next{Record: c.Record}, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func versionOf(t *testing.T, s *Store) uint64 {
	t.Helper()
	st, err := s.load(background, placeOf("alice"))
	if err != nil {
		t.Fatal(err)
	}
	return st.version
}

// A request that comes late, behind the one that was sent in its place, is carried out no more.
func TestLateRequest(t *testing.T) {
	begin(t, cluster)
	s := open(t, config(t, cluster, "a"))
	wants(t, s, alice, code(0), motp.Accepted)
	line := over(s)
	var late func() (*clientv3.TxnResponse, error)
	f := fault(func(do func() (*clientv3.TxnResponse, error)) (*clientv3.TxnResponse, error) {
		late = do
		return nil, context.DeadlineExceeded
	})
	line.fault.Store(&f)
	before := versionOf(t, s)
	wants(t, s, alice, code(1), motp.Accepted)
	if resp, err := late(); err != nil || resp.Succeeded {
		t.Errorf("%v, %v", resp, err)
	}
	if v := versionOf(t, s); v != before+1 {
		t.Errorf("version %d, and %d before", v, before)
	}
}

// Who is never told whether the attempt was written is refused, and the code is not good later.
func TestUnsure(t *testing.T) {
	begin(t, cluster)
	mine := config(t, cluster, "a")
	mine.Wait = time.Second
	s := open(t, mine)
	wants(t, s, alice, code(0), motp.Accepted)
	line := over(s)
	ask := line.ask
	var silent atomic.Bool
	line.ask = func(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
		if silent.Load() {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return ask(ctx, r)
	}
	f := fault(func(do func() (*clientv3.TxnResponse, error)) (*clientv3.TxnResponse, error) {
		if _, err := do(); err != nil {
			t.Error(err)
		}
		silent.Store(true)
		return nil, context.DeadlineExceeded
	})
	line.fault.Store(&f)
	if got, err := verify(s, alice, code(1)); got != motp.Refused || reasonOf(err) != Unsure {
		t.Errorf("%v, %v", got, err)
	}
	silent.Store(false)
	wants(t, s, alice, code(1), motp.Replay)
}
