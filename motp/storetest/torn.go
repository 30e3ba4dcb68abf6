package storetest

import (
	"errors"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// ways calls test for each way in which a record can be torn, with a history of changes in it. It
// says how many there were.
func ways(t *testing.T, open func(t *testing.T) Subject, history []motp.Next,
	test func(t *testing.T, s Subject, way int)) {
	for way := 0; ; way++ {
		s := open(t)
		if s.Tear == nil {
			return
		}
		for _, next := range history {
			err := s.Update(background, "alice", func(motp.Current) (motp.Next, error) {
				return next, nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !s.Tear(t, "alice", way) {
			if way == 0 {
				t.Error("a store that can be torn in no way")
			}
			return
		}
		test(t, s, way)
		if t.Failed() {
			t.Fatalf("in way %d", way)
		}
	}
}

func steps(records ...string) (history []motp.Next) {
	for _, r := range records {
		history = append(history, motp.Next{Record: []byte(r)})
	}
	return history
}

// torn checks that of a damaged record either the newest is read, or an older one in doubt, or
// none.
func torn(t *testing.T, open func(t *testing.T) Subject) {
	history := steps("one", "two", "three", "four")
	ways(t, open, history, func(t *testing.T, s Subject, way int) {
		c, err := s.View(background, "alice")
		switch {
		case errors.Is(err, motp.ErrCorrupt):
			return
		case err != nil:
			t.Fatal(err)
		case text(c) == "four":
		case text(c) == "three" && c.Doubt:
		default:
			t.Errorf("%q is read, doubt %v", text(c), c.Doubt)
		}
		was, doubt := text(c), c.Doubt
		err = s.Update(background, "alice", func(c motp.Current) (motp.Next, error) {
			if text(c) != was || c.Doubt != doubt || c.Lost {
				t.Errorf("%q is changed, doubt %v; View has said %q, %v", text(c),
					c.Doubt, was, doubt)
			}
			return motp.Next{Record: []byte("five")}, nil
		})
		if err != nil {
			t.Error(err)
		}
		s.wants(t, "alice", "five")
	})
}

// tornAfterOnly checks that an older record is not read where it must not be.
func tornAfterOnly(t *testing.T, open func(t *testing.T) Subject) {
	history := steps("one", "two", "three", "four")
	history[3].Only = true
	ways(t, open, history, func(t *testing.T, s Subject, way int) {
		c, err := s.View(background, "alice")
		if !errors.Is(err, motp.ErrCorrupt) && (err != nil || text(c) != "four") {
			t.Errorf("%q is read, %v", text(c), err)
		}
	})
}

// lost checks that a record of which nothing can be read stays so until a change makes it anew.
func lost(t *testing.T, open func(t *testing.T) Subject) {
	ways(t, open, steps("one", "two"), func(t *testing.T, s Subject, way int) {
		if _, err := s.View(background, "alice"); err == nil {
			return
		}
		var given motp.Current
		refuse := func(c motp.Current) (motp.Next, error) {
			given = c
			return motp.Next{}, motp.ErrCorrupt
		}
		if err := s.Update(background, "alice", refuse); !errors.Is(err, motp.ErrCorrupt) {
			t.Errorf("%v, want ErrCorrupt", err)
		}
		if !given.Lost || given.Record != nil || given.Room < leastRoom {
			t.Errorf("the change is given %+v", given)
		}
		if err := s.Prepare(background, "alice", to("x")); !errors.Is(err,
			motp.ErrCorrupt) {
			t.Errorf("Prepare: %v, want ErrCorrupt", err)
		}
		if _, err := s.View(background, "alice"); !errors.Is(err, motp.ErrCorrupt) {
			t.Errorf("View: %v, want ErrCorrupt", err)
		}
		put(t, s, "alice", "anew")
		s.wants(t, "alice", "anew")
	})
}
