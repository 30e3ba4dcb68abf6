package motp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// begun is a change of alice's PIN that was proven at noon.
func begun(t *testing.T, v Verifier, u User) *PINChange {
	t.Helper()
	res, change, err := v.BeginPINChange(ctx, u, code(0), noon)
	if err != nil || res.Verdict != Accepted || change == nil {
		t.Fatalf("%+v, %v, %v", res, change, err)
	}
	return change
}

// The code is used as soon as it is judged; until the new PIN comes the old one is in force.
func TestPINChange(t *testing.T) {
	v := newVerifier(t)
	change := begun(t, v, alice)
	expect(t, v, alice, code(0), noon, Replay)
	expect(t, v, alice, code(1), at(1), Accepted)
	if err := v.EndPINChange(ctx, alice, change, "2468", at(2)); err != nil {
		t.Fatal(err)
	}
	expect(t, v, alice, code(3), at(3), Wrong)
	expect(t, v, alice, codeWith("2468", 3), at(3), Accepted)
}

// What is typed before the new PIN counts as at a login, and nothing but a right code of a token
// that has a PIN begins a change.
func TestPINChangeNeedsACode(t *testing.T) {
	disabled := alice
	disabled.Disabled = true
	app := User{Name: "alice", Tokens: []Token{alice.Tokens[0],
		{Name: "app", Type: TOTP, Secret: "12345678901234567890"}}}
	for _, c := range []struct {
		name   string
		before int // so many wrong codes
		user   User
		typed  string
		want   Verdict
		counts int
	}{
		{"wrong", 0, alice, "000000", Wrong, 1},
		{"malformed", 0, alice, "2468", Malformed, 1},
		{"empty", 0, alice, "", Empty, 0},
		{"from far off", 0, alice, code(100), Wrong, 1},
		{"locked", 8, alice, code(0), Locked, 8},
		{"disabled", 0, disabled, code(0), Disabled, 0},
		{"of a token without a PIN", 0, app, app.Tokens[1].Code(noon), Accepted, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			v.Policy.Resync = time.Hour
			for i := range c.before {
				expect(t, v, alice, fmt.Sprintf("00000%d", i), noon, Wrong)
			}
			res, change, err := v.BeginPINChange(ctx, c.user, c.typed, noon)
			if err != nil || res.Verdict != c.want || res.Failures != c.counts ||
				res.Pending != nil || change != nil {
				t.Errorf("%+v, %v, %v", res, change, err)
			}
		})
	}
}

// A change lapses by itself, and by whatever else happens to the user or the token meanwhile.
func TestPINChangeLapses(t *testing.T) {
	two := alice
	two.Tokens = append(two.Tokens[:1:1],
		Token{Name: "tablet", Secret: "fedcba9876543210", PIN: "1234"})
	renamed, renewed, disabled, other := withPIN("6666"), withPIN("6666"), alice, alice
	renamed.Tokens[0].Name = "phone"
	renewed.Tokens[0].Secret = "fedcba9876543210"
	disabled.Disabled = true
	other.Name = "bob"
	for _, c := range []struct {
		name    string
		between func(v Verifier)
		user    User
		now     time.Time
		want    error
	}{
		{"nothing else happens", nil, alice, at(30), nil},
		{"a token more", nil, two, at(1), nil},
		{"another's code", func(v Verifier) {
			expect(t, v, alice, "000000", at(1), Wrong)
		}, alice, at(2), nil},
		{"five minutes", nil, alice, at(31), ErrLapsed},
		{"the clock is set back", nil, alice, at(-2), ErrLapsed},
		{"another PIN in the table", nil, withPIN("1357"), at(1), ErrLapsed},
		{"another secret", nil, renewed, at(1), ErrLapsed},
		{"another name of the token", nil, renamed, at(1), ErrLapsed},
		{"another user", nil, other, at(1), ErrLapsed},
		{"no token any more", nil, User{Name: "alice"}, at(1), ErrLapsed},
		{"disabled", nil, disabled, at(1), ErrLapsed},
		{"locked", func(v Verifier) {
			for i := range 8 {
				expect(t, v, alice, fmt.Sprintf("00000%d", i), at(1), Wrong)
			}
		}, alice, at(1), ErrLapsed},
		{"changed by somebody else", func(v Verifier) {
			mustChange(t, v, alice, code(1), "1357", at(1))
		}, alice, at(2), ErrLapsed},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			change := begun(t, v, alice)
			if c.between != nil {
				c.between(v)
			}
			before, err := v.InForce(ctx, c.user)
			if err != nil {
				t.Fatal(err)
			}
			err = v.EndPINChange(ctx, c.user, change, "2468", c.now)
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Errorf("%v, want %v", err, c.want)
			}
			after, err := v.InForce(ctx, c.user)
			if err != nil {
				t.Fatal(err)
			}
			for i := range after {
				want := before[i].PIN
				if c.want == nil && i == 0 {
					want = "2468"
				}
				if after[i].PIN != want {
					t.Errorf("token %d has the PIN %q, want %q", i,
						after[i].PIN, want)
				}
			}
		})
	}
}

// A PIN that an administrator took back is not the one that the code was made with.
func TestPINChangeAfterForgetting(t *testing.T) {
	v := newVerifier(t)
	mustChange(t, v, alice, code(-1), "1357", noon)
	res, change, err := v.BeginPINChange(ctx, alice, codeWith("1357", 0), noon)
	if err != nil || res.Verdict != Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	if err := v.ForgetPIN(ctx, alice, "", at(1)); err != nil {
		t.Fatal(err)
	}
	if err := v.EndPINChange(ctx, alice, change, "2468", at(2)); !errors.Is(err, ErrLapsed) {
		t.Errorf("%v", err)
	}
	expect(t, v, alice, code(3), at(3), Accepted)
}

// No change, and a PIN that cannot be, change nothing.
func TestPINChangeCannotBe(t *testing.T) {
	v := newVerifier(t)
	if err := v.EndPINChange(ctx, alice, nil, "2468", noon); !errors.Is(err, ErrLapsed) {
		t.Errorf("no change: %v", err)
	}
	change := begun(t, v, alice)
	for _, pin := range []string{"", "sealed:x", strings.Repeat("1", MaxPIN+1)} {
		err := v.EndPINChange(ctx, alice, change, pin, at(1))
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", pin, err)
		}
	}
	expect(t, v, alice, code(1), at(1), Accepted)
}

// A change may be written down meanwhile, and nothing else is taken for one.
func TestPINChangeWritten(t *testing.T) {
	v := newVerifier(t)
	change := begun(t, v, alice)
	b, err := change.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		if err := new(PINChange).UnmarshalBinary(b[:n]); !errors.Is(err, ErrInvalid) {
			t.Errorf("%d bytes of %d: %v", n, len(b), err)
		}
	}
	if err := new(PINChange).UnmarshalBinary(append(b, 0)); !errors.Is(err, ErrInvalid) {
		t.Errorf("a byte more: %v", err)
	}
	var read PINChange
	if err := read.UnmarshalBinary(b); err != nil || read.Token() != change.Token() {
		t.Fatalf("%+v, %v", read, err)
	}
	if err := v.EndPINChange(context.Background(), alice, &read, "2468", at(1)); err != nil {
		t.Error(err)
	}
}
