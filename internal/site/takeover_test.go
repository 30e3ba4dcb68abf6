package site

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// judged logs a user in by what the table says now.
func judged(t *testing.T, s *Site, user, code string, now time.Time) (motp.Verdict, error) {
	t.Helper()
	settings, u, err := s.Lookup(user)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.VerifierIn(settings.Fleet, settings.Policy).Verify(t.Context(), u, code, now)
	return res.Verdict, err
}

// A code is good once, wherever the table has said in between that the record is; and what was
// left in a file lets nobody in when the table is changed back.
func TestTableChangesPlaces(t *testing.T) {
	now := time.Now()
	local := strings.Replace(ofFleet, "[alice]\n", "[alice]\nlocal = yes\n", 1)
	for name, before := range map[string]string{"no fleet": ofFleet, "local": store + local} {
		there := newShared()
		s := place(t, before).WithFleet(func(conf.Fleet) (motp.Store, error) {
			return there, nil
		})
		_, u, err := s.Lookup("alice")
		if err != nil {
			t.Fatal(err)
		}
		first := u.Tokens[0].Code(now)
		second := u.Tokens[0].Code(now.Add(30 * time.Second))
		if v, err := judged(t, s, "alice", first, now); err != nil || v != motp.Accepted {
			t.Fatalf("%s: %v, %v", name, v, err)
		}
		write(t, s.Table(), store+ofFleet)
		if v, err := judged(t, s, "alice", first, now); err != nil || v != motp.Replay {
			t.Errorf("%s, then the fleet: %v, %v; want a replay", name, v, err)
		}
		if v, err := judged(t, s, "alice", second, now); err != nil || v != motp.Accepted {
			t.Errorf("%s, then the fleet: %v, %v", name, v, err)
		}
		write(t, s.Table(), before)
		if v, err := judged(t, s, "alice", second, now); !errors.Is(err, motp.ErrMoved) {
			t.Errorf("%s, again: %v, %v", name, v, err)
		}
	}
}

// What a file has cannot be passed over, and a folder that is not there has nothing.
func TestLeftInFiles(t *testing.T) {
	there := newShared()
	s := place(t, store+ofFleet).WithFleet(func(conf.Fleet) (motp.Store, error) {
		return there, nil
	})
	if err := os.Remove(s.Records()); err != nil {
		t.Fatal(err)
	}
	if v, err := judged(t, s, "alice", "000000", time.Now()); err != nil || v != motp.Wrong {
		t.Errorf("no folder: %v, %v", v, err)
	}
	write(t, s.Records(), "no folder")
	if v, err := judged(t, s, "alice", "000000", time.Now()); err == nil {
		t.Errorf("a file for a folder: %v", v)
	}
}

// Whose entry has a mistake has a record of which nobody knows what it must not forget.
func TestLeftOfABrokenEntry(t *testing.T) {
	there := newShared()
	s := place(t, ofFleet).WithFleet(func(conf.Fleet) (motp.Store, error) {
		return there, nil
	})
	if _, err := judged(t, s, "alice", "000000", time.Now()); err != nil {
		t.Fatal(err)
	}
	write(t, s.Table(), store+strings.Replace(ofFleet, "pin = 6666", "pin =", 1))
	var bad *conf.Error
	err := s.Store.Update(t.Context(), "alice", func(motp.Current) (motp.Next, error) {
		t.Error("something is done")
		return motp.Next{}, nil
	})
	if !errors.As(err, &bad) {
		t.Error(err)
	}
	if names := namesIn(t, there); len(names) > 0 {
		t.Errorf("%q", names)
	}
}

// A record that the administrator has moved from the store to files stays there.
func TestMovedToFiles(t *testing.T) {
	there := newShared()
	s := place(t, store+ofFleet).WithFleet(func(conf.Fleet) (motp.Store, error) {
		return there, nil
	})
	now := time.Now()
	_, u, err := s.Lookup("alice")
	if err != nil {
		t.Fatal(err)
	}
	code := u.Tokens[0].Code(now)
	if v, err := judged(t, s, "alice", code, now); err != nil || v != motp.Accepted {
		t.Fatal(v, err)
	}
	own := motp.Verifier{Store: s.Files, Policy: motp.DefaultPolicy}
	from := motp.Source{Store: there, Shared: true}
	if _, err := own.Take(t.Context(), from, u, now); err != nil {
		t.Fatal(err)
	}
	if v, err := judged(t, s, "alice", code, now); !errors.Is(err, motp.ErrMoved) {
		t.Errorf("%v, %v", v, err)
	}
	if res, err := own.Verify(t.Context(), u, code, now); err != nil ||
		res.Verdict != motp.Replay {
		t.Errorf("%v, %v", res.Verdict, err)
	}
}
