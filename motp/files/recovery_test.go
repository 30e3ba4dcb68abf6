//go:build linux

package files

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// damage spoils one slot of alice's record, or both for slot 2.
func damage(t *testing.T, v fixture, slot int) {
	t.Helper()
	path := filepath.Join(v.Dir, "alice")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	from, to := slot*slotSize, (slot+1)*slotSize
	if slot == 2 {
		from, to = 0, len(b)
	}
	clear(b[from:to])
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Whoever recovers a record may have a narrower window than those who wrote it: what was accepted
// far ahead stays used.
func TestRecoveryKnowsTheRecordsReach(t *testing.T) {
	hour := int64(360)
	wide := func(p motp.Policy) motp.Policy {
		p.Window, p.WindowForAll = motp.MaxWindow, true
		return p
	}
	drifting := func(p motp.Policy) motp.Policy { p.MaxDrift = 2 * time.Hour; return p }
	syncing := func(p motp.Policy) motp.Policy { p.Resync = 24 * time.Hour; return p }
	same := func(p motp.Policy) motp.Policy { return p }
	for _, c := range []struct {
		name  string
		with  func(motp.Policy) motp.Policy
		ahead []int64 // the codes that are accepted at noon, one after the other
	}{
		{"the same window", same, []int64{18}},
		{"an hour", wide, []int64{hour}},
		{"an hour, used from nearer on", wide, []int64{hour - 100, hour}},
		{"drift", drifting, []int64{18, 36, 54, 72}},
		{"resync", syncing, []int64{20 * hour, 20*hour + 1}},
	} {
		for slot := range 3 {
			v := newVerifier(t)
			// what was lost was written by a login before which the window was narrow
			if slot < 2 {
				mustVerify(t, v, code(-1), 0)
				mustVerify(t, v, code(-2), 0)
			}
			there := v
			there.Policy = c.with(v.Policy)
			var pending *motp.Pending
			for _, n := range c.ahead {
				res, err := there.Verify(ctx, alice, code(n), noon)
				if res.Pending != nil {
					pending = res.Pending
					continue
				}
				if pending != nil {
					res, err = there.VerifyNext(ctx, alice, pending,
						code(n), noon)
					pending = nil
				}
				if err != nil || res.Verdict != motp.Accepted {
					t.Fatalf("%s: step %d: %+v, %v", c.name, n, res, err)
				}
			}
			damage(t, v, slot)
			if slot == 2 {
				if err := v.Unlock(ctx, alice, noon); err != nil {
					t.Fatal(err)
				}
			}
			// whoever comes first recovers it, with the clock set back
			mustVerify(t, v, "000000", -100)
			for _, n := range c.ahead {
				for _, p := range []motp.Policy{v.Policy, there.Policy} {
					again := fixtureIn(v.Dir, p)
					if got := mustVerify(t, again, code(n),
						n); got == motp.Accepted {
						t.Errorf("%s, slot %d: step %d was accepted again",
							c.name, slot, n)
					}
				}
			}
		}
	}
}

// A record that was restored from a backup, or deleted, does not know what was used since.
func TestRestored(t *testing.T) {
	day := int64(24 * 360)
	for _, c := range []struct {
		name   string
		backup bool
		resync time.Duration // in force when the backup was made
		reach  time.Duration
		used   int64 // was accepted after the backup, at noon
		free   int64 // the first step that is good then
	}{
		{"from a backup", true, 0, 0, 18, 19},
		{"from a backup, with resync", true, time.Hour, 0, 18, 360 + 6 + 1},
		{"deleted", false, 0, 0, 18, day + 19},
		{"deleted, with a reach that is known", false, 0, 3 * time.Minute, 18, 37},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			v.Policy.Resync = c.resync
			path := filepath.Join(v.Dir, "alice")
			if got := mustVerify(t, v, code(-10), -10); got != motp.Accepted {
				t.Fatal(got)
			}
			v.Policy.Resync = 0
			backup, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got := mustVerify(t, v, code(c.used), 0); got != motp.Accepted {
				t.Fatal(got)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if c.backup {
				if err := os.WriteFile(path, backup, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := v.Restored(ctx, alice, noon, c.reach); err != nil {
				t.Fatal(err)
			}
			for _, n := range []int64{c.used, c.free - 1} {
				if got := mustVerify(t, v, code(n), n); got == motp.Accepted {
					t.Errorf("step %d: accepted", n)
				}
			}
			if got := mustVerify(t, v, code(c.free), c.free); got != motp.Accepted {
				t.Errorf("step %d: %v, want ok", c.free, got)
			}
		})
	}
}

// The counter of a HOTP token that was restored is not known until the table has another.
func TestRestoredCounter(t *testing.T) {
	v := newVerifier(t)
	for counter := range int64(3) {
		res, err := v.Verify(ctx, dora, dongle.CodeAt(dongle.Counter+counter), noon)
		if err != nil || res.Verdict != motp.Accepted {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	if err := v.Restored(ctx, dora, noon, 0); err != nil {
		t.Fatal(err)
	}
	next := dongle.Counter + 3
	if res, err := v.Verify(ctx, dora, dongle.CodeAt(next), noon); err != nil ||
		res.Verdict != motp.Old {
		t.Errorf("%+v, %v; want old", res, err)
	}
	synced := motp.User{Name: dora.Name, Tokens: []motp.Token{dongle}}
	synced.Tokens[0].Counter = next
	if res, err := v.Verify(ctx, synced, dongle.CodeAt(next), noon); err != nil ||
		res.Verdict != motp.Accepted {
		t.Errorf("%+v, %v; want ok", res, err)
	}
}

// A clock that is before the last login, as after a boot without a network, lets nobody in and
// locks nobody out, and it mends itself.
func TestClockBeforeTheLastLogin(t *testing.T) {
	v := newVerifier(t)
	v.Policy.UnlockAfter = time.Minute
	if got := mustVerify(t, v, code(0), 0); got != motp.Accepted {
		t.Fatal(got)
	}
	for _, n := range []int64{-2, -6, -360, -noon.Unix() / 10} {
		for i, typed := range []string{code(1), code(n), "000000", "", "abc", code(0)} {
			if got := mustVerify(t, v, typed, n); got != motp.Clock {
				t.Errorf("%d steps back, answer %d: %v, want clock", n, i, got)
			}
		}
	}
	if s, err := v.Status(ctx, alice, noon); err != nil || s.Failures != 0 ||
		!s.LastLogin.Equal(noon) {
		t.Errorf("%+v, %v", s, err)
	}
	if got := mustVerify(t, v, code(1), 0); got != motp.Accepted {
		t.Errorf("with the clock put right: %v, want ok", got)
	}
	// a counter needs no clock, and its logins prove none
	if res, err := v.Verify(ctx, dora, dongle.CodeAt(dongle.Counter), noon); err != nil ||
		res.Verdict != motp.Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	res, err := v.Verify(ctx, dora, dongle.CodeAt(dongle.Counter+1), time.Unix(5, 0))
	if err != nil || res.Verdict != motp.Accepted {
		t.Errorf("a counter's code in 1970: %+v, %v; want ok", res, err)
	}
}

// Whoever cannot wait for a clock that was ahead once has "motp unlock".
func TestUnlockTrustsTheClockAsItIs(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, code(100), 100)
	if err := v.Unlock(ctx, alice, noon); err != nil {
		t.Fatal(err)
	}
	if got := mustVerify(t, v, code(0), 0); got != motp.Accepted {
		t.Errorf("%v, want ok", got)
	}
	if got := mustVerify(t, v, code(100), 100); got != motp.Replay {
		t.Errorf("the code that was used: %v, want replay", got)
	}
}

// No half of a record brings the PIN back that the user has replaced. Where both are lost, so is
// the user's, and the table's is in force.
func TestRecoveryKeepsTheUsersPIN(t *testing.T) {
	const own = "2468"
	token := alice.Tokens[0]
	token.PIN = own
	for slot := range 3 {
		v := newVerifier(t)
		for n := range int64(2) {
			if got := mustVerify(t, v, code(n), n); got != motp.Accepted {
				t.Fatal(got)
			}
		}
		if res, err := v.ChangePIN(ctx, alice, code(2), own, at(2)); err != nil ||
			res.Verdict != motp.Accepted {
			t.Fatalf("%+v, %v", res, err)
		}
		damage(t, v, slot)
		later := int64(10000)
		if slot == 2 {
			if err := v.Unlock(ctx, alice, at(2)); err != nil {
				t.Fatal(err)
			}
			if got := mustVerify(t, v, code(later), later); got != motp.Accepted {
				t.Errorf("all lost: %v", got)
			}
			continue
		}
		mustVerify(t, v, "", 3) // the worst is assumed of that time
		if got := mustVerify(t, v, code(later), later); got != motp.Wrong {
			t.Errorf("slot %d lost: the old PIN's code: %v", slot, got)
		}
		if got := mustVerify(t, v, token.Code(at(later)), later); got != motp.Accepted {
			t.Errorf("slot %d lost: the new PIN's code: %v", slot, got)
		}
	}
}
