package motp

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// withPIN is alice as a table with another PIN has her.
func withPIN(pin string) User {
	u := User{Name: alice.Name, Tokens: slices.Clone(alice.Tokens)}
	u.Tokens[0].PIN = pin
	return u
}

// codeWith is what alice's token shows n steps from noon, with a PIN.
func codeWith(pin string, n int64) string { return withPIN(pin).Tokens[0].Code(at(n)) }

// mustChange changes a PIN, with a code that must be right.
func mustChange(t *testing.T, v Verifier, u User, typed, pin string, now time.Time) {
	t.Helper()
	if res, err := v.ChangePIN(ctx, u, typed, pin, now); err != nil ||
		res.Verdict != Accepted {
		t.Fatalf("change of a PIN: %+v, %v", res, err)
	}
}

// expect has an answer judged.
func expect(t *testing.T, v Verifier, u User, typed string, now time.Time, want Verdict) {
	t.Helper()
	if res, err := v.Verify(ctx, u, typed, now); err != nil || res.Verdict != want {
		t.Errorf("%v, %v; want %v", res.Verdict, err, want)
	}
}

// After a change the new PIN is right and the old one wrong, for whatever judges codes, and no
// number is good a second time because its code is another now.
func TestOwnPIN(t *testing.T) {
	v := newVerifier(t)
	mustChange(t, v, alice, code(0), "2468", noon)
	expect(t, v, alice, codeWith("2468", 0), noon, Replay)
	expect(t, v, alice, code(1), at(1), Wrong)
	expect(t, v, alice, codeWith("2468", 1), at(1), Accepted)
	if res, err := v.UseUp(ctx, alice, codeWith("2468", 2), at(2)); err != nil ||
		res.Verdict != Accepted {
		t.Errorf("use up: %+v, %v", res, err)
	}
	mustChange(t, v, alice, codeWith("2468", 3), "1357", at(3))
	expect(t, v, alice, codeWith("2468", 4), at(4), Wrong)
	expect(t, v, alice, codeWith("1357", 4), at(4), Accepted)
	s, err := v.Status(ctx, alice, at(4))
	if err != nil || !s.Tokens[0].OwnPIN || !s.LastLogin.Equal(at(4)) {
		t.Errorf("%+v, %v", s, err)
	}
	got, err := v.InForce(ctx, alice)
	if want := withPIN("1357").Tokens; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("in force: %v, %v", got, err)
	}
	if alice.Tokens[0].PIN != "6666" {
		t.Error("the caller's user was changed")
	}
	// the table's own is none of one's own
	mustChange(t, v, alice, codeWith("1357", 5), "6666", at(5))
	expect(t, v, alice, code(6), at(6), Accepted)
	if s, err := v.Status(ctx, alice, at(6)); err != nil || s.Tokens[0].OwnPIN {
		t.Errorf("%+v, %v", s, err)
	}
}

// A PIN is changed with a code that a login would accept, and with no other; what is typed counts
// as at a login.
func TestChangePINNeedsACode(t *testing.T) {
	disabled := alice
	disabled.Disabled = true
	for _, c := range []struct {
		name   string
		before func(v Verifier)
		user   User
		typed  string
		want   Verdict
		counts int
	}{
		{"wrong", nil, alice, "000000", Wrong, 1},
		{"a code of the new PIN", nil, alice, codeWith("2468", 0), Wrong, 1},
		{"malformed", nil, alice, "2468", Malformed, 1},
		{"empty", nil, alice, "", Empty, 0},
		{"from far off", nil, alice, code(100), Wrong, 1},
		{"used", func(v Verifier) {
			expect(t, v, alice, code(0), noon, Accepted)
		}, alice, code(0), Replay, 0},
		{"locked", func(v Verifier) {
			for i := range 8 {
				expect(t, v, alice, fmt.Sprintf("00000%d", i), noon, Wrong)
			}
		}, alice, code(0), Locked, 8},
		{"disabled", nil, disabled, code(0), Disabled, 0},
		{"clock set back", func(v Verifier) {
			expect(t, v, alice, code(9), at(9), Accepted)
		}, alice, code(0), Clock, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			v.Policy.Resync = time.Hour
			if c.before != nil {
				c.before(v)
			}
			res, err := v.ChangePIN(ctx, c.user, c.typed, "2468", noon)
			if err != nil || res.Verdict != c.want || res.Failures != c.counts ||
				res.Pending != nil {
				t.Errorf("%+v, %v; want %v, %d", res, err, c.want, c.counts)
			}
			s, err := v.Status(ctx, alice, noon)
			if err != nil || s.Tokens[0].OwnPIN || s.Failures != c.counts {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// A PIN that a token cannot have is refused before the code is looked at.
func TestPINsThatCannotBe(t *testing.T) {
	app := Token{Name: "app", Type: TOTP, Secret: "12345678901234567890"}
	guarded := app
	guarded.PIN = "1234"
	for _, c := range []struct {
		name, pin string
		tokens    []Token
	}{
		{"none for Mobile-OTP", "", alice.Tokens},
		{"none where the table has one", "", []Token{guarded}},
		{"none, with a Mobile-OTP token beside", "", []Token{app, alice.Tokens[0]}},
		{"too long", strings.Repeat("1", MaxPIN+1), alice.Tokens},
		{"like a sealed one", "sealed:v1:k:AAAA", alice.Tokens},
	} {
		v := newVerifier(t)
		u := User{Name: "alice", Tokens: c.tokens}
		typed := u.Tokens[0].Answer(u.Tokens[0].Step(noon))
		if res, err := v.ChangePIN(ctx, u, typed, c.pin, noon); !errors.Is(err,
			ErrInvalid) || res != (Result{}) {
			t.Errorf("%s: %+v, %v", c.name, res, err)
		} else if strings.Contains(err.Error(), "1111") {
			t.Errorf("%s: %v tells the PIN", c.name, err)
		}
		expect(t, v, u, typed, noon, Accepted)
	}
}

// Where the table has no PIN the user may set one, which is typed before the code, and go without
// again.
func TestOwnPINBeforeTheCode(t *testing.T) {
	for _, kind := range []Type{TOTP, HOTP} {
		v := newVerifier(t)
		token := Token{Type: kind, Secret: "12345678901234567890"}
		u := User{Name: "alice", Tokens: []Token{token}}
		number := token.Step(noon)
		typed := func(pin string, n int64) string { return pin + token.CodeAt(number+n) }
		now := func(n int64) time.Time {
			return noon.Add(time.Duration(n) * 30 * time.Second)
		}
		mustChange(t, v, u, typed("", 0), "2468", noon)
		expect(t, v, u, typed("", 1), now(1), Malformed)
		expect(t, v, u, typed("2469", 1), now(1), Wrong)
		expect(t, v, u, typed("2468", 0), now(1), Replay)
		expect(t, v, u, typed("2468", 1), now(1), Accepted)
		mustChange(t, v, u, typed("2468", 2), "", now(2))
		expect(t, v, u, typed("", 3), now(3), Accepted)
		expect(t, v, u, typed("2468", 4), now(4), Malformed)
	}
}

// A PIN belongs to the secret whose code proved it. Each case edits the table between the change
// and the next code.
func TestOwnPINIsBound(t *testing.T) {
	phone := alice.Tokens[0]
	with := func(edit func(t *Token)) Token {
		token := phone
		edit(&token)
		return token
	}
	tablet := Token{Name: "tablet", Secret: "fedcba9876543210", PIN: "6666"}
	for _, c := range []struct {
		name   string
		before []Token // the first one's PIN is changed
		after  []Token
		pin    string // of the last token of after
	}{
		{"the table as it was", []Token{phone}, []Token{phone}, "2468"},
		{"an administrator's edit wins", []Token{phone},
			[]Token{with(func(t *Token) { t.PIN = "9753" })}, "9753"},
		{"a new secret has the table's PIN", []Token{phone},
			[]Token{with(func(t *Token) { t.Secret = "00112233445566aa" })}, "6666"},
		{"another name and offset", []Token{phone}, []Token{with(func(t *Token) {
			t.Name, t.Offset = "phone", 20*time.Second
		})}, "2468"},
		{"another token with the same PIN", []Token{phone, tablet},
			[]Token{phone, tablet}, "6666"},
		{"a second token with the same secret and PIN", []Token{phone},
			[]Token{with(func(t *Token) { t.Name = "travel" })}, "2468"},
		{"a second token with the same secret and another PIN",
			[]Token{phone, with(func(t *Token) { t.Name, t.PIN = "travel", "9753" })},
			[]Token{with(func(t *Token) { t.Name, t.PIN = "travel", "9753" })}, "9753"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			u := User{Name: "alice", Tokens: c.before}
			mustChange(t, v, u, code(0), "2468", noon)
			u.Tokens = c.after
			last := c.after[len(c.after)-1]
			inForce, err := v.InForce(ctx, u)
			if err != nil || inForce[len(inForce)-1].PIN != c.pin {
				t.Errorf("%v, %v", inForce, err)
			}
			s, err := v.Status(ctx, u, noon)
			if own := s.Tokens[len(inForce)-1].OwnPIN; err != nil ||
				own != (c.pin != last.PIN) {
				t.Errorf("own %v, %v", own, err)
			}
			last.PIN = c.pin
			expect(t, v, u, last.Code(at(1)), at(1), Accepted)
			if c.pin != "2468" {
				last.PIN = "2468"
				expect(t, v, u, last.Code(at(2)), at(2), Wrong)
			}
		})
	}
}

// A PIN that the table has overruled does not come back with the edit taken back, whatever attempt
// came between; that of a secret that was removed does, if it returns as it was.
func TestOverruledForGood(t *testing.T) {
	unlock := func(v Verifier, u User) error { return v.Unlock(ctx, u, at(1)) }
	wrong := func(v Verifier, u User) error {
		_, err := v.Verify(ctx, u, "000000", at(1))
		return err
	}
	forget := func(v Verifier, u User) error { return v.ForgetPIN(ctx, u, "", at(1)) }
	removed := User{Name: "alice", Tokens: []Token{
		{Secret: "fedcba9876543210", PIN: "6666"}}}
	for _, c := range []struct {
		name    string
		between User
		what    func(v Verifier, u User) error
		pin     string
	}{
		{"an edit, and an unlock", withPIN("9753"), unlock, "6666"},
		{"an edit, and a wrong code", withPIN("9753"), wrong, "6666"},
		{"removed, and a wrong code", removed, wrong, "2468"},
		{"removed, and an unlock", User{Name: "alice"}, unlock, "2468"},
		{"the same PIN, given anew", alice, forget, "6666"},
		{"another token's PIN, given anew", removed, forget, "2468"},
	} {
		v := newVerifier(t)
		mustChange(t, v, alice, code(0), "2468", noon)
		if err := c.what(v, c.between); err != nil {
			t.Fatal(err)
		}
		t.Run(c.name, func(t *testing.T) {
			expect(t, v, alice, codeWith(c.pin, 2), at(2), Accepted)
		})
	}
}

// A change is in both halves of a record: the older one would have the old PIN.
func TestChangeIsTheOnlyRecord(t *testing.T) {
	v := newVerifier(t)
	expect(t, v, alice, code(0), noon, Accepted)
	only := &onlyStore{Store: v.Store}
	v.Store = only
	expect(t, v, alice, code(1), at(1), Accepted)
	if only.said {
		t.Fatal("a login is the only record already: this proves nothing")
	}
	mustChange(t, v, alice, code(2), "2468", at(2))
	if !only.said {
		t.Error("the record from before may be read again")
	}
	only.said = false
	if err := v.ForgetPIN(ctx, alice, "", at(3)); err != nil || !only.said {
		t.Errorf("forgotten: %v, %v", only.said, err)
	}
}

// An onlyStore notes whether the last change was Only.
type onlyStore struct {
	Store
	said bool
}

func (s *onlyStore) Update(ctx context.Context, user string, change Change) error {
	return s.Store.Update(ctx, user, func(c Current) (Next, error) {
		next, err := change(c)
		s.said = next.Only
		return next, err
	})
}

// The PIN of a secret in the table outlives any number of secrets that come and go, and theirs are
// forgotten with them.
func TestOwnPINIsNeverEvicted(t *testing.T) {
	v := newVerifier(t)
	mustChange(t, v, alice, code(0), "2468", noon)
	for i := range 80 {
		extra := Token{Name: "extra", Secret: fmt.Sprintf("%016x", i), PIN: "1234"}
		u := User{Name: "alice", Tokens: []Token{alice.Tokens[0], extra}}
		mustChange(t, v, u, extra.Code(noon), "5555", noon)
	}
	tokens, err := v.InForce(ctx, alice)
	if err != nil || tokens[0].PIN != "2468" {
		t.Fatalf("%v, %v", tokens, err)
	}
	current, _ := v.Store.View(ctx, "alice")
	r, err := current.read()
	if err != nil || len(r.pins) > len(r.lines) || len(r.pins) == 81 {
		t.Errorf("%d PINs of %d secrets, %v", len(r.pins), len(r.lines), err)
	}
}

// One that is sealed is not taken for the PIN itself: nobody is judged, and nothing is counted.
func TestSealedPIN(t *testing.T) {
	token := alice.Tokens[0]
	r := record{pins: []ownPIN{{keyOf(token), replacedBy(token), "sealed:v1:k:AAAA", false}}}
	v := verifierOf(t, "alice", r.bytes(), false)
	for _, typed := range []string{code(0), "000000"} {
		res, err := v.Verify(ctx, alice, typed, noon)
		if !errors.Is(err, ErrSealed) || res != (Result{}) {
			t.Errorf("%+v, %v", res, err)
		}
	}
	if tokens, err := v.InForce(ctx, alice); !errors.Is(err, ErrSealed) || tokens != nil {
		t.Errorf("%v, %v", tokens, err)
	}
	s, err := v.Status(ctx, alice, noon)
	if err != nil || !s.Tokens[0].OwnPIN || s.Failures != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := v.Unlock(ctx, alice, noon); err != nil {
		t.Error(err)
	}
}

// The record does not tell the table's PIN to whoever tries them all without the secret.
func TestReplacedPINIsKeyed(t *testing.T) {
	token := alice.Tokens[0]
	other := token
	other.Secret = "fedcba9876543210"
	if replacedBy(token) == replacedBy(other) {
		t.Error("one PIN of two secrets has one hash")
	}
}

// A user puts the clock right: by one code inside the window, by two outside.
func TestSync(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps int64 // ahead
		next  bool
	}{{"a little ahead", 15, false}, {"behind", -18, false}, {"right", 0, false},
		{"an hour ahead", 360, true}, {"a day behind", -8600, true}} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			res, err := v.Sync(ctx, alice, code(c.steps), noon)
			if c.next && err == nil && res.Verdict == Wrong && res.Pending != nil {
				res, err = v.VerifyNext(ctx, alice, res.Pending, code(c.steps+1),
					at(1))
			}
			if err != nil || res.Verdict != Accepted || res.Failures != 0 {
				t.Fatalf("%+v, %v", res, err)
			}
			for _, n := range []int64{-18, 18} {
				expect(t, v, alice, code(1000+c.steps+n), at(1000), Accepted)
			}
			expect(t, v, alice, code(1000+c.steps+19), at(1000), Wrong)
			s, err := v.Status(ctx, alice, at(1000))
			if err != nil || s.LastLogin.IsZero() {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// What proves nothing moves nothing, and counts.
func TestSyncNeedsACode(t *testing.T) {
	v := newVerifier(t)
	for i, typed := range []string{"000000", code(360), code(9000)} {
		res, err := v.Sync(ctx, alice, typed, noon)
		if err != nil || res.Verdict != Wrong || res.Failures != i+1 ||
			(res.Pending != nil) != (i == 1) {
			t.Errorf("%d: %+v, %v", i, res, err)
		}
	}
	expect(t, v, alice, code(378), at(360), Accepted)
	if res, err := v.Sync(ctx, alice, code(378), at(360)); err != nil ||
		res.Verdict != Replay {
		t.Errorf("%+v, %v", res, err)
	}
}

// Nor does it move another token's clock, which was seen at a login of its own.
func TestSyncIsOfOneToken(t *testing.T) {
	v := newVerifier(t)
	tablet := Token{Name: "tablet", Secret: "fedcba9876543210", PIN: "1234"}
	u := User{Name: "alice", Tokens: []Token{alice.Tokens[0], tablet}}
	expect(t, v, u, tablet.Code(at(10)), noon, Accepted)
	if res, err := v.Sync(ctx, u, code(0), noon); err != nil || res.Verdict != Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	expect(t, v, u, tablet.Code(at(1000-18)), at(1000), Accepted)
	expect(t, v, u, tablet.Code(at(1000+19)), at(1000), Wrong)
}

// FuzzEntries holds the codec to this: what is read of any bytes is written as it was read, and the
// own PINs of it never have a form that is not.
func FuzzEntries(f *testing.F) {
	token := alice.Tokens[0]
	r := record{failures: 2, lines: []*memory{newMemory(token)},
		pins:  []ownPIN{{keyOf(token), replacedBy(token), "2468", false}},
		paper: paperUse{set: 3, used: []PaperHash{{1}, {2}}},
		other: []entry{{200, "later"}}}
	r.lines[0].use(5)
	whole := r.bytes()
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(append(slices.Clone(whole), entryPIN, pinHead, 0))
	f.Add((&record{pins: []ownPIN{{1, 2, "", false}}}).bytes())
	f.Add(append(slices.Clone(whole), entryPaper, paperHead, 0, 1, 0, 0, 0, 0, 0, 0, 0))
	f.Add((&record{paper: paperUse{1, make([]PaperHash, MaxPaper+1)}}).bytes())
	f.Add((&record{pins: []ownPIN{{pin: sealedMark + strings.Repeat("x", 80)}}}).bytes())
	f.Add((&record{pins: []ownPIN{{1, 2, strings.Repeat("x", MaxPIN+1), false}}}).bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok := readRecord(b)
		if !ok {
			return
		}
		for _, p := range r.pins {
			if n := len(p.pin); n == 0 || n > MaxPIN && !p.sealed() || n > maxSealed {
				t.Errorf("a PIN of %d bytes", n)
			}
		}
		if n := len(r.paper.used); n > MaxPaper || n > 0 && r.paper.set == 0 {
			t.Errorf("%d used codes of set %d", n, r.paper.set)
		}
		again, ok := readRecord(r.bytes())
		if !ok || !reflect.DeepEqual(again, r) {
			t.Errorf("read %+v, then %+v, %v", r, again, ok)
		}
		forced, err := Verifier{}.inForce(&r, alice)
		if err == nil && forced.Validate() != nil {
			t.Error("a user with a PIN that cannot be")
		}
	})
}
