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
	viewed string // whose it was, last
}

func (s *oneRecord) Update(_ context.Context, _ string, change Change) error {
	next, err := change(s.Current)
	if err == nil {
		s.Current.Record = next.Record
	}
	return err
}

func (s *oneRecord) View(_ context.Context, user string) (Current, error) {
	s.viewed = user
	return s.Current, nil
}

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

// A client that sends again what it has kept is not wrong while grace lasts, however old that is:
// nothing is counted, and the grace goes on. Where there is no grace, it is a wrong code.
func TestKeptCodes(t *testing.T) {
	const here, within = "192.0.2.7\x00sshd", 8 * time.Hour
	counting := User{Name: "alice", Tokens: []Token{{Type: HOTP, Secret: rfcKey}}}
	first := Token{Type: HOTP, Secret: rfcKey}.CodeAt
	for _, c := range []struct {
		name    string
		user    User
		code    string // that was used at noon, and is kept
		typed   string // if it is another
		origin  string
		within  time.Duration
		after   time.Duration
		further int // codes that were used meanwhile
		want    Verdict
	}{
		{name: "soon", after: time.Minute, want: Replay},
		{name: "out of the window", after: 10 * time.Minute, want: Replay},
		{name: "below all memory", after: 7 * time.Hour, further: 3, want: Replay},
		{name: "too late", after: within, want: Wrong},
		{name: "a shorter time", after: time.Hour, within: time.Minute, want: Wrong},
		{name: "no grace", after: time.Hour, within: -1, want: Wrong},
		{name: "elsewhere", after: time.Hour, origin: "192.0.2.8\x00sshd", want: Wrong},
		{name: "nowhere", after: time.Hour, origin: "none", want: Wrong},
		{name: "one that was not used", after: time.Hour, want: Wrong,
			typed: alice.Tokens[0].Code(noon.Add(30 * time.Minute))},
		{name: "disabled", after: time.Hour, want: Disabled,
			user: User{Name: "alice", Tokens: alice.Tokens, Disabled: true}},
		{name: "a counter", user: counting, code: first(0), after: time.Hour,
			want: Replay, further: 30},
	} {
		user := alice
		if c.user.Name != "" {
			user = c.user
		}
		if c.code == "" {
			c.code = alice.Tokens[0].Code(noon)
		}
		v := Verifier{Store: newOneRecord(), Policy: DefaultPolicy}
		use := func(code, origin string, now time.Time) {
			enabled := user
			enabled.Disabled = false
			res, err := v.Judge(t.Context(), enabled, Attempt{Typed: code,
				Origin: origin}, now)
			if err != nil || res.Verdict != Accepted {
				t.Fatalf("%s: %+v, %v", c.name, res, err)
			}
		}
		use(c.code, here, noon)
		for i := range c.further {
			now := noon.Add(time.Duration(i+1) * c.after / 40)
			if user.Tokens[0].Type == HOTP {
				use(first(int64(i+1)), "", now)
				continue
			}
			use(user.Tokens[0].Code(now.Add(c.after*3/4)), "", now.Add(c.after*3/4))
		}
		at := Attempt{Typed: c.code, Origin: here, Grace: within}
		switch {
		case c.origin == "none":
			at.Origin = ""
		case c.origin != "":
			at.Origin = c.origin
		}
		if c.within != 0 {
			at.Grace = max(c.within, 0)
		}
		if c.typed != "" {
			at.Typed = c.typed
		}
		res, err := v.Judge(t.Context(), user, at, noon.Add(c.after))
		if err != nil || res.Verdict != c.want || c.want == Replay && res.Failures != 0 {
			t.Errorf("%s: %+v, %v; want %v", c.name, res, err, c.want)
		}
		standing, err := v.Standing(t.Context(), user, here, within,
			noon.Add(c.after))
		if err != nil || standing.Grace != (c.want == Replay) {
			t.Errorf("%s: afterwards %+v, %v", c.name, standing, err)
		}
	}
}

// A name that is no user's makes the same reading of a record, and leaves none.
func TestStandingUnknown(t *testing.T) {
	store := newOneRecord()
	v := Verifier{Store: store, Policy: DefaultPolicy}
	v.StandingUnknown(t.Context(), "mallory", "192.0.2.7\x00sshd", time.Hour, noon)
	if store.viewed != "mallory" || store.Current.Record != nil {
		t.Errorf("the record of %q was read; it is %x", store.viewed, store.Current.Record)
	}
}

// Nowhere is no place, whatever a record says.
func TestGraceOfNowhere(t *testing.T) {
	r, store := new(record), newOneRecord()
	r.grant(alice, "", noon)
	store.Current.Record = r.bytes()
	v := Verifier{Store: store, Policy: DefaultPolicy}
	got, err := v.Standing(t.Context(), alice, "", time.Hour, noon)
	if err != nil || got.Grace {
		t.Errorf("%+v, %v", got, err)
	}
}
