package fleet

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/etcd"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// A wrong client is a store that somebody might write: each makes one mistake. It keeps nothing but
// the record, and loses some replies, as a bad line does.
type wrong struct {
	motp.Store // only Update is there
	client     *clientv3.Client

	blind    bool // writes whatever stands there by now
	trusting bool // takes a swap for made that was not answered
	noIDs    bool // judges anew what was not answered
}

// recordsOfWrong is where they keep records.
const recordsOfWrong = "/motp/rec/wrong-"

// errMaybe is the error of a swap that was not answered.
var errMaybe = errors.New("not answered")

// Blind, Trusting, and NoIDs open wrong clients; Careful opens one that makes none of their
// mistakes.
var (
	Blind    = opener(func(w *wrong) { w.blind = true })
	Trusting = opener(func(w *wrong) { w.trusting = true })
	NoIDs    = opener(func(w *wrong) { w.noIDs = true })
	Careful  = opener(func(*wrong) {})
)

func opener(mistake func(*wrong)) Opener {
	return func(c *etcd.Cluster, host string) (motp.Store, error) {
		client, err := c.Client("motpd", c.Endpoints()...)
		if err != nil {
			return nil, err
		}
		w := &wrong{client: client}
		mistake(w)
		return w, nil
	}
}

func (w *wrong) Update(ctx context.Context, user string, change motp.Change) error {
	at := recordsOfWrong + user
	for {
		resp, err := w.client.Get(ctx, at)
		if err != nil {
			return err
		}
		c, revision := motp.Current{Room: 4064}, int64(0)
		if len(resp.Kvs) > 0 {
			c.Record, revision = resp.Kvs[0].Value, resp.Kvs[0].ModRevision
		}
		next, err := change(c)
		if err != nil {
			return err
		}
		made, err := w.swap(ctx, at, revision, string(next.Record))
		switch {
		case err == nil && made:
			return nil
		case err == nil: // overtaken
		case w.trusting:
			return nil
		case !w.noIDs:
			return errMaybe
		}
	}
}

// swap loses one of twenty transactions, and the reply of another.
func (w *wrong) swap(ctx context.Context, at string, revision int64, record string) (bool, error) {
	lost := rand.IntN(20)
	if lost == 0 {
		return false, errMaybe
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	txn := w.client.Txn(ctx)
	if !w.blind {
		txn = txn.If(clientv3.Compare(clientv3.ModRevision(at), "=", revision))
	}
	resp, err := txn.Then(clientv3.OpPut(at, record)).Commit()
	if err != nil || lost == 1 {
		return false, errMaybe
	}
	return resp.Succeeded, nil
}
