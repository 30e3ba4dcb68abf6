package fleet

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Nobody waits for the survey, which takes minutes in a large fleet, and may fail half-way.
func TestLoginWhileRecordsAreSurveyed(t *testing.T) {
	begin(t, cluster)
	wants(t, open(t, config(t, cluster, "b")), alice, code(0), motp.Accepted)
	mine := config(t, cluster, "a")
	s, err := unopened(mine)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	surveyed := make(chan bool)
	ask := s.nodes.ask
	s.nodes.ask = func(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
		for _, op := range r.then {
			if op.IsGet() && string(op.KeyBytes()) == recordsAt {
				select {
				case <-surveyed:
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			}
		}
		return ask(ctx, r)
	}
	s.start()
	wants(t, s, alice, code(0), motp.Replay)
	wants(t, s, alice, code(1), motp.Accepted)
	close(surveyed)
	<-s.surveyed
}

// A page passes a slow line, even if all records are full.
func TestPagesAreSmall(t *testing.T) {
	begin(t, cluster)
	mine := config(t, cluster, "a")
	mine.beat = 24 * time.Hour
	s := open(t, mine)
	if err := s.clock.wait(background); err != nil {
		t.Fatal(err)
	}
	<-s.surveyed
	e := s.epoch.Load()
	full := value{epoch: e.number, version: 1, attempts: make([]attempt, ring),
		record: make([]byte, Room)}
	const users = 260
	for i := range users {
		at := placeOf(fmt.Sprint("user", i))
		put(t, at, string(s.key.seal(at, full)))
	}
	most := 0
	ask := s.nodes.ask
	s.nodes.ask = func(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
		resp, err := ask(ctx, r)
		most = max(most, (*etcdserverpb.TxnResponse)(resp).Size())
		return resp, err
	}
	if names, err := s.Names(background); err != nil || len(names) != users {
		t.Errorf("%d names, %v", len(names), err)
	}
	if most > 1<<20 {
		t.Errorf("a page of %d bytes", most)
	}
}
