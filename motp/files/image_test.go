//go:build linux

package files

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// The record in testdata was written by the first version of this package, which knew Mobile-OTP
// only: at noon alice used the codes of steps 0 and -3, then typed two wrong ones.
func TestEarlierRecordIsCarriedOn(t *testing.T) {
	v := newVerifier(t)
	old, err := os.ReadFile("testdata/record-v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(v.Dir, "alice"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		typed    string
		want     motp.Verdict
		failures int
	}{
		{code(0), motp.Replay, 2}, {code(-3), motp.Replay, 2}, {"111111", motp.Repeated, 2},
		{"222222", motp.Wrong, 3}, {code(-2), motp.Accepted, 0},
	} {
		if res, err := v.Verify(ctx, alice, c.typed, noon); err != nil ||
			res.Verdict != c.want ||
			res.Failures != c.failures || res.Doubt {
			t.Errorf("%s: %+v, %v; want %v with %d failures", c.typed, res, err,
				c.want, c.failures)
		}
	}
	if now, err := os.ReadFile(filepath.Join(v.Dir, "alice")); err != nil ||
		len(now) != len(old) {
		t.Errorf("the record has %d bytes, it had %d: %v", len(now), len(old), err)
	}
}

// What a resynchronisation used up lies far beyond the window, and stays used though one half of
// the record is lost.
func TestResyncOutlivesALostSlot(t *testing.T) {
	for slot := range 2 {
		v := newVerifier(t)
		v.Policy.Resync = 24 * time.Hour
		resync := func(n int64) motp.Verdict {
			res, err := v.Verify(ctx, alice, code(5000), at(n))
			if err != nil || res.Pending == nil {
				return res.Verdict
			}
			res, err = v.VerifyNext(ctx, alice, res.Pending, code(5001), at(n))
			if err != nil {
				t.Fatal(err)
			}
			return res.Verdict
		}
		if got := resync(0); got != motp.Accepted {
			t.Fatalf("%v, want ok", got)
		}
		path := filepath.Join(v.Dir, "alice")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		clear(b[slot*slotSize:][:slotSize])
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		mustVerify(t, v, "000000", 11)
		if got := resync(12); got == motp.Accepted {
			t.Errorf("slot %d lost: the same two codes were accepted again", slot)
		}
	}
}

// A record in the slot of another is no record: the one that belonged there is lost.
func TestRecordInTheWrongSlot(t *testing.T) {
	older, newer := some(2, "older"), some(3, "newer")
	file := make([]byte, fileSize)
	for _, r := range []numbered{older, newer} {
		b, at := smallSlot(r)
		copy(file[at:], b)
	}
	copy(file[:slotSize], file[slotSize:])
	if got, doubt, ok := parseFile("alice", file); !ok || !same(got, newer) || !doubt {
		t.Errorf("%+v, doubt %v, ok %v; want the newer one, in doubt", got, doubt, ok)
	}
}

// FuzzRecord damages a record of two attempts in any way, and holds what is read then to this: it
// is one of the two, or none; and where it is the older one, or one whose neighbor is lost, the
// reader says that it is in doubt.
func FuzzRecord(f *testing.F) {
	f.Add(uint64(1), uint32(3), int64(129612120), uint64(7), 0, []byte(nil), fileSize)
	f.Add(uint64(1)<<63, uint32(8), int64(-1), uint64(0), slotSize, []byte("\x01"), fileSize)
	f.Add(uint64(5), uint32(0), int64(5), uint64(1), 0, make([]byte, fileSize), fileSize)
	f.Add(uint64(5), uint32(0), int64(5), uint64(1), 8, []byte{1}, slotSize+imageSize)
	f.Add(uint64(6), uint32(0), int64(5), uint64(1), imageSize+checksumAt, []byte{1}, fileSize)
	f.Fuzz(func(t *testing.T, seq uint64, failures uint32, high int64, used uint64, at int,
		damage []byte, size int) {
		content := fmt.Appendf(nil, "%d %d %d", failures, high, used)
		older := numbered{seq: seq, record: content}
		newer := numbered{seq: seq + 1, record: append([]byte("newer "), content...)}
		if newer.seq == 0 {
			return // after 2^64 attempts
		}
		file := make([]byte, fileSize)
		for _, r := range []numbered{older, newer} {
			b, place := smallSlot(r)
			copy(file[place:], b)
		}
		if got, doubt, ok := parseFile("alice", file); !same(got, newer) || doubt || !ok {
			t.Fatalf("written %+v, read %+v, %v, %v", newer, got, doubt, ok)
		}
		if _, _, ok := parseFile("bob", file); ok {
			t.Fatal("alice's record is taken for bob's")
		}

		whole := slices.Clone(file)
		for i, b := range damage {
			if at >= 0 && at < fileSize-i {
				file[at+i] ^= b
			}
		}
		if size >= 0 && size < fileSize {
			clear(file[size:]) // what a shorter file lacks is zeros
		}
		got, doubt, ok := parseFile("alice", file)
		intact := func(n numbered) bool {
			_, place := smallSlot(n)
			one, two := whole[place:place+imageSize], file[place:place+slotSize]
			return string(two[:imageSize]) == string(one) ||
				string(two[imageSize:]) == string(one)
		}
		switch {
		case ok && !same(got, older) && !same(got, newer):
			t.Fatalf("made up %+v", got)
		case ok && same(got, older) && !doubt:
			t.Fatal("the older record is in force, and there is no doubt")
		case ok != (intact(older) || intact(newer)):
			t.Fatalf("read %v, with the older intact %v, the newer %v", ok,
				intact(older), intact(newer))
		case ok && doubt != !(intact(older) && intact(newer)):
			t.Fatalf("doubt %v, with the older intact %v, the newer %v", doubt,
				intact(older), intact(newer))
		}
	})
}
