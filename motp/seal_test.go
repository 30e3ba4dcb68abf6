package motp

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
)

// boxed seals in a way that anybody can open, but in its place only. It is the id of the key; the
// empty one has none.
type boxed string

func (b boxed) head(user, token, field string) string {
	return "sealed:" + string(b) + ":" + user + "/" + token + "/" + field + "/"
}

func (b boxed) Seal(user, token, field, value string) (string, error) {
	switch b {
	case "":
		return value, nil
	case "broken":
		return "", ErrSealed
	}
	return b.head(user, token, field) + strings.ToUpper("x"+value), nil
}

func (b boxed) Open(user, token, field, sealed string) (string, error) {
	value, ok := strings.CutPrefix(sealed, b.head(user, token, field)+"X")
	if !ok {
		return "", ErrSealed
	}
	return value, nil
}

func (b boxed) Fresh(sealed string) bool {
	return b != "" && strings.HasPrefix(sealed, "sealed:"+string(b)+":")
}

func (boxed) RefusesPlain() bool { return false }

// rotating seals with one key and opens with the other, too.
type rotating struct{ boxed }

func (r rotating) Open(user, token, field, sealed string) (string, error) {
	if value, err := r.boxed.Open(user, token, field, sealed); err == nil {
		return value, nil
	}
	return boxed("old").Open(user, token, field, sealed)
}

// opening seals nothing and opens what is sealed.
type opening struct{ boxed }

func (opening) Seal(_, _, _, value string) (string, error) { return value, nil }
func (opening) Fresh(string) bool                          { return false }

// bytesOf is a user's record as the store has it.
func bytesOf(t *testing.T, v Verifier, user string) []byte {
	t.Helper()
	current, err := v.Store.View(ctx, user)
	if err != nil {
		t.Fatal(err)
	}
	return current.Record
}

// A PIN that a user sets is sealed where there is a key, and in force as before; it opens in its
// user's record only, and nothing else takes its place.
func TestOwnPINSealed(t *testing.T) {
	v := newVerifier(t)
	v.Sealer = boxed("old")
	mustChange(t, v, alice, code(0), "2468", noon)
	if b := bytesOf(t, v, "alice"); !bytes.Contains(b, []byte("sealed:old:alice/")) ||
		!bytes.Contains(b, []byte("/own-pin/X2468")) {
		t.Errorf("the record is %q", b)
	}
	expect(t, v, alice, codeWith("2468", 1), at(1), Accepted)
	expect(t, v, alice, code(2), at(2), Wrong)
	mustChange(t, v, alice, codeWith("2468", 3), "1357", at(3))
	got, err := v.InForce(ctx, alice)
	if err != nil || got[0].PIN != "1357" {
		t.Errorf("%v, %v", got, err)
	}
	// in a record of another name, with another key, with none, and without a Sealer
	bob := alice
	bob.Name = "bob"
	record := bytesOf(t, v, "alice")
	put := func(Current) (Next, error) { return Next{Record: record}, nil }
	if err := v.Store.Update(ctx, "bob", put); err != nil {
		t.Fatal(err)
	}
	failures := func(u User) int {
		s, err := v.Status(ctx, u, at(4))
		if err != nil {
			t.Fatal(err)
		}
		return s.Failures
	}
	for _, c := range []struct {
		u  User
		by Sealer
	}{{bob, boxed("old")}, {alice, boxed("new")}, {alice, boxed("")}, {alice, nil}} {
		w := v
		w.Sealer = c.by
		before := failures(c.u)
		for _, typed := range []string{codeWith("1357", 4), code(4)} {
			res, err := w.Verify(ctx, c.u, typed, at(4))
			if !errors.Is(err, ErrSealed) || res.Verdict != Refused {
				t.Errorf("%s by %v: %v, %v", c.u.Name, c.by, res.Verdict, err)
			}
		}
		if failures(c.u) != before {
			t.Error("a PIN that does not open is a failure of its user's")
		}
	}
	expect(t, v, alice, codeWith("1357", 4), at(4), Accepted)
}

// An entry that is moved to another secret, or to another PIN of the table's, does not open.
func TestOwnPINMoved(t *testing.T) {
	v := Verifier{Sealer: boxed("old")}
	r := record{pins: []ownPIN{{1, 2, "2468", true}}}
	if err := v.sealPINs("alice", &r); err != nil {
		t.Fatal(err)
	}
	sealed := r.pins[0].pin
	for _, at := range [][2]uint64{{1, 2}, {3, 2}, {1, 3}, {2, 1}} {
		p := ownPIN{key: at[0], replaced: at[1], pin: sealed}
		pin, err := v.openPIN("alice", p)
		if here := p.key == 1 && p.replaced == 2; here != (pin == "2468") ||
			here != (err == nil) || err != nil && !errors.Is(err, ErrSealed) {
			t.Errorf("%d, %d: %q, %v", p.key, p.replaced, pin, err)
		}
	}
}

// strict refuses what is plain.
type strict struct{ boxed }

func (strict) RefusesPlain() bool { return true }

// Where everything was sealed, a plain PIN in a record keeps its user out, whoever writes the
// record meanwhile, and until somebody has it sealed on purpose, or sets another.
func TestOwnPINPlainAmongSealed(t *testing.T) {
	plain := newVerifier(t)
	mustChange(t, plain, alice, code(0), "2468", noon)
	before := bytesOf(t, plain, "alice")
	if !bytes.Contains(before, []byte("2468")) {
		t.Fatalf("the record is %q", before)
	}
	v := plain
	v.Sealer = strict{"old"}
	refused := func(n int64, typed string) {
		t.Helper()
		res, err := v.Verify(ctx, alice, typed, at(n))
		if !errors.Is(err, ErrPlain) || !errors.Is(err, ErrSealed) ||
			res.Verdict != Refused || !strings.Contains(err.Error(), "motp seal") {
			t.Errorf("%v, %v", res.Verdict, err)
		}
		if _, err := v.InForce(ctx, alice); !errors.Is(err, ErrPlain) {
			t.Errorf("in force: %v", err)
		}
	}
	refused(1, codeWith("2468", 1))
	refused(1, code(1))
	if _, err := v.ChangePIN(ctx, alice, codeWith("2468", 1), "1357", at(1)); !errors.Is(err,
		ErrPlain) {
		t.Errorf("a change: %v", err)
	}
	if err := v.Unlock(ctx, alice, at(1)); err != nil { // which writes the record
		t.Fatal(err)
	}
	refused(1, codeWith("2468", 1))
	w := v
	w.Store = newVerifier(t).Store
	if _, err := w.Take(ctx, Source{Store: plain.Store}, alice, at(1)); err != nil {
		t.Fatal(err)
	}
	v = w
	refused(1, codeWith("2468", 1)) // and so does a copy to another store
	v.Sealer = strict{"new"}        // nor does a change of the key seal it
	if n, err := v.Reseal(ctx, alice, at(1)); n != 0 || !errors.Is(err, ErrPlain) {
		t.Errorf("%d, %v", n, err)
	}
	refused(1, codeWith("2468", 1))
	v.Sealer = boxed("old") // as of an administrator who has it sealed
	if n, err := v.Reseal(ctx, alice, at(1)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	v.Sealer = strict{"old"}
	expect(t, v, alice, codeWith("2468", 1), at(1), Accepted)
	mustChange(t, v, alice, codeWith("2468", 2), "1357", at(2))
	if b := bytesOf(t, v, "alice"); bytes.Contains(b, []byte("\x001357")) ||
		!bytes.Contains(b, []byte("X1357")) {
		t.Errorf("what is set is not sealed: %q", b)
	}
	expect(t, v, alice, codeWith("1357", 3), at(3), Accepted)
}

// A PIN for a secret that the user has no more, and that nothing opens, is in nobody's way; one
// that is in force is.
func TestResealBesideALostKey(t *testing.T) {
	v := newVerifier(t)
	v.Sealer = boxed("lost")
	mustChange(t, v, alice, code(0), "2468", noon)
	v.Sealer = boxed("old")
	for _, u := range []User{alice, {Name: "alice"}} {
		if _, err := v.Reseal(ctx, u, at(1)); !errors.Is(err, ErrSealed) {
			t.Errorf("in force, or nobody knows: %v", err)
		}
	}
	anew := alice
	anew.Tokens = slices.Clone(alice.Tokens)
	anew.Tokens[0].Secret = "0f1e2d3c4b5a6978"
	mustChange(t, v, anew, anew.Tokens[0].Code(at(1)), "1357", at(1))
	v.Sealer = rotating{"new"}
	if n, err := v.Reseal(ctx, anew, at(2)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	v.Sealer = boxed("new")
	token := anew.Tokens[0]
	token.PIN = "1357"
	expect(t, v, anew, token.Code(at(2)), at(2), Accepted)
}

// What is refused as plain keeps no other PIN of the record from being sealed with another key.
func TestResealAroundPlain(t *testing.T) {
	v := newVerifier(t)
	v.Sealer = strict{"new"}
	sealed, _ := boxed("new").Seal("alice", ownPIN{key: 1}.token(), ownField, "1357")
	r := record{pins: []ownPIN{{key: 1, pin: sealed}, {key: 2, pin: "2468"}, {key: 3}}}
	r.pins[2].pin, _ = boxed("old").Seal("alice", r.pins[2].token(), ownField, "8642")
	put := func(c Current) (Next, error) { return r.next(c.Room) }
	if err := v.Store.Update(ctx, "alice", put); err != nil {
		t.Fatal(err)
	}
	v.Sealer = strictly{rotating{"new"}}
	n, err := v.Reseal(ctx, alice, noon)
	sealedOnes, open, _ := v.SealedPINs(ctx, "alice")
	if n != 1 || !errors.Is(err, ErrPlain) || open != 1 || len(sealedOnes) != 2 ||
		!v.Sealer.Fresh(sealedOnes[0]) || !v.Sealer.Fresh(sealedOnes[1]) {
		t.Errorf("%d, %v, %q, %d", n, err, sealedOnes, open)
	}
}

// strictly refuses what is plain while the key changes.
type strictly struct{ rotating }

func (strictly) RefusesPlain() bool { return true }

// The administrator's way out of a plain PIN is another one in the table, too.
func TestOwnPINPlainForgotten(t *testing.T) {
	v := newVerifier(t)
	mustChange(t, v, alice, code(0), "2468", noon)
	v.Sealer = strict{"old"}
	if err := v.ForgetPIN(ctx, alice, "", at(1)); err != nil {
		t.Fatal(err)
	}
	expect(t, v, alice, code(1), at(1), Accepted)
}

// A PIN that is to be sealed and cannot be is not set.
func TestOwnPINCannotBeSealed(t *testing.T) {
	v := newVerifier(t)
	v.Sealer = boxed("broken")
	_, err := v.ChangePIN(ctx, alice, code(0), "2468", noon)
	if !errors.Is(err, ErrSealed) || bytes.Contains(bytesOf(t, v, "alice"), []byte("2468")) {
		t.Errorf("%v", err)
	}
	v.Sealer = nil
	expect(t, v, alice, code(1), at(1), Accepted)
}

// counting counts the changes that no record from before may outlive.
type counting struct {
	Store
	only *int
}

func (c counting) Update(ctx context.Context, user string, change Change) error {
	return c.Store.Update(ctx, user, func(current Current) (Next, error) {
		next, err := change(current)
		if next.Only {
			*c.only++
		}
		return next, err
	})
}

// A PIN from before there was a key is sealed by the next write, or by Reseal, which also changes
// the key and takes it off.
func TestReseal(t *testing.T) {
	v := newVerifier(t)
	mustChange(t, v, alice, code(0), "2468", noon)
	v.Sealer = boxed("old")
	expect(t, v, alice, codeWith("2468", 1), at(1), Accepted)
	if b := bytesOf(t, v, "alice"); !bytes.Contains(b, []byte("sealed:old:")) {
		t.Errorf("the login left %q", b)
	}
	n := int64(1)
	for _, c := range []struct {
		by    Sealer
		want  string
		count int
	}{
		{boxed("old"), "sealed:old:", 0}, {rotating{"new"}, "sealed:new:", 1},
		{boxed("new"), "sealed:new:", 0}, {opening{"new"}, "\x002468", 1},
		{boxed(""), "\x002468", 0}, {boxed("old"), "sealed:old:", 1},
	} {
		v.Sealer = c.by
		if c.want[0] == 0 {
			c.want = "2468"
		}
		got, err := v.Reseal(ctx, alice, at(n))
		b := bytesOf(t, v, "alice")
		if err != nil || got != c.count || !bytes.Contains(b, []byte(c.want)) ||
			c.want == "2468" && bytes.Contains(b, []byte("sealed:")) {
			t.Errorf("%v: %d, %v, %q", c.by, got, err, b)
		}
		n++
		expect(t, v, alice, codeWith("2468", n), at(n), Accepted)
	}
	// written in both slots, whatever stood there: the one before may be plain
	written := 0
	v.Store = counting{v.Store, &written}
	if got, err := v.Reseal(ctx, alice, at(n)); err != nil || got != 0 || written == 0 {
		t.Errorf("again: %d, %v, %d writes", got, err, written)
	}
	before := bytesOf(t, v, "alice")
	v.Sealer = boxed("other")
	if _, err := v.Reseal(ctx, alice, at(n)); !errors.Is(err, ErrSealed) ||
		!bytes.Equal(bytesOf(t, v, "alice"), before) {
		t.Error("what does not open was changed", err)
	}
	// of one whose secrets are not in the table
	v.Sealer = rotating{"new"}
	if got, err := v.Reseal(ctx, User{Name: "alice"}, at(n)); err != nil || got != 1 {
		t.Errorf("removed: %d, %v", got, err)
	}
	sealed, open, err := v.SealedPINs(ctx, "alice")
	if err != nil || open != 0 || len(sealed) != 1 || !v.Sealer.Fresh(sealed[0]) {
		t.Errorf("%q, %d, %v", sealed, open, err)
	}
	if got, err := v.Reseal(ctx, User{Name: "nobody"}, at(n)); err != nil || got != 0 ||
		bytesOf(t, v, "nobody") != nil {
		t.Errorf("nobody: %d, %v", got, err)
	}
	v.Sealer = boxed("new")
	n++
	expect(t, v, alice, codeWith("2468", n), at(n), Accepted)
}

// behind is a store that shows a record as it was before somebody else wrote it.
type behind struct {
	Store
	shown []byte
}

func (s behind) View(context.Context, string) (Current, error) {
	return Current{Record: s.shown}, nil
}

// A PIN that is being set while the key changes is sealed with the new one, too.
func TestResealBehindALogin(t *testing.T) {
	v := newVerifier(t)
	expect(t, v, alice, code(0), noon, Accepted)
	without := bytesOf(t, v, "alice")
	v.Sealer = boxed("old")
	mustChange(t, v, alice, code(1), "2468", at(1))
	v.Store, v.Sealer = behind{v.Store, without}, rotating{"new"}
	n, err := v.Reseal(ctx, alice, at(2))
	v.Store = v.Store.(behind).Store
	if b := bytesOf(t, v, "alice"); n != 1 || err != nil ||
		!bytes.Contains(b, []byte("sealed:new:")) {
		t.Errorf("%d, %v, %q", n, err, b)
	}
	// and a record without any stays as it was
	bob := alice
	bob.Name = "bob"
	expect(t, v, bob, code(0), noon, Accepted)
	before := bytesOf(t, v, "bob")
	if n, err := v.Reseal(ctx, bob, at(9)); n != 0 || err != nil ||
		!bytes.Equal(bytesOf(t, v, "bob"), before) {
		t.Errorf("bob: %d, %v", n, err)
	}
}
