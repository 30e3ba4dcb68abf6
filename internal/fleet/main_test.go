package fleet

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/storetest"
	"github.com/pam-motp/pam-motp/test/etcd"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// cluster is one for the tests that break nothing in it.
var cluster *etcd.Cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "motp-etcd")
	if err == nil {
		defer os.RemoveAll(dir)
		cluster, err = etcd.Start(dir, etcd.Options{
			Heartbeat: 20 * time.Millisecond, Election: 200 * time.Millisecond})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		return 1
	}
	defer cluster.Stop()
	return m.Run()
}

var (
	background = context.Background()
	fleetKey   = []byte("0123456789abcdef0123456789abcdef")
)

// config is that of a host.
func config(t testing.TB, c *etcd.Cluster, host string) Config {
	t.Helper()
	cert, key, err := c.Cert("motpd")
	if err != nil {
		t.Fatal(err)
	}
	return Config{Endpoints: c.Endpoints(), CA: c.CA(), Cert: cert, Key: key,
		Fleet: "example", FleetKey: fleetKey, Host: host, Wait: 10 * time.Second}
}

// open opens a store.
func open(t testing.TB, c Config) *Store {
	t.Helper()
	return altered(t, c, func(*Store) {})
}

// altered opens a store after something was done to it, which nobody may do later: it looks at the
// clocks and the records by itself then.
func altered(t testing.TB, c Config, alter func(*Store)) *Store {
	t.Helper()
	s, err := unopened(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	alter(s)
	s.start()
	return s
}

// begin empties a cluster, and begins its first epoch.
func begin(t testing.TB, c *etcd.Cluster) {
	t.Helper()
	if _, err := c.Root.Delete(background, "/motp/", clientv3.WithPrefix()); err != nil {
		t.Fatal(err)
	}
	nextEpoch(t, c)
}

// nextEpoch begins an epoch as an administrator does.
func nextEpoch(t testing.TB, c *etcd.Cluster) {
	t.Helper()
	admin := administrators(t, c)
	admin.epoch.Store(nil)
	if _, err := admin.Begin(background); err != nil {
		t.Fatal(err)
	}
}

// admins are the stores of administrators, one for each cluster.
var admins = map[*etcd.Cluster]*Store{}

func administrators(t testing.TB, c *etcd.Cluster) *Store {
	t.Helper()
	if admins[c] == nil {
		admin := config(t, c, "admin")
		admin.Visit, admin.beat = true, 24*time.Hour
		var err error
		if admin.Cert, admin.Key, err = c.Cert("root"); err != nil {
			t.Fatal(err)
		}
		if admins[c], err = Open(admin); err != nil {
			t.Fatal(err)
		}
	}
	return admins[c]
}

// The store keeps to what package motp asks of any: that of one host, which knows what it has seen,
// and those of two, which know nothing of each other. What the suite asks of callers that wait for
// each other is asked of one host: hosts do not, the later transaction is made anew.
func TestStore(t *testing.T) {
	for name, same := range map[string]bool{"OneHost": true, "TwoHosts": false} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) storetest.Subject {
				return subject(t, same)
			})
		})
	}
}

func subject(t *testing.T, same bool) storetest.Subject {
	begin(t, cluster)
	forget := func(s *Store) {
		if !same {
			s.seen.most = 0 // a change is not given what was kept, and is no more
		}
	}
	s := altered(t, config(t, cluster, "a"), forget)
	again := altered(t, config(t, cluster, "b"), func(again *Store) {
		again.turns = s.turns
		if same {
			again.seen = s.seen
		}
		forget(again)
	})
	return storetest.Subject{
		Store: s,
		Again: func(*testing.T) motp.Store { return again },
		Tear: func(t *testing.T, user string, way int) bool {
			return tear(t, placeOf(user), way)
		},
	}
}

// tear spoils a value: each of some bytes of it, and each end.
func tear(t *testing.T, at string, way int) bool {
	t.Helper()
	resp, err := cluster.Root.Get(background, at)
	if err != nil {
		t.Fatal(err)
	}
	b := resp.Kvs[0].Value
	const pieces, ends = 8, 2
	switch {
	case way < pieces:
		b[len(b)*way/pieces] ^= 1
	case way < pieces+ends:
		b = b[:len(b)*(way-pieces)/ends]
	default:
		return false
	}
	if _, err := cluster.Root.Put(background, at, string(b)); err != nil {
		t.Fatal(err)
	}
	return true
}
