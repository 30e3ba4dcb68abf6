package motp

import (
	"testing"
	"time"
)

// A code from far off that locks the user opens no second question.
func TestNoResyncForWhoIsLockedByIt(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync, v.Policy.MaxFailures = 24*time.Hour, 2
	far := func(n int64) *Pending {
		res, err := v.Verify(ctx, alice, code(n), at(0))
		if err != nil || res.Verdict != Wrong {
			t.Fatalf("%+v, %v", res, err)
		}
		return res.Pending
	}
	if far(360) == nil {
		t.Error("no second question after the first failure")
	}
	if far(361) != nil {
		t.Error("a second question after the failure that locks")
	}
}

// Of two codes in a row that put a clock right, neither may have been used: not the second either,
// when the clock was set back.
func TestResyncNotByAUsedSecondCode(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync = 24 * time.Hour
	if got := mustVerify(t, v, code(361), 361); got != Accepted {
		t.Fatal(got)
	}
	if err := v.Unlock(ctx, alice, at(0)); err != nil { // the clock is right now
		t.Fatal(err)
	}
	first, err := v.Verify(ctx, alice, code(360), at(0))
	if err != nil || first.Pending == nil {
		t.Fatalf("%+v, %v, want a second question", first, err)
	}
	res, err := v.VerifyNext(ctx, alice, first.Pending, code(361), at(0))
	if err != nil || res.Verdict != Replay || res.Failures != 1 {
		t.Errorf("%+v, %v; want replay, which is not counted", res, err)
	}
}
