package resident

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
)

// inFleet are the settings of a table whose records are a fleet's.
const inFleet = "store = etcd https://a:1 https://b:2\nstore_ca = /ca\nstore_cert = /cert\n" +
	"store_key = /key\nfleet = example\nfleet_key = /fleet.key\n"

// A fleetStore is one that goes away.
type fleetStore struct {
	memory.Store
	away atomic.Bool
}

// errAway has a word for the log, as the errors of such stores have.
type errAway struct{ error }

func (errAway) Reason() string { return "store-away" }

func (s *fleetStore) Update(ctx context.Context, user string, change motp.Change) error {
	if s.away.Load() {
		return errAway{errors.New("nobody answers")}
	}
	return s.Store.Update(ctx, user, change)
}

// In motpd-etcd a user's record is the fleet's, and a local user's is a file; whoever is local gets
// in while the store is away, and the log says why nobody else does. motpd has no such store.
func TestFleet(t *testing.T) {
	local := strings.Replace(person("root"), "\n", "\nlocal = yes\n", 1)
	l := newLab(t, inFleet+person("alice")+local)
	ask := func(what, user string, number int64, result int, reason string) {
		t.Helper()
		got := l.ask(rootUID, l.request(user).answered(code(number)))
		got.is(t, what, result, got.line, reason)
	}
	ask("by motpd", "alice", 1, unavailable, "no-motpd")
	ask("by motpd", "nobody", 1, userUnknown, "unknown-user")
	ask("by motpd", "root", 1, success, "ok")
	if l.server.state().Fleet {
		t.Error("motpd says that it gets at the fleet's records")
	}

	there, opened := new(fleetStore), 0
	l.site.WithFleet(func(conf.Fleet) (motp.Store, error) {
		opened++
		return there, nil
	})
	l.server.openFleet()
	if opened != 1 {
		t.Error("the store is not open before somebody logs in")
	}
	ask("by motpd-etcd", "alice", 1, success, "ok")
	if !l.server.state().Fleet {
		t.Error("motpd-etcd does not say that it gets at the fleet's records")
	}
	ask("a second time", "alice", 1, authErr, "replay")
	if names, err := there.Names(t.Context()); err != nil || len(names) != 1 {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := os.Stat(l.site.Record("alice")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a record of alice's in a file: %v", err)
	}
	var said strings.Builder
	if status := checkSite(&said, l.site); status != 0 || opened != 1 {
		t.Errorf("--check: %d, %s", status, said.String())
	}
	contains(t, said.String(), "records of example at https://a:1 https://b:2: ok")

	if names, err := there.Names(t.Context()); err != nil || len(names) != 1 {
		t.Errorf("--check leaves %q, %v", names, err)
	}

	there.away.Store(true)
	ask("away", "alice", 2, unavailable, "store-away")
	ask("away", "root", 2, success, "ok")
	said.Reset()
	if checkSite(&said, l.site) == 0 {
		t.Errorf("--check: %s", said.String())
	}
	contains(t, said.String(), "https://b:2: nobody answers")
	l.nothingLogged()
}

// A store that cannot be opened keeps no local user out, and motpd-etcd says so when it starts.
func TestFleetNotOpened(t *testing.T) {
	local := strings.Replace(person("root"), "\n", "\nlocal = yes\n", 1)
	l := newLab(t, inFleet+person("alice")+local)
	l.site.WithFleet(func(conf.Fleet) (motp.Store, error) {
		return nil, errors.New("/ca: no such file")
	})
	l.server.openFleet()
	contains(t, l.logged(), "only local users get in", "/ca: no such file")
	got := l.ask(rootUID, l.request("alice").answered(code(1)))
	got.is(t, "alice", unavailable, got.line, "store")
	got = l.ask(rootUID, l.request("root").answered(code(1)))
	got.is(t, "root", success, got.line, "ok")
}

// What the editions say of themselves names no other's way to be started.
func TestEditions(t *testing.T) {
	for _, p := range []edition{motpd, motpdEtcd(nil)} {
		_, err := p.listenersFor("")
		if err == nil {
			t.Fatal("no sockets, and no error")
		}
		for _, text := range []string{p.usage(), err.Error()} {
			contains(t, text, p.name+" --listen /run/motp", p.start)
		}
	}
}
