package site

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
	"github.com/pam-motp/pam-motp/motp/memory"
)

const (
	store = "store = etcd https://a:1\nstore_ca = /ca\nstore_cert = /cert\nstore_key = /key\n" +
		"fleet = example\nfleet_key = /fleet.key\n"
	ofFleet = "[alice]\nsecret = 0123456789abcdef\npin = 6666\n" +
		"[root]\nlocal = yes\nsecret = 0123456789abcde0\npin = 6666\n"
)

// place makes a site with a table and an empty folder of records.
func place(t *testing.T, table string) *Site {
	t.Helper()
	dir := t.TempDir()
	records := filepath.Join(dir, "motp")
	if err := os.Mkdir(records, 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "motp.conf"), table)
	return Open(filepath.Join(dir, "motp.conf"), records)
}

// sharedStore is a fleet's store that can be closed.
type sharedStore struct {
	memory.Store
	closed chan struct{}
}

func (s *sharedStore) Close() { close(s.closed) }

// isClosed waits for that.
func (s *sharedStore) isClosed(t *testing.T) {
	t.Helper()
	select {
	case <-s.closed:
	case <-time.After(20 * time.Second):
		t.Fatal("a store that is of no use stays open")
	}
}

func newShared() *sharedStore { return &sharedStore{closed: make(chan struct{})} }

// keeps makes a record of a name, and says where.
func keeps(t *testing.T, in motp.Store, user string) {
	t.Helper()
	err := in.Update(t.Context(), user, func(motp.Current) (motp.Next, error) {
		return motp.Next{Record: []byte("record of " + user)}, nil
	})
	if err != nil {
		t.Errorf("%s: %v", user, err)
	}
}

func namesIn(t *testing.T, in motp.Store) []string {
	t.Helper()
	names, err := in.Names(t.Context())
	if err != nil {
		t.Error(err)
	}
	return slices.Sorted(slices.Values(names))
}

// A user's record is in the fleet's store, unless the user is local; and so is that of a name which
// is nobody's. It does not matter who finds it: by name, or by what was looked up.
func TestFleet(t *testing.T) {
	there := newShared()
	var opened []conf.Fleet
	s := place(t, store+ofFleet).WithFleet(func(f conf.Fleet) (motp.Store, error) {
		opened = append(opened, f)
		return there, nil
	})
	inFiles := files.Store{Dir: s.Records()}
	for user, local := range map[string]bool{"alice": false, "root": true, "mallory": false} {
		settings, _, _ := s.Lookup(user)
		for how, at := range map[string]motp.Store{"by name": s.Store,
			"in":          s.StoreIn(settings.Fleet),
			"verifier":    s.Verifier(settings.Policy).Store,
			"verifier in": s.VerifierIn(settings.Fleet, settings.Policy).Store} {
			keeps(t, at, user)
			want := map[bool]motp.Store{true: inFiles, false: &there.Store}
			if !slices.Contains(namesIn(t, want[local]), user) ||
				slices.Contains(namesIn(t, want[!local]), user) {
				t.Errorf("%s, %s: is elsewhere", user, how)
			}
			c, err := at.View(t.Context(), user)
			if err != nil || string(c.Record) != "record of "+user {
				t.Errorf("%s, %s: %q, %v", user, how, c.Record, err)
			}
			if err := at.Forget(t.Context(), user); err != nil {
				t.Error(err)
			}
			if names := namesIn(t, want[local]); slices.Contains(names, user) {
				t.Errorf("%s, %s: %q", user, how, names)
			}
			if err := at.Prepare(t.Context(), user, func(motp.Current) (motp.Next,
				error) {
				return motp.Next{Record: []byte("first")}, nil
			}); err != nil || !slices.Contains(namesIn(t, want[local]), user) {
				t.Errorf("%s, %s: %v", user, how, err)
			}
		}
		if err := s.Store.(motp.LockBreaker).BreakLock(t.Context(), user); err != nil {
			t.Errorf("%s: %v", user, err)
		}
	}
	if len(opened) != 1 || opened[0].Name != "example" {
		t.Errorf("opened %+v", opened)
	}
	worked := false
	s.Store.Rehearse(t.Context(), "nobody", func(motp.Current) (motp.Next, error) {
		worked = true
		return motp.Next{}, nil
	})
	if !worked {
		t.Error("a name that is nobody's costs nothing")
	}
}

// The records of a site are those of the fleet, and the local users'. What files have of others is
// left over, and forgotten with whoever is in no table.
func TestFleetNames(t *testing.T) {
	there := newShared()
	s := place(t, store+ofFleet).WithFleet(func(conf.Fleet) (motp.Store, error) {
		return there, nil
	})
	for _, name := range []string{"alice", "removed", "root"} {
		keeps(t, files.Store{Dir: s.Records()}, name)
	}
	for _, name := range []string{"bob", "root", "removed"} {
		keeps(t, there, name)
	}
	want := []string{"bob", "removed", "root"}
	if names := namesIn(t, s.Store); !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
	for _, name := range []string{"removed", "alice", "root"} {
		if err := s.Store.Forget(t.Context(), name); err != nil {
			t.Error(err)
		}
	}
	if names := namesIn(t, there); !slices.Equal(names, []string{"bob", "root"}) {
		t.Errorf("%q are shared", names)
	}
	if names := namesIn(t, s.Files); !slices.Equal(names, []string{"alice"}) {
		t.Errorf("%q are in files", names)
	}
	if err := os.RemoveAll(s.Records()); err != nil {
		t.Fatal(err)
	}
	if names := namesIn(t, s.Store); !slices.Equal(names, []string{"bob", "root"}) {
		t.Errorf("%q without a folder", names)
	}
}

// A program without the fleet's client refuses all but local users, and says what to do.
func TestNoMotpd(t *testing.T) {
	s := place(t, store+ofFleet)
	ctx := t.Context()
	never := func(motp.Current) (motp.Next, error) {
		t.Error("something was done")
		return motp.Next{}, nil
	}
	for _, user := range []string{"alice", "mallory"} {
		settings, _, _ := s.Lookup(user)
		for _, at := range []motp.Store{s.Store, s.StoreIn(settings.Fleet)} {
			_, errView := at.View(ctx, user)
			_, errNames := at.Names(ctx)
			at.Rehearse(ctx, user, never)
			for _, err := range []error{errView, errNames, at.Update(ctx, user, never),
				at.Prepare(ctx, user, never), at.Forget(ctx, user)} {
				var why interface{ Reason() string }
				if !errors.As(err, &why) || why.Reason() != "no-motpd" {
					t.Errorf("%s: %v", user, err)
				}
			}
		}
	}
	now := time.Unix(1296121200, 0)
	settings, root, err := s.Lookup("root")
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.VerifierIn(settings.Fleet, settings.Policy).Verify(ctx, root, "000000", now)
	if err != nil || res.Verdict != motp.Wrong {
		t.Errorf("root: %+v, %v", res, err)
	}
	if names := namesIn(t, s.Files); !slices.Equal(names, []string{"root"}) {
		t.Errorf("%q have files", names)
	}
	for table, want := range map[string]string{s.table: "must name no other table",
		DefaultTable: "systemctl enable motpd-etcd.service"} {
		if err := (NoMotpd{table}); !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), table) {
			t.Error(err)
		}
	}
}

// A table that cannot be read says of nobody that they are local.
func TestFleetOfABrokenTable(t *testing.T) {
	s := place(t, "store = etcd https://a:1\n"+ofFleet)
	var bad *conf.Error
	if err := s.Store.Forget(t.Context(), "root"); !errors.As(err, &bad) ||
		bad.Kind != conf.BadSettings {
		t.Error(err)
	}
	if _, err := s.Store.Names(t.Context()); !errors.As(err, &bad) {
		t.Error(err)
	}
	s = place(t, "") // no table: as before there was one
	keeps(t, s.Store, "alice")
	if names := namesIn(t, s.Store); !slices.Equal(names, []string{"alice"}) {
		t.Errorf("%q", names)
	}
}

// What the table says of the fleet counts from the next call on. The store before is closed when
// its last call has ended, and one that cannot be opened is tried again.
func TestFleetIsReopened(t *testing.T) {
	stores := map[string]*sharedStore{"one": newShared(), "two": newShared()}
	fails := errors.New("no certificate")
	s := place(t, "").WithFleet(func(f conf.Fleet) (motp.Store, error) {
		if at, ok := stores[f.Name]; ok {
			return at, nil
		}
		return nil, fails
	})
	in := func(fleet string) motp.Store { return s.StoreIn(conf.Fleet{Name: fleet}) }
	err := in("one").Update(t.Context(), "alice", func(motp.Current) (motp.Next, error) {
		keeps(t, in("two"), "bob")
		keeps(t, in("two"), "carol")
		select {
		case <-stores["one"].closed:
			t.Error("a store is closed with a call under way")
		default:
		}
		return motp.Next{Record: []byte{1}}, nil
	})
	if err != nil {
		t.Error(err)
	}
	stores["one"].isClosed(t)
	if names := namesIn(t, stores["two"]); !slices.Equal(names, []string{"bob", "carol"}) {
		t.Errorf("%q", names)
	}
	err = in("three").Update(t.Context(), "dave", nil)
	var why interface{ Reason() string }
	if !errors.Is(err, fails) || !errors.As(err, &why) || why.Reason() != "store" {
		t.Error(err)
	}
	keeps(t, in("two"), "dave")
	stores["three"] = newShared()
	keeps(t, in("three"), "erin")
	stores["two"].isClosed(t)
	s.Close()
	stores["three"].isClosed(t)
	s.Close()
}
