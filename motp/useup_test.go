package motp

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A code that is used up is refused by the next login, and was no login itself.
func TestUseUp(t *testing.T) {
	v := newVerifier(t)
	u := User{Name: "alice", Tokens: []Token{{Secret: "0123456789abcdef", PIN: "6666"}}}
	now := time.Unix(1296121200, 0)
	ctx := context.Background()
	if err := v.Prepare(ctx, u.Name); err != nil {
		t.Fatal(err)
	}
	lastLogin := func() time.Time {
		t.Helper()
		s, err := v.Status(ctx, u, now)
		if err != nil {
			t.Fatal(err)
		}
		return s.LastLogin
	}
	try := func(want Verdict, how func(context.Context, User, string,
		time.Time) (Result, error)) {
		t.Helper()
		result, err := how(ctx, u, u.Tokens[0].Code(now), now)
		if err != nil || result.Verdict != want {
			t.Fatalf("%v, %v, want %v", result.Verdict, err, want)
		}
	}

	try(Accepted, v.UseUp)
	if at := lastLogin(); !at.IsZero() {
		t.Errorf("the last login was at %v", at)
	}
	try(Replay, v.Verify)
	try(Replay, v.UseUp)
	now = now.Add(time.Minute)
	try(Accepted, v.Verify)
	login := now
	now = now.Add(time.Minute)
	try(Accepted, v.UseUp)
	if at := lastLogin(); !at.Equal(login) {
		t.Errorf("the last login was at %v, want %v", at, login)
	}
}

// What a record held cannot be said to be used if nobody knows the secrets: it stays as it is.
func TestRestoredWithoutTokens(t *testing.T) {
	damaged := Current{Record: []byte("x")}
	store := &shelf{records: map[string]Current{"alice": damaged}}
	v := Verifier{Store: store, Policy: DefaultPolicy}
	now := time.Unix(1296121200, 0)
	if err := v.Restored(ctx, User{Name: "alice"}, now, 0); !errors.Is(err, ErrCorrupt) {
		t.Errorf("%v, want %v", err, ErrCorrupt)
	}
	if got := store.records["alice"]; string(got.Record) != "x" {
		t.Errorf("the record is %q now", got.Record)
	}
}
