package motp

import (
	"testing"
	"time"
)

// A record in the slot of another is no record: the one that belonged there is lost.
func TestRecordInTheWrongSlot(t *testing.T) {
	older, newer := record{seq: 2}, record{seq: 3, failures: 1}
	file := make([]byte, fileSize)
	for _, r := range []*record{&older, &newer} {
		b, at := r.slot("alice")
		copy(file[at:], b)
	}
	copy(file[:slotSize], file[slotSize:])
	if got, doubt, ok := parseFile("alice", file); !ok || got != newer || !doubt {
		t.Errorf("%+v, doubt %v, ok %v; want the newer one, in doubt", got, doubt, ok)
	}
}

// A code from far off that locks the user opens no second question.
func TestNoResyncForWhoIsLockedByIt(t *testing.T) {
	v := newVerifier(t)
	v.Policy.Resync, v.Policy.MaxFailures = 24*time.Hour, 2
	far := func(n int64) *Pending {
		res, err := v.Verify(alice, code(n), at(0))
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
