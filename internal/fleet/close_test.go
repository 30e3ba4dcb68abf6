package fleet

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Calls that wait for nodes fail when the store is closed, and so do later ones: a program that
// ends does not wait for them.
func TestClose(t *testing.T) {
	begin(t, cluster)
	mine := config(t, cluster, "a")
	mine.Wait = time.Hour
	mine.beat = 24 * time.Hour
	s, err := Open(mine)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, s, alice, code(0), motp.Accepted)
	<-s.surveyed
	asked := make(chan bool, 9)
	s.nodes.ask = func(ctx context.Context, _ request) (*clientv3.TxnResponse, error) {
		asked <- true
		<-ctx.Done()
		return nil, ctx.Err()
	}
	failed := make(chan error, 2)
	update := func() { _, err := verify(s, alice, code(1)); failed <- err }
	go update()
	<-asked
	s.Close()
	go update()
	for range 2 {
		select {
		case err := <-failed:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%v", err)
			}
		case <-time.After(time.Minute):
			t.Fatal("a call outlives the store")
		}
	}
}
