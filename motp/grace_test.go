package motp

import (
	"context"
	"testing"
	"time"
)

// A oneRecord is a store with the record of one user.
type oneRecord struct {
	Store
	Current
}

func (s *oneRecord) Update(_ context.Context, _ string, change Change) error {
	next, err := change(s.Current)
	if err == nil {
		s.Current.Record = next.Record
	}
	return err
}

func (s *oneRecord) View(context.Context, string) (Current, error) { return s.Current, nil }

func newOneRecord() *oneRecord { return &oneRecord{Current: Current{Room: 4096}} }

// Grace begins with a right code, and ends with whatever makes it doubtful.
func TestGrace(t *testing.T) {
	const here, within = "192.0.2.7\x00sshd", 8 * time.Hour
	hour := func(n float64) time.Time {
		return noon.Add(time.Duration(n * float64(time.Hour)))
	}
	code := func(now time.Time) string { return alice.Tokens[0].Code(now) }
	edited := func(edit func(*User)) User {
		u := alice
		u.Tokens = append([]Token(nil), u.Tokens...)
		edit(&u)
		return u
	}
	for _, c := range []struct {
		name   string
		before func(Verifier, *oneRecord) // after the right code at noon
		user   User
		origin string
		within time.Duration
		now    time.Time
		want   Standing
	}{
		{name: "a moment later", now: noon, want: Standing{Grace: true}},
		{name: "just within", now: hour(8).Add(-time.Second), want: Standing{Grace: true}},
		{name: "just over", now: hour(8)},
		{name: "no grace on the line", within: -1, now: hour(1)},
		{name: "a shorter one", within: time.Hour, now: hour(2)},
		{name: "another address", origin: "192.0.2.8\x00sshd", now: hour(1)},
		{name: "another service", origin: "192.0.2.7\x00sudo", now: hour(1)},
		{name: "no origin", origin: "none", now: hour(1)},
		{name: "the clock set back", now: noon.Add(-time.Second)},
		{name: "the clock set far back", now: hour(-1), want: Standing{Refusal: Clock}},
		{name: "another PIN in the table", now: hour(1),
			user: edited(func(u *User) { u.Tokens[0].PIN = "6667" })},
		{name: "another secret", now: hour(1),
			user: edited(func(u *User) { u.Tokens[0].Secret = "fedcba9876543210" })},
		{name: "a second token", now: hour(1), user: edited(func(u *User) {
			u.Tokens = append(u.Tokens, Token{Name: "b", Type: TOTP, Secret: rfcKey})
		})},
		{name: "disabled", now: hour(1), want: Standing{Refusal: Disabled},
			user: edited(func(u *User) { u.Disabled = true })},
		{name: "a wrong code elsewhere", now: hour(1), before: func(v Verifier,
			_ *oneRecord) {
			_, _ = v.Verify(context.Background(), alice, "000000", hour(0.5))
		}},
		{name: "the used code again", now: hour(1), want: Standing{Grace: true},
			before: func(v Verifier, _ *oneRecord) {
				_, _ = v.Verify(context.Background(), alice, code(noon), hour(0.01))
			}},
		{name: "another right code elsewhere", now: hour(1), want: Standing{Grace: true},
			before: func(v Verifier, _ *oneRecord) {
				_, _ = v.Verify(context.Background(), alice, code(hour(0.5)),
					hour(0.5))
			}},
		{name: "ended", now: hour(1), before: func(v Verifier, _ *oneRecord) {
			_ = v.EndGrace(context.Background(), alice, hour(0.5))
		}},
		{name: "restored", now: hour(1), before: func(v Verifier, _ *oneRecord) {
			_ = v.Restored(context.Background(), alice, hour(0.5), 0)
		}},
		{name: "in doubt", now: hour(1), before: func(_ Verifier, s *oneRecord) {
			s.Doubt = true
		}},
		{name: "locked", now: hour(1), want: Standing{Refusal: Locked},
			before: func(v Verifier, _ *oneRecord) {
				for i := range 8 {
					_, _ = v.Verify(context.Background(), alice,
						string(rune('0'+i))+"00000", hour(0.5))
				}
			}},
		{name: "eight other places later", now: hour(1), before: func(v Verifier,
			_ *oneRecord) {
			for i := range 8 {
				at := hour(0.1 * float64(i+1))
				_, _ = v.Judge(context.Background(), alice, Attempt{
					Typed: code(at), Origin: string(rune('a' + i))}, at)
			}
		}},
		{name: "seven other places later, and here again", now: hour(1),
			want: Standing{Grace: true}, before: func(v Verifier, _ *oneRecord) {
				for i := range 8 {
					at, origin := hour(0.1*float64(i+1)), string(rune('a'+i))
					if i == 3 {
						origin = here
					}
					_, _ = v.Judge(context.Background(), alice, Attempt{
						Typed: code(at), Origin: origin}, at)
				}
			}},
	} {
		store := newOneRecord()
		v := Verifier{Store: store, Policy: DefaultPolicy}
		res, err := v.Judge(t.Context(), alice, Attempt{Typed: code(noon), Origin: here},
			noon)
		if err != nil || res.Verdict != Accepted {
			t.Fatal(res, err)
		}
		if c.before != nil {
			c.before(v, store)
		}
		if c.user.Name == "" {
			c.user = alice
		}
		switch c.origin {
		case "":
			c.origin = here
		case "none":
			c.origin = ""
		}
		if c.within == 0 {
			c.within = within
		}
		got, err := v.Standing(t.Context(), c.user, c.origin, c.within, c.now)
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

// A code that is typed where no line has grace begins none, nor does one that is refused.
func TestNoGrace(t *testing.T) {
	const here = "192.0.2.7\x00sshd"
	code := alice.Tokens[0].Code(noon)
	for name, at := range map[string]Attempt{
		"no origin":   {Typed: code},
		"wrong":       {Typed: "000000", Origin: here},
		"no code":     {Typed: "hello", Origin: here},
		"for nothing": {Origin: here},
	} {
		v := Verifier{Store: newOneRecord(), Policy: DefaultPolicy}
		if _, err := v.Judge(t.Context(), alice, at, noon); err != nil {
			t.Fatal(err)
		}
		got, err := v.Standing(t.Context(), alice, here, time.Hour, noon)
		if err != nil || got != (Standing{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// What grace there is gives way to what must not be forgotten.
func TestGraceGivesWay(t *testing.T) {
	r := new(record)
	r.memories(alice)
	for i := range maxGrants {
		r.grant(alice, string(rune('a'+i)), noon)
	}
	full := len(r.bytes())
	if b, ok := r.encode(full); !ok || len(r.grants) != maxGrants || len(b) != full {
		t.Fatalf("%v, %d grants", ok, len(r.grants))
	}
	if again, ok := readRecord(r.bytes()); !ok || len(again.grants) != maxGrants ||
		again.grants[0] != r.grants[0] {
		t.Errorf("read as %+v", again.grants)
	}
	if _, ok := r.encode(full - 1); !ok || len(r.grants) != 0 {
		t.Errorf("%v, %d grants", ok, len(r.grants))
	}
}
