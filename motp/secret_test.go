package motp

import (
	"fmt"
	"testing"
	"time"
)

// A code that one secret made at one step or counter is good once, whatever the table says of the
// token that made it: each case edits the table between the first use and the second.
func TestMemoryBelongsToTheSecret(t *testing.T) {
	const secret, key = "0123456789abcdef", "12345678901234567890"
	mobile := Token{Secret: secret, PIN: "6666"}
	totp := Token{Type: TOTP, Secret: key}
	hotp := Token{Type: HOTP, Secret: key, Counter: 5}
	with := func(t Token, edit func(t *Token)) Token {
		edit(&t)
		return t
	}
	other := Token{Name: "other", Secret: "fedcba9876543210", PIN: "1234"}
	for _, c := range []struct {
		name          string
		before, after []Token
		first         string // typed at noon
		steps         int64  // of ten seconds until the second time
		second        string // what is typed then; "" is the same
	}{
		{"a second token with another offset", []Token{mobile, with(mobile, func(t *Token) {
			t.Name, t.Offset = "travel", -7*time.Minute
		})}, nil, mobile.Code(noon), 42, ""},
		{"the same, first through the other one",
			[]Token{mobile, with(mobile, func(t *Token) {
				t.Name, t.Offset = "travel", 7*time.Minute
			})}, nil, mobile.Code(at(42)), 42, ""},
		{"another name", []Token{with(mobile, func(t *Token) { t.Name = "phone" })},
			[]Token{with(mobile, func(t *Token) {
				t.Name = "tablet"
			})}, mobile.Code(noon), 0, ""},
		{"becomes the first", []Token{other, with(mobile, func(t *Token) {
			t.Name = "tablet"
		})},
			[]Token{mobile}, mobile.Code(noon), 0, ""},
		{"is no more the first", []Token{mobile},
			[]Token{other, with(mobile, func(t *Token) {
				t.Name = "x"
			})}, mobile.Code(noon), 0, ""},
		{"another offset", []Token{mobile},
			[]Token{with(mobile, func(t *Token) {
				t.Offset = time.Minute
			})}, mobile.Code(noon), 0, ""},
		{"another PIN, the same step", []Token{mobile},
			[]Token{with(mobile, func(t *Token) {
				t.PIN = "7777"
			})}, mobile.Code(noon), 0,
			with(mobile, func(t *Token) { t.PIN = "7777" }).Code(noon)},
		{"a TOTP token with another offset and T0", []Token{totp},
			[]Token{with(totp, func(t *Token) {
				t.T0, t.Offset = 600, 10*time.Minute
			})},
			totp.Code(noon), 0, ""},
		{"more digits of the same number", []Token{totp},
			[]Token{with(totp, func(t *Token) { t.Digits = 8 })}, totp.Code(noon), 0,
			with(totp, func(t *Token) { t.Digits = 8 }).Code(noon)},
		{"zeros behind the key", []Token{totp},
			[]Token{with(totp, func(t *Token) {
				t.Secret += "\x00\x00"
			})}, totp.Code(noon), 0, ""},
		{"HOTP becomes TOTP that is at that number", []Token{hotp},
			[]Token{with(totp, func(t *Token) {
				t.T0 = noon.Unix() - 5*30
			})}, hotp.CodeAt(5), 0, ""},
		{"TOTP becomes HOTP that is at that number",
			[]Token{with(totp, func(t *Token) { t.T0 = noon.Unix() - 5*30 })},
			[]Token{hotp}, hotp.CodeAt(5), 0, ""},
		{"another period that is at that number", []Token{totp},
			[]Token{with(totp, func(t *Token) {
				t.Period, t.T0 = 20*time.Second, noon.Unix()-totp.Step(noon)*20
			})},
			totp.Code(noon), 0, ""},
		{"HOTP with a smaller counter", []Token{hotp},
			[]Token{with(hotp, func(t *Token) {
				t.Counter = 0
			})}, hotp.CodeAt(5), 0, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			if c.after == nil {
				c.after = c.before
			}
			if c.second == "" {
				c.second = c.first
			}
			u := User{Name: "alice", Tokens: c.before}
			if res, err := v.Verify(ctx, u, c.first, noon); err != nil ||
				res.Verdict != Accepted {
				t.Fatalf("the first time: %+v, %v", res, err)
			}
			u.Tokens = c.after
			res, err := v.Verify(ctx, u, c.second, at(c.steps))
			if err != nil || res.Verdict != Replay {
				t.Errorf("the second time: %+v, %v; want replay", res, err)
			}
		})
	}
}

// With a resynchronisation the pair of codes is good once, not once for each token of the secret.
func TestResyncIsOncePerSecret(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync = 24 * time.Hour
	first := alice.Tokens[0]
	travel := first
	travel.Name, travel.Offset = "travel", -7*time.Minute
	for i, u := range []User{
		{Name: "alice", Tokens: []Token{first}},
		{Name: "alice", Tokens: []Token{travel}},
		{Name: "alice", Tokens: []Token{first, travel}},
	} {
		res, err := v.Verify(ctx, u, code(500), noon)
		if err != nil {
			t.Fatal(err)
		}
		if res.Pending != nil {
			if res, err = v.VerifyNext(ctx, u, res.Pending, code(501),
				noon); err != nil {
				t.Fatal(err)
			}
		}
		if accepted := res.Verdict == Accepted; accepted != (i == 0) {
			t.Errorf("table %d: %+v", i, res)
		}
	}
}

// The line of a secret that is in the table outlives any number of others.
func TestSecretOfTheTableIsNeverEvicted(t *testing.T) {
	v := newVerifier(t)
	keep := alice.Tokens[0]
	if got := mustVerify(t, v, code(0), 0); got != Accepted {
		t.Fatal(got)
	}
	for i := range 60 {
		extra := Token{Name: "extra", Secret: fmt.Sprintf("%016x", i), PIN: "1234"}
		u := User{Name: "alice", Tokens: []Token{extra, keep}}
		res, err := v.Verify(ctx, u, extra.Code(noon), noon)
		if err != nil || res.Verdict != Accepted {
			t.Fatalf("secret %d: %+v, %v", i, res, err)
		}
		if got, err := v.Verify(ctx, u, code(0), noon); err != nil ||
			got.Verdict != Replay {
			t.Fatalf("after %d secrets: %+v, %v; want replay", i+1, got, err)
		}
		again := User{Name: "alice", Tokens: []Token{keep, extra}}
		if got, err := v.Verify(ctx, again, extra.Code(noon), noon); err != nil ||
			got.Verdict != Replay {
			t.Fatalf("secret %d again: %+v, %v; want replay", i, got, err)
		}
	}
	if names, _ := v.Store.Names(ctx); len(names) != 1 {
		t.Errorf("the store holds %q", names)
	}
}

// Whatever took codes for used, damage, a backup or version 1, a token that is given another period
// or kind is not shut out for the decades that lie between the numbers of the two.
func TestAnotherPeriodAfterARecovery(t *testing.T) {
	totp := Token{Type: TOTP, Secret: "12345678901234567890"}
	minute, button := totp, totp
	minute.Period = time.Minute
	button.Type = HOTP
	number := totp.Step(noon)
	for _, c := range []struct {
		name    string
		recover func(t *testing.T) Verifier
	}{
		{"restored", func(t *testing.T) Verifier {
			v := newVerifier(t)
			u := User{Name: "alice", Tokens: []Token{totp}}
			for _, err := range []error{v.Unlock(ctx, u, noon),
				v.Restored(ctx, u, noon, 0)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			return v
		}},
		{"of version 1", func(t *testing.T) Verifier {
			return verifierOf(t, "alice",
				v1Record(0, v1Used(totp, "", number-1)), false)
		}},
		{"in doubt", func(t *testing.T) Verifier {
			return verifierOf(t, "alice", v1Record(0, v1Used(totp, "", number-1)), true)
		}},
	} {
		for _, after := range []Token{minute, button} {
			v := c.recover(t)
			before := User{Name: "alice", Tokens: []Token{totp}}
			res, err := v.Verify(ctx, before, totp.CodeAt(number-1), noon)
			if err != nil || res.Verdict == Accepted {
				t.Fatalf("%s: the used code: %+v, %v", c.name, res, err)
			}
			u := User{Name: "alice", Tokens: []Token{after}}
			typed := after.Code(noon)
			if res, err := v.Verify(ctx, u, typed, noon); err != nil ||
				res.Verdict != Accepted {
				t.Errorf("%s, then %v every %v: %+v, %v; want ok", c.name, after,
					after.Period, res, err)
			}
		}
	}
}
