package motp

import (
	"testing"
	"time"
)

// fast is what alice's token shows n steps from noon if its clock is ahead by some steps.
func fast(n, ahead int64) string { return code(n + ahead) }

// following is a policy that follows clocks.
func following() Policy {
	p := DefaultPolicy
	p.MaxDrift = 10 * time.Minute
	return p
}

func TestDriftIsFollowed(t *testing.T) {
	r := new(record)
	// a clock that gains a minute a day, and a login a day
	const day = 24 * 360
	for d := range int64(16) {
		want := Accepted
		if d*6 > 60+18 { // ten minutes are followed, and the window reaches three further
			want = Wrong
		}
		v, _ := r.judge(alice, read(fast(d*day, d*6)), at(d*day), following())
		if v != want {
			t.Fatalf("day %d, %d s ahead: %v, want %v", d, d*60, v, want)
		}
	}
}

func TestDriftIsNotMovedByWrongOrUsedCodes(t *testing.T) {
	r := new(record)
	r.judge(alice, read(code(10)), noon, following())
	before := *r.memories(alice)[0]
	r.judge(alice, read("000000"), noon, following())
	r.judge(alice, read(code(10)), at(5), following())
	after := *r.memories(alice)[0]
	after.reach = before.reach // the window has moved with the clock
	if after != before || after.drift != 10 {
		t.Errorf("memory %+v became %+v", before, after)
	}
}

func TestClockPutRightIsNotLockedOut(t *testing.T) {
	r := new(record)
	r.memories(alice)[0].drift = 60
	if v, _ := r.judge(alice, read(code(0)), noon, following()); v != Accepted {
		t.Errorf("%v, want ok", v)
	}
}

func TestDriftSwitchedOff(t *testing.T) {
	r := new(record)
	r.judge(alice, read(code(18)), noon, DefaultPolicy)
	if v, _ := r.judge(alice, read(code(19)), noon, DefaultPolicy); v != Wrong {
		t.Errorf("%v, want wrong", v)
	}
}

func TestResync(t *testing.T) {
	hour := int64(360)
	p := DefaultPolicy
	p.Resync = 24 * time.Hour
	for _, c := range []struct {
		name          string
		first, second string
		locked        bool
		offered       bool
		want          Verdict
		failures      int
	}{
		{"an hour ahead", code(hour), code(hour + 1), false, true, Accepted, 0},
		{"an hour ahead, typed slowly", code(hour), code(hour + 6), false,
			true, Accepted, 0},
		{"an hour ahead, far too slowly", code(hour), code(hour + 7), false,
			true, Wrong, 2},
		{"a day behind", code(-24 * hour), code(-24*hour + 1), false, true, Accepted, 0},
		{"more than a day", code(24*hour + 1), "", false, false, Refused, 1},
		{"a wrong second code", code(hour), "000000", false, true, Wrong, 2},
		{"the first again: a host that answers alike", code(hour), code(hour), false,
			true, Repeated, 1},
		{"the one before", code(hour), code(hour - 1), false, true, Wrong, 2},
		{"no second code", code(hour), "", false, true, Empty, 1},
		{"a guess", "000000", "", false, false, Refused, 1},
		{"locked", code(hour), "", true, false, Refused, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			v.Policy = p
			if c.locked {
				for i := range 8 {
					if _, err := v.Verify(ctx, alice,
						string(rune('a'+i))+"bcdef", noon); err != nil {
						t.Fatal(err)
					}
				}
			}
			res, err := v.Verify(ctx, alice, c.first, noon)
			if err != nil || (res.Pending != nil) != c.offered ||
				res.Verdict == Accepted {
				t.Fatalf("first code: %+v, %v; offered should be %v", res,
					err, c.offered)
			}
			var second Result
			if c.offered {
				if second, err = v.VerifyNext(ctx, alice, res.Pending, c.second,
					noon); err != nil {
					t.Fatal(err)
				}
			}
			if second.Verdict != c.want {
				t.Errorf("second code: %v, want %v", second.Verdict, c.want)
			}
			s, err := v.Status(ctx, alice, noon)
			if err != nil || s.Failures != c.failures {
				t.Errorf("%d failures, %v; want %d", s.Failures, err, c.failures)
			}
			if c.want != Accepted {
				return
			}
			for _, used := range []string{c.first, c.second} {
				if res, err := v.Verify(ctx, alice, used, noon); err != nil ||
					res.Verdict != Replay {
					t.Errorf("used code: %v, %v; want replay", res.Verdict, err)
				}
			}
		})
	}
}

func TestResyncIsRemembered(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync = 24 * time.Hour
	res, _ := v.Verify(ctx, alice, code(360), noon)
	if res, err := v.VerifyNext(ctx, alice, res.Pending, code(361), noon); err != nil ||
		res.Verdict != Accepted {
		t.Fatal(res, err)
	}
	v.Policy.Resync = 0
	if got := mustVerify(t, v, code(1360), 1000); got != Accepted {
		t.Errorf("a later code, an hour ahead: %v, want ok", got)
	}
	if s, err := v.Status(ctx, alice, noon); err != nil || s.Tokens[0].Drift != time.Hour {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestResyncOffersNothingUsed(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync = 24 * time.Hour
	mustVerify(t, v, code(0), 0)
	mustVerify(t, v, code(100), 100)
	// 100 steps on, the code of step 0 is out of the window, but used
	if res, err := v.Verify(ctx, alice, code(0), at(100)); err != nil || res.Pending != nil {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestResyncOfHOTP(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync = 24 * time.Hour
	res, err := v.Verify(ctx, dora, dongle.CodeAt(500), noon)
	if err != nil || res.Pending == nil {
		t.Fatal(res, err)
	}
	if res, err := v.VerifyNext(ctx, dora, res.Pending, dongle.CodeAt(501), noon); err != nil ||
		res.Verdict != Accepted || res.Token != "dongle" {
		t.Errorf("%+v, %v", res, err)
	}
	for counter, want := range map[int64]Verdict{501: Replay, 500: Replay, 502: Accepted} {
		if res, err := v.Verify(ctx, dora, dongle.CodeAt(counter), noon); err != nil ||
			res.Verdict != want {
			t.Errorf("counter %d: %v, %v; want %v", counter, res.Verdict, err, want)
		}
	}
}

// A HOTP counter that was lost with its record is not begun anew, which would make every used code
// good: the table must say where it stands.
func TestCounterLostWithTheRecord(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync = 24 * time.Hour
	hal := User{Name: "hal", Tokens: []Token{{Type: HOTP, Secret: dongle.Secret}}}
	verdict := func(counter int64) Verdict {
		res, err := v.Verify(ctx, hal, hal.Tokens[0].CodeAt(counter), noon)
		if err != nil || res.Pending != nil {
			t.Errorf("counter %d: %+v, %v", counter, res, err)
		}
		return res.Verdict
	}
	for counter := range int64(40) {
		if got := verdict(counter); got != Accepted {
			t.Fatalf("counter %d: %v, want ok", counter, got)
		}
	}
	v.Store.(*shelf).lose("hal")
	if err := v.Unlock(ctx, hal, noon); err != nil {
		t.Fatal(err)
	}
	for _, counter := range []int64{0, 5, 11, 12, 39, 40, 41} {
		if got := verdict(counter); got == Accepted {
			t.Errorf("counter %d, after the record was lost: ok", counter)
		}
	}
	if s, err := v.Status(ctx, hal, noon); err != nil || !s.Tokens[0].Lost {
		t.Errorf("%+v, %v", s, err)
	}
	hal.Tokens[0].Counter = 42 // as "motp sync" finds out
	if err := v.Unlock(ctx, hal, noon); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		counter int64
		want    Verdict
	}{{41, Replay}, {42, Accepted}, {42, Replay}, {43, Accepted}} {
		if got := verdict(c.counter); got != c.want {
			t.Errorf("counter %d, in a table that knows: %v, want %v",
				c.counter, got, c.want)
		}
	}
	if s, err := v.Status(ctx, hal, noon); err != nil || s.Tokens[0].Lost {
		t.Errorf("%+v, %v", s, err)
	}
}

// What a resynchronisation found out holds for the offset that the table had then; an edit wins.
// ForgetClock is for who wants it forgotten with the offset as it is.
func TestForgetClock(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync = 24 * time.Hour
	verify := func(u User, typed string, want Verdict) {
		t.Helper()
		if res, err := v.Verify(t.Context(), u, typed, noon); err != nil ||
			res.Verdict != want {
			t.Errorf("%+v, %v; want %v", res, err, want)
		}
	}
	res, err := v.Verify(t.Context(), alice, code(360), noon)
	if err != nil || res.Pending == nil {
		t.Fatalf("%+v, %v", res, err)
	}
	res, err = v.VerifyNext(t.Context(), alice, res.Pending, code(361), noon)
	if err != nil || res.Verdict != Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	ahead := User{Name: alice.Name, Tokens: []Token{alice.Tokens[0]}}
	ahead.Tokens[0].Offset += time.Hour
	verify(ahead, code(361), Replay)
	verify(ahead, code(362), Accepted)
	if s, err := v.Status(t.Context(), ahead, noon); err != nil ||
		s.Tokens[0].Drift != 20*time.Second {
		t.Errorf("status %+v, %v", s, err)
	}
	if err := v.ForgetClock(t.Context(), ahead, "", noon); err != nil {
		t.Fatal(err)
	}
	if s, err := v.Status(t.Context(), ahead, noon); err != nil || s.Tokens[0].Drift != 0 {
		t.Errorf("status %+v, %v", s, err)
	}
	verify(ahead, code(362), Replay)
}
