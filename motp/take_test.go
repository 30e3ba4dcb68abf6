package motp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// taken takes alice's record from one store into another, and wants that to come of it.
func taken(t *testing.T, to, from Verifier, u User, shared bool, want Taken) {
	t.Helper()
	got, err := to.Take(ctx, Source{from.Store, shared}, u, noon)
	if err != nil || got != want {
		t.Fatalf("%v, %v; want %v", got, err, want)
	}
}

// A record that was moved is good for nothing where it was, whatever is asked, and all of it is
// where it went.
func TestTake(t *testing.T) {
	here, there := newVerifier(t), newVerifier(t)
	expect(t, there, alice, code(0), noon, Accepted)
	expect(t, there, alice, "000000", noon, Wrong)
	taken(t, here, there, alice, false, Copied)
	for name, call := range map[string]func() error{
		"Verify": func() error {
			_, err := there.Verify(ctx, alice, code(1), at(1))
			return err
		},
		"Standing": func() error {
			_, err := there.Standing(ctx, alice, "x", time.Hour, noon)
			return err
		},
		"Status":   func() error { _, err := there.Status(ctx, alice, noon); return err },
		"Unlock":   func() error { return there.Unlock(ctx, alice, noon) },
		"Restored": func() error { return there.Restored(ctx, alice, noon, 0) },
		"EndGrace": func() error { return there.EndGrace(ctx, alice, noon) },
		"InForce":  func() error { _, err := there.InForce(ctx, alice); return err },
		"UseUp": func() error {
			_, err := there.UseUp(ctx, alice, code(1), at(1))
			return err
		},
		"ForgetClock": func() error {
			return there.ForgetClock(ctx, alice, "", noon)
		},
	} {
		if err := call(); !errors.Is(err, ErrMoved) {
			t.Errorf("%s: %v, want ErrMoved", name, err)
		}
	}
	s, err := here.Status(ctx, alice, noon)
	if err != nil || s.Failures != 1 {
		t.Errorf("%+v, %v; want one failure", s, err)
	}
	expect(t, here, alice, code(0), noon, Replay)
	expect(t, here, alice, code(1), at(1), Accepted)

	taken(t, here, there, alice, false, Already)
	expect(t, here, alice, code(1), at(1), Replay)
	if s, err := here.Status(ctx, alice, noon); err != nil || s.Failures != 0 {
		t.Errorf("%+v, %v: what was there before is there again", s, err)
	}

	taken(t, there, here, alice, true, Merged) // and back
	expect(t, there, alice, code(0), noon, Replay)
	expect(t, there, alice, code(1), at(1), Replay)
	expect(t, there, alice, code(2), at(2), Accepted)
	if _, err := here.Verify(ctx, alice, code(3), at(3)); !errors.Is(err, ErrMoved) {
		t.Errorf("%v, want ErrMoved", err)
	}
}

// What nobody has is nothing to take, and leaves nothing.
func TestTakeNothing(t *testing.T) {
	here, there := newVerifier(t), newVerifier(t)
	taken(t, here, there, alice, false, NotThere)
	for _, v := range []Verifier{here, there} {
		if names, err := v.Store.Names(ctx); err != nil || len(names) > 0 {
			t.Errorf("%q, %v", names, err)
		}
	}
}

// Several stores take what one had; one that was taken and is gone since is not taken again, since
// nobody knows what came of it.
func TestTakeAgain(t *testing.T) {
	there, first, second := newVerifier(t), newVerifier(t), newVerifier(t)
	expect(t, there, alice, code(0), noon, Accepted)
	taken(t, first, there, alice, true, Copied)
	taken(t, second, there, alice, true, Copied)
	expect(t, second, alice, code(0), noon, Replay)

	third := newVerifier(t)
	if _, err := third.Take(ctx, Source{Store: there.Store}, alice,
		noon); !errors.Is(err, ErrMoved) {
		t.Errorf("%v, want ErrMoved", err)
	}
}

// An interrupted one is done again, and nothing is good twice.
func TestTakeInterrupted(t *testing.T) {
	here, there := newVerifier(t), newVerifier(t)
	expect(t, there, alice, code(0), noon, Accepted)
	torn := errors.New("torn")
	_, err := here.Take(ctx, Source{Store: unwritten{there.Store, torn}}, alice, noon)
	if !errors.Is(err, torn) {
		t.Fatal(err)
	}
	expect(t, here, alice, code(0), noon, Replay)
	expect(t, here, alice, code(1), at(1), Accepted)
	taken(t, here, there, alice, false, Merged)
	expect(t, here, alice, code(1), at(1), Replay)
}

// An unwritten store does all but write.
type unwritten struct {
	Store
	err error
}

func (s unwritten) Update(ctx context.Context, user string, change Change) error {
	return s.Store.Update(ctx, user, func(c Current) (Next, error) {
		if _, err := change(c); err != nil {
			return Next{}, err
		}
		return Next{}, s.err
	})
}

// Of two records the worse of everything counts.
func TestTakeMerges(t *testing.T) {
	paper, onPaper := paperOf(t, 2, 3)
	older, _ := paperOf(t, 1, 3)
	u := withPaper(paper)
	here, there := newVerifier(t), newVerifier(t)
	expect(t, here, u, code(0), noon, Accepted)
	expect(t, here, u, alice.Tokens[0].PIN+onPaper[0], noon, Accepted)
	expect(t, there, u, code(4), at(4), Accepted)
	expect(t, there, withPaper(older), "000000", at(4), Wrong)
	expect(t, there, u, alice.Tokens[0].PIN+onPaper[1], at(4), Accepted)
	for i := range 3 {
		expect(t, there, u, fmt.Sprintf("%06d", i), at(4), Wrong)
	}
	expect(t, here, u, "000009", at(5), Wrong)
	taken(t, here, there, u, false, Merged)
	s, err := here.Status(ctx, u, at(5))
	if err != nil || s.Failures != 3 || s.Paper.Left != 1 {
		t.Errorf("%+v, %v; want 3 failures, and one code on paper", s, err)
	}
	for _, n := range []int64{0, 4} {
		expect(t, here, u, code(n), at(5), Replay)
	}
	for _, used := range onPaper[:2] {
		expect(t, here, u, alice.Tokens[0].PIN+used, at(5), Replay)
	}
	expect(t, here, u, code(3), at(5), Accepted)
}

// A record that cannot be read may have held any use: codes that may have been used are.
func TestTakeCorrupt(t *testing.T) {
	here, there := newVerifier(t), newVerifier(t)
	there.Store.(*shelf).lose("alice")
	if _, err := here.Take(ctx, Source{Store: there.Store}, User{Name: "alice"},
		noon); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
	taken(t, here, there, alice, false, Copied)
	expect(t, here, alice, code(0), noon, Old)
	later := noon.Add(unknownReach + time.Hour)
	expect(t, here, alice, alice.Tokens[0].Code(later), later, Accepted)
	here.Store.(*shelf).lose("alice")
	there = newVerifier(t)
	expect(t, there, alice, code(0), noon, Accepted)
	if _, err := here.Take(ctx, Source{Store: there.Store}, alice,
		noon); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v, want ErrCorrupt", err)
	}
}

// The PIN that a user has set comes with the record; of two, the one that is here stays.
func TestTakePIN(t *testing.T) {
	here, there := newVerifier(t), newVerifier(t)
	mustChange(t, there, alice, code(0), "2468", noon)
	taken(t, here, there, alice, false, Copied)
	expect(t, here, alice, codeWith("2468", 1), at(1), Accepted)

	here, there = newVerifier(t), newVerifier(t)
	mustChange(t, there, alice, code(0), "2468", noon)
	mustChange(t, here, alice, code(1), "1357", at(1))
	taken(t, here, there, alice, false, Merged)
	expect(t, here, alice, codeWith("2468", 2), at(2), Wrong)
	expect(t, here, alice, codeWith("1357", 2), at(2), Accepted)
}

// Of a PIN nothing stays where the record was, and none from before is in force when it comes back:
// whatever the user, or an administrator, did meanwhile holds.
func TestTakePINBack(t *testing.T) {
	for name, c := range map[string]struct {
		change func(t *testing.T, v Verifier)
		want   string
	}{
		"left": {func(*testing.T, Verifier) {}, "2468"},
		"changed": {func(t *testing.T, v Verifier) {
			mustChange(t, v, alice, codeWith("2468", 1), "1357", at(1))
		}, "1357"},
		"taken away": {func(t *testing.T, v Verifier) {
			if err := v.ForgetPIN(ctx, alice, "", at(1)); err != nil {
				t.Fatal(err)
			}
		}, alice.Tokens[0].PIN},
	} {
		t.Run(name, func(t *testing.T) {
			here, there := newVerifier(t), newVerifier(t)
			mustChange(t, there, alice, code(0), "2468", noon)
			taken(t, here, there, alice, false, Copied)
			if b := bytesOf(t, there, "alice"); bytes.Contains(b, []byte("2468")) {
				t.Errorf("left behind: %q", b)
			}
			c.change(t, here)
			taken(t, there, here, alice, false, Merged)
			for _, pin := range []string{"2468", "1357", alice.Tokens[0].PIN} {
				want := Wrong
				if pin == c.want {
					want = Accepted
				}
				expect(t, there, alice, codeWith(pin, 2), at(2), want)
			}
		})
	}
}

// Each of several that take a record from a shared store has the PIN, which is not in force there
// when one brings the record back.
func TestTakePINFromShared(t *testing.T) {
	shared := newVerifier(t)
	mustChange(t, shared, alice, code(0), "2468", noon)
	for step := range int64(2) {
		here := newVerifier(t)
		taken(t, here, shared, alice, true, Copied)
		expect(t, here, alice, codeWith("2468", step+1), at(step+1), Accepted)
		if step == 1 {
			mustChange(t, here, alice, codeWith("2468", 3), "1357", at(3))
			taken(t, shared, here, alice, false, Merged)
		}
	}
	expect(t, shared, alice, codeWith("2468", 4), at(4), Wrong)
	expect(t, shared, alice, codeWith("1357", 4), at(4), Accepted)
}

// Grace comes with a record, and ends where two are made one.
func TestTakeGrace(t *testing.T) {
	for name, c := range map[string]struct {
		here, there string
		want        Taken
		grace       bool
	}{
		"none here": {there: code(0), want: Copied, grace: true},
		"here":      {here: code(0), there: "000000", want: Merged},
		"there":     {here: "000000", there: code(0), want: Merged},
	} {
		here, there := newVerifier(t), newVerifier(t)
		for v, typed := range map[*Verifier]string{&here: c.here, &there: c.there} {
			if typed == "" {
				continue
			}
			at := Attempt{Typed: typed, Origin: "here"}
			if _, err := v.Judge(ctx, alice, at, noon); err != nil {
				t.Fatal(err)
			}
		}
		taken(t, here, there, alice, false, c.want)
		s, err := here.Standing(ctx, alice, "here", time.Hour, noon)
		if err != nil || s.Grace != c.grace {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// No record from before may be read again, here or there.
func TestTakeIsTheOnlyRecord(t *testing.T) {
	here, there := newVerifier(t), newVerifier(t)
	expect(t, there, alice, code(0), noon, Accepted)
	for _, v := range []*Verifier{&here, &there} {
		only := &onlyStore{Store: v.Store}
		v.Store = only
		defer func() {
			if !only.said {
				t.Error("an older record may be read again")
			}
		}()
	}
	taken(t, here, there, alice, false, Copied)
}

// What a record has of each kind goes into the one that is made of two.
func TestMerge(t *testing.T) {
	key := Token{Type: HOTP, Secret: "12345678901234567890"}
	clock := func(high, drift, reach int64) *memory {
		m := newMemory(alice.Tokens[0])
		m.use(high)
		m.drift, m.reach = drift, reach
		return m
	}
	counter := func(synced int64) *memory {
		m := newMemory(key)
		m.synced = synced
		return m
	}
	one := record{failures: 2, locks: 3, lastFailure: 10, wrongMark: 1, lastLogin: 7,
		lines: []*memory{
			clock(5, 1, 20),
			counter(8),
		}, pins: []ownPIN{{1, 2, "here", false}},
		paper:  paperUse{set: 2, used: []PaperHash{{1}}},
		claims: []claim{{1, claimBurnt}, {2, claimClaimed}}, other: []entry{{99, "x"}},
		old: []v1Memory{{id: 4, synced: 1}}, shown: []showing{{1, 1, 10}, {3, 1, 4}}}
	other := record{failures: 1, locks: 4, lastFailure: 11, wrongMark: 2, lockedSince: 8,
		proven: 6, lines: []*memory{clock(6, 2, 30), counter(9)},
		pins:   []ownPIN{{1, 2, "there", false}, {1, 3, "another", false}},
		paper:  paperUse{set: 2, used: []PaperHash{{1}, {2}}},
		claims: []claim{{1, claimClaimed}, {2, claimBurnt}, {3, claimBurnt}},
		other:  []entry{{99, "x"}, {99, "y"}}, old: []v1Memory{{id: 4, synced: 2}, {id: 5}},
		shown: []showing{{1, 2, 9}, {2, 2, 5}, {3, 2, 5}}}
	later := clock(6, 2, 30)
	later.use(5)
	want := record{failures: 2, locks: 4, lastFailure: 11, wrongMark: 2, lockedSince: 8,
		lastLogin: 7, proven: 6, lines: []*memory{later, counter(9)},
		pins:   []ownPIN{{1, 2, "here", false}, {1, 3, "another", false}},
		paper:  paperUse{set: 2, used: []PaperHash{{1}, {2}}},
		claims: []claim{{1, claimClaimed}, {2, claimClaimed}, {3, claimBurnt}},
		other:  []entry{{99, "x"}, {99, "y"}}, old: []v1Memory{{id: 4, synced: 2}, {id: 5}},
		shown: []showing{{1, 2, 9}, {3, 1, 4}, {2, 2, 5}}}
	one.merge(other.copy())
	if got := one.bytes(); !bytes.Equal(got, want.bytes()) {
		t.Errorf("%x\n%x", got, want.bytes())
	}

	newer := record{paper: paperUse{set: 3}}
	newer.merge(one.copy())
	if newer.paper.set != 3 || len(newer.paper.used) > 0 {
		t.Errorf("an older set counts: %+v", newer.paper)
	}
	one = record{paper: paperUse{set: 3}}
	many := record{paper: paperUse{set: 3}}
	for i := range MaxPaper {
		one.paper.used = append(one.paper.used, PaperHash{byte(i)})
		many.paper.used = append(many.paper.used, PaperHash{byte(i), 1})
	}
	if one.merge(many); one.paper.set != 4 {
		t.Errorf("of a set with too many codes some are good: %+v", one.paper)
	}
}

// Whatever two memories hold, none of it is good in the one that comes of them.
func TestMergeForgetsNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	tokens := []Token{
		alice.Tokens[0],
		{Name: "app", Type: TOTP, Secret: "12345678901234567890"},
		{Name: "key", Type: HOTP, Secret: "12345678901234567890"},
	}
	for range 500 {
		var both [2]record
		used := map[*Token][]int64{}
		for i := range both {
			for n := range random.IntN(4) {
				token := &tokens[(n+random.IntN(3))%3]
				number := 1000 + random.Int64N(600)
				m := both[i].memory(*token)
				if random.IntN(8) == 0 {
					m.burn(number)
				} else {
					m.use(number)
				}
				used[token] = append(used[token], number)
			}
		}
		both[0].merge(both[1].copy())
		for token, numbers := range used {
			for _, number := range numbers {
				m := both[0].memory(*token)
				if both[0].look(*token, m, number) == stepFresh {
					t.Fatalf("%d of %v is fresh of %v", number, token.Type,
						numbers)
				}
			}
		}
	}
}
