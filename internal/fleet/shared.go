package fleet

import (
	"context"
	"errors"
	"slices"
	"sync"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// shared sends the changes that come together as one transaction of etcd, in which each is a
// transaction of its own: it has its own comparisons, and happens or does not, whatever becomes of
// the others. What a transaction costs etcd's nodes (TLS, a place in their log, an fsync on each)
// is most of what a login costs: from 64 sessions, 1.8 times as many logins are made in a second.
//
// One transaction is on its way at a time: those who come meanwhile are the next. Who comes alone
// goes at once, and as before.
type shared struct {
	ask asker

	mu      sync.Mutex
	waiting []*member
	flying  bool // a transaction is on its way
}

// A member is a request that waits for its transaction, or for that one's reply.
type member struct {
	request
	reply chan reply // has room for it
}

type reply struct {
	resp *clientv3.TxnResponse
	err  error
}

// mostShared is how many changes share a transaction: with full records 260 kB, where etcd takes
// 1.5 MB, and half of the 128 operations that it takes.
const mostShared = 64

// neverAt is a key that nothing ever stands behind.
const neverAt = nobodyAt + "~never"

// Why a change fails that shared a transaction, and perhaps not alone.
var (
	// errApart means that etcd refused the whole, and has written nothing.
	errApart = errors.New("etcd refused a transaction that was shared")

	// errTogether means that nobody knows what was written.
	errTogether = errors.New("the reply to a transaction that was shared is no such reply")
)

// change makes a request that changes one key, which it names. Where the caller gives up, it may
// still be carried out, unless the error is errNotReady.
func (s *shared) change(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
	mine := &member{request: r, reply: make(chan reply, 1)}
	s.mu.Lock()
	s.waiting = append(s.waiting, mine)
	if !s.flying {
		s.flying = true
		go s.fly()
	}
	s.mu.Unlock()
	select {
	case r := <-mine.reply:
		return r.resp, r.err
	case <-ctx.Done():
		if s.withdraw(mine) {
			return nil, errors.Join(errNotReady, ctx.Err())
		}
	}
	select {
	case r := <-mine.reply:
		return r.resp, r.err
	default:
		return nil, ctx.Err()
	}
}

// withdraw takes a request back, unless it was sent.
func (s *shared) withdraw(mine *member) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.Index(s.waiting, mine)
	if at < 0 {
		return false
	}
	s.waiting = slices.Delete(s.waiting, at, at+1)
	return true
}

// fly sends what waits until nothing does.
func (s *shared) fly() {
	for {
		together := s.next()
		if together == nil {
			return
		}
		// no member's context: who gives up must not take the others along
		resp, err := s.ask(context.Background(), join(together))
		for i, m := range together {
			m.reply <- part(resp, err, i, len(together))
		}
	}
}

// next takes the members of the next transaction from those who wait: it writes a key once. There
// are none if nobody waits.
func (s *shared) next() (together []*member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var left []*member
	keys := map[string]bool{}
	for _, m := range s.waiting {
		if len(together) == mostShared || keys[m.changes] {
			left = append(left, m)
			continue
		}
		keys[m.changes] = true
		together = append(together, m)
	}
	s.waiting = left
	s.flying = together != nil
	return together
}

// join is the request in which each member is a transaction of its own.
//
// Of a transaction within one, etcd neither asks what it costs in space, nor, until March 2026,
// whether its user may do it (GHSA-rfx7-8w68-q57q; 3.4.23 was tried). So there is a change beside
// them, behind a comparison that never fails: for that, etcd asks both.
func join(together []*member) request {
	if len(together) == 1 {
		return together[0].request
	}
	r := request{
		compare: []clientv3.Cmp{clientv3.Compare(clientv3.ModRevision(neverAt), ">", -1)},
		other:   []clientv3.Op{clientv3.OpPut(neverAt, "")},
	}
	for _, m := range together {
		r.then = append(r.then, clientv3.OpTxn(m.compare, m.then, m.other))
	}
	return r
}

// part is what became of one of so many members. What was written has the revision of the whole.
func part(resp *clientv3.TxnResponse, err error, i, of int) reply {
	switch {
	case of == 1:
		return reply{resp, err}
	case status.Code(err) == codes.ResourceExhausted: // others may have been written
		return reply{nil, errTogether}
	case final(err) != nil, errors.Is(err, rpctypes.ErrTooManyOps):
		return reply{nil, errApart}
	case err != nil:
		return reply{nil, err}
	}
	if len(resp.Responses) != of || resp.Responses[i].GetResponseTxn() == nil {
		return reply{nil, errTogether}
	}
	mine := resp.Responses[i].GetResponseTxn()
	return reply{&clientv3.TxnResponse{Header: resp.Header, Succeeded: mine.Succeeded,
		Responses: mine.Responses}, nil}
}
