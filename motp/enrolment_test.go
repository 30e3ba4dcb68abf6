package motp

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

const letter = "ABCD-EFGH-IJKL-MN23"

// invited is a user with a token that is still to be set up, and further ones.
func invited(further ...Token) User {
	t := alice.Tokens[0]
	i, err := NewInvitation(t, letter, [InvitationSalt]byte{1}, noon.Add(time.Hour).Unix())
	if err != nil {
		panic(err)
	}
	t.Invitation = i
	return User{Name: "alice", Tokens: append([]Token{t}, further...)}
}

// An invitation is of no use with another secret: nobody who can write the table, and cannot open
// what is sealed there, makes one that is.
func TestInvitationOfAnotherToken(t *testing.T) {
	for name, change := range map[string]func(*Token){
		"secret": func(t *Token) { t.Secret = "0f1e2d3c4b5a6978" },
		"salt":   func(t *Token) { t.Invitation.Salt[0]++ },
	} {
		u := invited()
		if change(&u.Tokens[0]); u.IsInvitedBy(letter) {
			t.Errorf("another %s, and it is taken", name)
		}
	}
	if !invited().IsInvitedBy(letter) {
		t.Error("the invitation itself is not")
	}
}

// enrolling types the invitation at noon, which must be right.
func enrolling(t *testing.T, v Verifier, u User) *Enrolment {
	t.Helper()
	res, e, err := v.BeginEnrolment(ctx, u, letter, noon)
	if err != nil || res.Verdict != NotEnrolled || e == nil || res.Failures != 0 {
		t.Fatalf("%+v, %v, %v", res, e, err)
	}
	return e
}

// claim ends an enrolment.
func claimed(t *testing.T, v Verifier, u User, e *Enrolment, pin, typed string, now time.Time,
	want Verdict, fails error) {
	t.Helper()
	res, err := v.EndEnrolment(ctx, u, e, pin, typed, now)
	if !errors.Is(err, fails) || fails == nil && err != nil || res.Verdict != want {
		t.Errorf("%+v, %v; want %v, %v", res, err, want, fails)
	}
}

func stateOf(t *testing.T, v Verifier, u User, now time.Time) InvitationState {
	t.Helper()
	s, err := v.Status(ctx, u, now)
	if err != nil {
		t.Fatal(err)
	}
	return s.Tokens[0].Invitation
}

// Until the invitation is claimed no code of the token is good, for nothing; then the token is one
// like any other, with the user's PIN.
func TestEnrolment(t *testing.T) {
	v, u := newVerifier(t), invited()
	expect(t, v, u, code(-5), noon, NotEnrolled)
	if res, err := v.UseUp(ctx, u, code(-5), noon); err == nil && res.Verdict == Accepted {
		t.Error("a code of the token is good for UseUp")
	}
	if _, c, err := v.BeginPINChange(ctx, u, code(-4), noon); c != nil || err != nil {
		t.Errorf("a change of the PIN: %v, %v", c, err)
	}
	v = newVerifier(t)
	e := enrolling(t, v, u)
	if s := stateOf(t, v, u, noon); s != Invited {
		t.Errorf("a right invitation is %v", s)
	}
	claimed(t, v, u, e, "2468", code(0), noon, Wrong, nil)
	claimed(t, v, u, e, "2468", codeWith("2468", 0), noon, Accepted, nil)
	expect(t, v, u, codeWith("2468", 1), at(1), Accepted)
}

// What is no invitation, or one that is good no more, is a failure.
func TestInvitationsThatAreNone(t *testing.T) {
	late := noon.Add(2 * time.Hour)
	disabled := invited()
	disabled.Disabled = true
	lock := func(v Verifier, u User) {
		for i := range 8 {
			expect(t, v, u, fmt.Sprintf("00000%d", i), noon, NotEnrolled)
		}
	}
	for _, c := range []struct {
		name   string
		before func(v Verifier, u User)
		user   User
		typed  string
		now    time.Time
		want   Verdict
		counts int
		state  InvitationState
	}{
		{"another", nil, invited(), "ABCD-EFGH-IJKL-MN24", noon, NotEnrolled, 1, Invited},
		{"a code", nil, invited(), code(0), noon, NotEnrolled, 1, Invited},
		{"empty", nil, invited(), "", noon, Empty, 0, Invited},
		{"expired", nil, invited(), letter, late, NotEnrolled, 1, Burnt},
		{"of somebody without one", nil, alice, letter, noon, Malformed, 1, NotInvited},
		{"disabled", nil, disabled, letter, noon, Disabled, 0, Invited},
		{"locked", lock, invited(), letter, noon, Locked, 8, Invited},
		{"expired and disabled", nil, disabled, letter, late, Disabled, 0, Burnt},
		{"expired and locked", lock, invited(), letter, late, Locked, 8, Burnt},
		{"claimed", func(v Verifier, u User) {
			claimed(t, v, u, enrolling(t, v, u), "2468", codeWith("2468", 0), noon,
				Accepted, nil)
		}, invited(), letter, noon, Malformed, 1, Claimed},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			if c.before != nil {
				c.before(v, c.user)
			}
			res, e, err := v.BeginEnrolment(ctx, c.user, c.typed, c.now)
			if err != nil || e != nil || res.Verdict != c.want ||
				res.Failures != c.counts {
				t.Errorf("%+v, %v, %v", res, e, err)
			}
			if s := stateOf(t, v, c.user, noon); s != c.state {
				t.Errorf("the invitation is %v, want %v", s, c.state)
			}
		})
	}
}

// The invitation is claimed, the PIN set, and the code used, or nothing of it is.
func TestEnrolmentEnds(t *testing.T) {
	tablet := Token{Name: "tablet", Secret: "fedcba9876543210", PIN: "1234"}
	v, u := newVerifier(t), invited(tablet)
	e := enrolling(t, v, u)
	claimed(t, v, u, e, "2468", code(0), noon, Wrong, nil) // of the table's PIN
	claimed(t, v, u, e, "2468", tablet.Code(noon), noon, Wrong, nil)
	if s := stateOf(t, v, u, noon); s != Invited {
		t.Errorf("after a wrong code the invitation is %v", s)
	}
	expect(t, v, u, tablet.Code(at(1)), noon, Accepted)
	other := enrolling(t, v, u)
	claimed(t, v, u, e, "2468", codeWith("2468", 1), at(1), Accepted, nil)
	claimed(t, v, u, e, "1357", codeWith("1357", 2), at(2), Refused, ErrLapsed)
	claimed(t, v, u, other, "1357", codeWith("1357", 2), at(2), Refused, ErrLapsed)
	expect(t, v, u, codeWith("2468", 1), at(2), Replay)
	expect(t, v, u, codeWith("2468", 3), at(3), Accepted)
	expect(t, v, u, code(4), at(4), Wrong)
	expect(t, v, u, tablet.Code(at(5)), at(5), Accepted)
	if s := stateOf(t, v, u, noon); s != Claimed {
		t.Errorf("the invitation is %v", s)
	}
}

// An enrolment is good for its own user and token, for a time.
func TestEnrolmentLapses(t *testing.T) {
	renamed, renewed, anew, other := invited(), invited(), invited(), invited()
	renamed.Tokens[0].Name = "phone"
	renewed.Tokens[0].Secret = "fedcba9876543210"
	anew.Tokens[0].Invitation.Hash[0]++
	other.Name = "bob"
	for name, c := range map[string]struct {
		user User
		now  time.Time
		want error
	}{
		"in time":                {invited(), at(89), nil},
		"too late":               {invited(), at(91), ErrLapsed},
		"the clock is set back":  {invited(), at(-2), ErrLapsed},
		"another name":           {renamed, noon, ErrLapsed},
		"another secret":         {renewed, noon, ErrLapsed},
		"another invitation":     {anew, noon, ErrLapsed},
		"another user":           {other, noon, ErrLapsed},
		"no invitation any more": {alice, noon, ErrLapsed},
	} {
		v := newVerifier(t)
		e := enrolling(t, v, invited())
		verdict := Accepted
		if c.want != nil {
			verdict = Refused
		}
		if err := v.ShowEnrolment(ctx, c.user, e, "", c.now); !errors.Is(err, c.want) {
			t.Errorf("ShowEnrolment: %v", err)
		}
		typed := c.user.Tokens[0]
		typed.PIN = "2468"
		claimed(t, v, c.user, e, "2468", typed.Code(c.now), c.now, verdict, c.want)
		if t.Failed() {
			t.Fatalf("at %q", name)
		}
	}
}

// A record that may have forgotten a claim takes the invitation for used.
func TestInvitationsAreNotRevived(t *testing.T) {
	v, u := newVerifier(t), invited()
	enrolling(t, v, u)
	if err := v.Restored(ctx, u, noon, 0); err != nil {
		t.Fatal(err)
	}
	if s := stateOf(t, v, u, noon); s != Burnt {
		t.Errorf("after Restored: %v", s)
	}
	v = newVerifier(t)
	claimed(t, v, u, enrolling(t, v, u), "2468", codeWith("2468", 0), noon, Accepted, nil)
	if err := v.Restored(ctx, u, noon, 0); err != nil {
		t.Fatal(err)
	}
	if s := stateOf(t, v, u, noon); s != Claimed {
		t.Errorf("a claimed one, after Restored: %v", s)
	}
}

// A program that answers every question alike is counted, and so is a wrong first code; what is not
// typed is not. The invitation stays good.
func TestEnrolmentFails(t *testing.T) {
	for typed, failures := range map[string]int{letter: 1, "no": 1, "": 0, "  ": 0} {
		v, u := newVerifier(t), invited()
		e := enrolling(t, v, u)
		res, err := v.FailEnrolment(ctx, u, typed, noon)
		if err != nil || res.Verdict == Accepted || res.Failures != failures {
			t.Errorf("for yes, %q: %+v, %v", typed, res, err)
		}
		if s := stateOf(t, v, u, noon); s != Invited {
			t.Errorf("after %q: %v", typed, s)
		}
		v = newVerifier(t)
		res, err = v.EndEnrolment(ctx, u, e, "2468", typed, noon)
		if err != nil || res.Verdict == Accepted || res.Failures != failures {
			t.Errorf("as the first code, %q: %+v, %v", typed, res, err)
		}
	}
}

// An invitation is typed in any way that a person may.
func TestInvitationsAsTyped(t *testing.T) {
	v, u := newVerifier(t), invited()
	for _, typed := range []string{"abcdefghijklmn23", " ABCD EFGH IJKL MN23 ",
		"abcd-efgh-1jkl-mn23", "ＡBCD–EFGH–IJKL–MN23"} {
		if _, e, err := v.BeginEnrolment(context.Background(), u, typed, noon); e == nil {
			t.Errorf("%q: %v", typed, err)
		}
	}
	for _, typed := range []string{"abcdefghijklmn2", "abcdefghijklmn234", "abcdefghijklmn28",
		"", "------------------"} {
		if IsInvitation(typed) {
			t.Errorf("%q has the form of an invitation", typed)
		}
	}
	if got := InvitationText([InvitationEntropy]byte{}); got != "AAAA-AAAA-AAAA-AAAA" {
		t.Errorf("%q", got)
	}
}

// An Enrolment may be written down meanwhile.
func TestEnrolmentWritten(t *testing.T) {
	v, u := newVerifier(t), invited()
	b, err := enrolling(t, v, u).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	for n := range b {
		if err := new(Enrolment).UnmarshalBinary(b[:n]); !errors.Is(err, ErrInvalid) {
			t.Errorf("%d bytes of %d: %v", n, len(b), err)
		}
	}
	var read Enrolment
	if err := read.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	claimed(t, v, u, &read, "2468", codeWith("2468", 0), noon, Accepted, nil)
}
