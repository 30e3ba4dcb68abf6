package motp

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// Whatever is no token, no user or no policy is refused where it enters, and leaves no record.
func TestInvalidIsRefused(t *testing.T) {
	token := func(edit func(t *Token)) User {
		t := Token{Type: TOTP, Secret: "12345678901234567890"}
		edit(&t)
		return User{Name: "alice", Tokens: []Token{t}}
	}
	policy := func(edit func(p *Policy)) Policy {
		p := DefaultPolicy
		edit(&p)
		return p
	}
	for _, c := range []struct {
		name   string
		user   User
		policy Policy
	}{
		{"zero user", User{}, DefaultPolicy},
		{"zero token", User{Name: "alice", Tokens: []Token{{}}}, DefaultPolicy},
		{"no secret, a PIN", User{Name: "alice", Tokens: []Token{{PIN: "1234"}}},
			DefaultPolicy},
		{"no PIN", User{Name: "alice", Tokens: []Token{{Secret: "0123456789abcdef"}}},
			DefaultPolicy},
		{"TOTP without a secret", token(func(t *Token) { t.Secret = "" }), DefaultPolicy},
		{"a long secret", token(func(t *Token) {
			t.Secret = strings.Repeat("x", 257)
		}), DefaultPolicy},
		{"a long PIN", token(func(t *Token) {
			t.PIN = strings.Repeat("1", 65)
		}), DefaultPolicy},
		{"an unknown type", token(func(t *Token) { t.Type = 3 }), DefaultPolicy},
		{"a negative type", token(func(t *Token) { t.Type = -1 }), DefaultPolicy},
		{"an unknown algorithm", token(func(t *Token) { t.Algorithm = 3 }), DefaultPolicy},
		{"5 digits", token(func(t *Token) { t.Digits = 5 }), DefaultPolicy},
		{"9 digits", token(func(t *Token) { t.Digits = 9 }), DefaultPolicy},
		{"-1 digits", token(func(t *Token) { t.Digits = -1 }), DefaultPolicy},
		{"a period of 500 ms", token(func(t *Token) {
			t.Period = 500 * time.Millisecond
		}), DefaultPolicy},
		{"a period of 1.5 s", token(func(t *Token) {
			t.Period = 1500 * time.Millisecond
		}), DefaultPolicy},
		{"a negative period", token(func(t *Token) {
			t.Period = -30 * time.Second
		}), DefaultPolicy},
		{"a period of a day", token(func(t *Token) {
			t.Period = 24 * time.Hour
		}), DefaultPolicy},
		{"an offset of 20 years", token(func(t *Token) {
			t.Offset = 2 * MaxOffset
		}), DefaultPolicy},
		{"an offset of half a second", token(func(t *Token) {
			t.Offset = time.Second / 2
		}), DefaultPolicy},
		{"a negative T0", token(func(t *Token) { t.T0 = -1 }), DefaultPolicy},
		{"a negative counter", token(func(t *Token) {
			t.Type, t.Counter = HOTP, -1
		}), DefaultPolicy},
		{"a counter that would overflow", token(func(t *Token) {
			t.Type, t.Counter = HOTP, 1<<62+1
		}), DefaultPolicy},
		{"zero policy", alice, Policy{}},
		{"a window of 48 hours", alice, policy(func(p *Policy) {
			p.Window = 48 * time.Hour
		})},
		{"a negative window", alice, policy(func(p *Policy) { p.Window = -1 })},
		{"a look-ahead of 10^9", alice, policy(func(p *Policy) { p.LookAhead = 1e9 })},
		{"a drift of a year", alice, policy(func(p *Policy) {
			p.MaxDrift = 365 * 24 * time.Hour
		})},
		{"a resync of a year", alice, policy(func(p *Policy) {
			p.Resync = 365 * 24 * time.Hour
		})},
		{"no limit of failures", alice, policy(func(p *Policy) { p.MaxFailures = 0 })},
		{"a negative lock", alice, policy(func(p *Policy) { p.UnlockAfter = -1 })},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			v.Policy = c.policy
			typed := ""
			for _, t := range c.user.Tokens {
				typed = t.Code(noon) + t.Answer(0) // none of which panics
			}
			res, err := v.Verify(ctx, c.user, typed, noon)
			if !errors.Is(err, ErrInvalid) || res != (Result{}) {
				t.Errorf("%+v, %v; want no verdict, ErrInvalid", res, err)
			}
			far := &Pending{user: c.user.Name, at: noon,
				matches: []farMatch{{number: 1}}}
			if res, err := v.VerifyNext(ctx, c.user, far, typed, noon); !errors.Is(err,
				ErrInvalid) ||
				res != (Result{}) {
				t.Errorf("the next code: %+v, %v; want no verdict, ErrInvalid", res,
					err)
			}
			for _, err := range []error{v.Unlock(ctx, c.user, noon),
				v.Restored(ctx, c.user, noon, 0)} {
				if !errors.Is(err, ErrInvalid) {
					t.Errorf("error %v, want ErrInvalid", err)
				}
			}
			if names, _ := v.Store.Names(ctx); len(names) != 0 {
				t.Errorf("the store holds %q", names)
			}
		})
	}
}

// A pending code is one user's, one token's, and two minutes old at most.
func TestPendingIsBound(t *testing.T) {
	bob := User{Name: "bob", Tokens: alice.Tokens}
	renamed := User{Name: "alice", Tokens: []Token{alice.Tokens[0]}}
	renamed.Tokens[0].Name = "tablet"
	replaced := User{Name: "alice", Tokens: []Token{{Secret: "fedcba9876543210", PIN: "6666"}}}
	for _, c := range []struct {
		name  string
		user  User
		typed string
		after time.Duration
		want  Verdict
	}{
		{"at once", alice, code(361), 0, Accepted},
		{"in time", alice, code(366), 2 * time.Minute, Accepted},
		{"too late", alice, code(366), 2*time.Minute + time.Second, Wrong},
		{"another user with the secret", bob, code(361), 0, Wrong},
		{"another token with the secret", renamed, code(361), 0, Wrong},
		{"another secret", replaced, replaced.Tokens[0].Code(at(361)), 0, Wrong},
		{"the clock was set back", alice, code(361), -time.Minute, Wrong},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			v.Policy.Resync = 24 * time.Hour
			first, err := v.Verify(ctx, alice, code(360), noon)
			if err != nil || first.Pending == nil {
				t.Fatalf("%+v, %v", first, err)
			}
			res, err := v.VerifyNext(ctx, c.user, first.Pending, c.typed,
				noon.Add(c.after))
			if err != nil || res.Verdict != c.want {
				t.Errorf("%+v, %v; want %v", res, err, c.want)
			}
		})
	}
	v := newVerifier(t)
	if res, err := v.VerifyNext(ctx, alice, nil, code(0), noon); !errors.Is(err, ErrInvalid) ||
		res != (Result{}) {
		t.Errorf("none is pending: %+v, %v", res, err)
	}
	if res, err := v.VerifyNext(ctx, alice, &Pending{}, code(0), noon); err != nil ||
		res.Verdict != Wrong {
		t.Errorf("an empty one: %+v, %v; want wrong", res, err)
	}
}

// Neither a token nor what holds one shows a secret or a PIN when it is printed.
func TestSecretsDoNotPrint(t *testing.T) {
	u := User{Name: "alice", Tokens: []Token{{Name: "phone", Secret: "S3CRET", PIN: "P1N"}}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X"} {
		for _, value := range []any{u, &u, u.Tokens, u.Tokens[0], &u.Tokens[0],
			map[string]User{"": u}} {
			got := fmt.Sprintf(verb, value)
			for _, secret := range []string{"S3CRET", "P1N", "533343524554",
				"50314e", "50314E"} {
				if strings.Contains(got, secret) {
					t.Errorf("%s of %T prints %s", verb, value, got)
				}
			}
		}
	}
}

// Nor does it show them where values are logged as JSON.
func TestSecretsAreNoJSON(t *testing.T) {
	u := User{Name: "alice", Tokens: []Token{{Name: "phone", Secret: "S3CRET", PIN: "P1N"}}}
	if b, err := json.Marshal(u); err == nil ||
		strings.Contains(string(b)+err.Error(), "S3CRET") {
		t.Errorf("%s, %v", b, err)
	}
	var out strings.Builder
	slog.New(slog.NewJSONHandler(&out, nil)).Info("login", "user", u, "token", &u.Tokens[0])
	for _, secret := range []string{"S3CRET", "P1N"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("logged: %s", &out)
		}
	}
}

// A lock that no login ends lasts twice as long as the one before, up to a day, and longer only if
// that is what was asked for.
func TestLocksDouble(t *testing.T) {
	for _, c := range []struct {
		after time.Duration
		want  []time.Duration
	}{
		{15 * time.Minute, []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour,
			2 * time.Hour,
			4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour,
			24 * time.Hour}},
		{48 * time.Hour, []time.Duration{48 * time.Hour, 48 * time.Hour}},
		{1<<63 - 1, []time.Duration{1<<63 - 1}},
	} {
		p := Policy{Window: 3 * time.Minute, MaxFailures: 2, UnlockAfter: c.after}
		r, now := new(record), noon
		for n, lasts := range c.want {
			for i := range 2 {
				if v, _ := r.judge(alice, read(fmt.Sprintf("%06x", 2*n+i)), now,
					p); v != Wrong {
					t.Fatalf("lock %d, guess %d: %v", n, i, v)
				}
			}
			if lasts > 365*24*time.Hour {
				break
			}
			now = now.Add(lasts - time.Second)
			if v, _ := r.judge(alice, read("ffffff"), now, p); v != Locked {
				t.Errorf("lock %d ended before %v: %v", n, lasts, v)
			}
			now = now.Add(time.Second)
		}
		login := *r
		typed := read(alice.Tokens[0].Code(now))
		if v, _ := login.judge(alice, typed, now, p); len(c.want) > 1 &&
			(v != Accepted || login.locks != 0) {
			t.Errorf("a right code after the last lock: %v, and %d locks are held "+
				"against her", v, login.locks)
		}
		if r.unlock(now); r.locks != 0 {
			t.Errorf("after an unlock %d locks are held against her", r.locks)
		}
	}
}

// A wrong answer that is repeated is not judged anew, though it may have become right by then.
func TestRepeatedAnswerIsNotJudgedAnew(t *testing.T) {
	r := new(record)
	if v := judgeOnce(t, r, code(20), noon); v != Wrong {
		t.Fatal(v)
	}
	for n, want := range map[int64]Verdict{5: Repeated, 6: Accepted} {
		again := *r
		again.lines = []*memory{newMemory(alice.Tokens[0])}
		if v := judgeOnce(t, &again, code(20), at(n)); v != want {
			t.Errorf("%d seconds later: %v, want %v", n*10, v, want)
		}
	}
}
