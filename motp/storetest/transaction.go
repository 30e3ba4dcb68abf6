package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

func transaction(t *testing.T, s Subject) {
	s.wants(t, "alice", none)
	want := none
	for _, next := range []string{"one", "a second one", "3"} {
		for i, store := range s.stores(t) {
			record := next + strings.Repeat("!", i)
			err := store.Update(background, "alice",
				func(c motp.Current) (motp.Next, error) {
					if got := text(c); got != want || c.Doubt || c.Lost ||
						c.Room < len(record) {
						t.Errorf("a change is given %q, doubt %v, lost "+
							"%v, room %d; want %q", got, c.Doubt,
							c.Lost, c.Room, want)
					}
					return motp.Next{Record: []byte(record), Only: i > 0}, nil
				})
			if err != nil {
				t.Fatal(err)
			}
			want = record
			s.wants(t, "alice", want)
			s.wants(t, "bob", none)
		}
	}
}

func failedChange(t *testing.T, s Subject) {
	mine := errors.New("mine")
	fail := func() {
		t.Helper()
		err := s.Update(background, "alice", func(motp.Current) (motp.Next, error) {
			return motp.Next{Record: []byte("not this")}, mine
		})
		if !errors.Is(err, mine) {
			t.Errorf("%v, want the change's own error", err)
		}
	}
	fail()
	s.wants(t, "alice", none)
	put(t, s, "alice", "this")
	fail()
	s.wants(t, "alice", "this")
}

func bytesAreCopied(t *testing.T, s Subject) {
	put(t, s, "alice", "before")
	mine := []byte("mine")
	err := s.Update(background, "alice", func(c motp.Current) (motp.Next, error) {
		spoil(c.Record)
		return motp.Next{Record: mine}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	spoil(mine)
	s.wants(t, "alice", "mine")
	c, err := s.View(background, "alice")
	if err != nil {
		t.Fatal(err)
	}
	spoil(c.Record)
	s.wants(t, "alice", "mine")
	if err := s.Update(background, "alice", func(c motp.Current) (motp.Next, error) {
		spoil(c.Record)
		return motp.Next{}, errors.New("no")
	}); err == nil {
		t.Error("a change that fails is none")
	}
	s.wants(t, "alice", "mine")
}

// leastRoom is what package motp may need for a user with as many tokens as there may be.
const leastRoom = 960

func room(t *testing.T, s Subject) {
	record := ""
	for i := range 1 << 16 {
		record += string(rune(i % 128))
		if i == 255 {
			break
		}
	}
	put(t, s, "alice", record+"\x00\xff")
	s.wants(t, "alice", record+"\x00\xff")
	c, err := s.View(background, "alice")
	if err != nil || c.Room < leastRoom {
		t.Fatalf("room for %d bytes, %v; want at least %d", c.Room, err, leastRoom)
	}
	for _, n := range []int{leastRoom, c.Room, c.Room - 1, 1} {
		record := strings.Repeat("x", n)
		err := s.Update(background, "alice", func(c motp.Current) (motp.Next, error) {
			record = record[:min(n, c.Room)]
			return motp.Next{Record: []byte(record)}, nil
		})
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		s.wants(t, "alice", record)
	}
	if err := s.Update(background, "alice", to(strings.Repeat("y", c.Room+1))); err == nil {
		t.Error("more than there is room for is written")
	}
	s.wants(t, "alice", "x")
}

var oddNames = []string{"alice", "Alice", "alice@example.com", `EXAMPLE\alice`, "-x",
	".hidden", "..",
	"a%41", "%61", "\x00", "\xff", "ü", "a/b", "/", "%", "a b", "\n", ".nobody", "nobody",
	strings.Repeat("n", motp.MaxEncodedName)}

func names(t *testing.T, s Subject) {
	check := func(want []string) {
		t.Helper()
		slices.Sort(want)
		for _, store := range s.stores(t) {
			got, err := store.Names(background)
			slices.Sort(got)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%q, %v; want %q", got, err, want)
			}
		}
	}
	check(nil)
	for _, name := range oddNames {
		put(t, s, name, "the record of "+name)
	}
	s.Rehearse(background, "mallory", to("of nobody"))
	check(slices.Clone(oddNames))
	for _, name := range oddNames {
		s.wants(t, name, "the record of "+name)
	}
	if err := s.Forget(background, oddNames[0]); err != nil {
		t.Error(err)
	}
	check(slices.Clone(oddNames[1:]))
}

func noName(t *testing.T, s Subject) {
	for _, name := range []string{"", strings.Repeat("n", motp.MaxEncodedName+1),
		strings.Repeat("ä", 100), strings.Repeat("n", 100_000)} {
		calls := map[string]error{
			"Update":  s.Update(background, name, to("x")),
			"Prepare": s.Prepare(background, name, to("x")),
			"Forget":  s.Forget(background, name),
		}
		for call, err := range calls {
			if !errors.Is(err, motp.ErrUser) {
				t.Errorf("%s of a name of %d bytes: %v, want ErrUser", call,
					len(name), err)
			}
		}
	}
	if got, err := s.Names(background); err != nil || len(got) > 0 {
		t.Errorf("%q, %v; want none", got, err)
	}
}

func forget(t *testing.T, s Subject) {
	for range 2 {
		put(t, s, "alice", "of alice")
		put(t, s, "bob", "of bob")
		for range 2 {
			if err := s.Forget(background, "alice"); err != nil {
				t.Error(err)
			}
		}
		s.wants(t, "alice", none)
		s.wants(t, "bob", "of bob")
		err := s.Update(background, "alice", func(c motp.Current) (motp.Next, error) {
			if c.Record != nil || c.Doubt || c.Lost {
				t.Errorf("of what was forgotten there is %+v", c)
			}
			return motp.Next{Record: []byte("anew")}, nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

func prepare(t *testing.T, s Subject) {
	for range 2 {
		if err := s.Prepare(background, "alice", to("the first")); err != nil {
			t.Fatal(err)
		}
		s.wants(t, "alice", "the first")
	}
	if err := s.Prepare(background, "alice", to("another")); err != nil {
		t.Fatal(err)
	}
	s.wants(t, "alice", "the first")
	put(t, s, "alice", "the second")
	if err := s.Prepare(background, "alice", to("another")); err != nil {
		t.Fatal(err)
	}
	s.wants(t, "alice", "the second")
	mine := errors.New("mine")
	err := s.Prepare(background, "bob", func(motp.Current) (motp.Next, error) {
		return motp.Next{}, mine
	})
	if !errors.Is(err, mine) {
		t.Errorf("%v, want the change's own error", err)
	}
	s.wants(t, "bob", none)
}
