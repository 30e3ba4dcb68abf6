package fleet

import (
	"errors"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// A fleet that is set up once more stays in its epoch, and whoever sets it up is no host of it.
func TestBeginFirst(t *testing.T) {
	if _, err := cluster.Root.Delete(background, "/motp/", clientv3.WithPrefix()); err != nil {
		t.Fatal(err)
	}
	admin := config(t, cluster, "")
	var err error
	if admin.Cert, admin.Key, err = cluster.Cert("root"); err != nil {
		t.Fatal(err)
	}
	first := func() uint64 {
		t.Helper()
		number, err := BeginFirst(background, admin)
		if err != nil {
			t.Error(err)
		}
		return number
	}
	one := first()
	if again := first(); again != one {
		t.Errorf("the first epoch is %d, and then %d", one, again)
	}
	nextEpoch(t, cluster)
	if next := first(); next <= one || first() != next {
		t.Errorf("the epoch is %d behind %d", next, one)
	}
	resp, err := cluster.Root.Get(background, hostsAt+"administrator")
	if err != nil || len(resp.Kvs) > 0 {
		t.Errorf("the administrator is a host: %v, %v", resp, err)
	}
	admin.FleetKey = make([]byte, KeyLen)
	var refused *Error
	if _, err := BeginFirst(background, admin); !errors.As(err, &refused) ||
		refused.Reason() != Unsealed {
		t.Errorf("with another key: %v", err)
	}
}
