//go:build linux

package files

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// holding are the stages at which a process that verifies a code holds the record.
var holding = []stage{
	{"before it reads", unix.SYS_PREAD64, 1, false, 0},
	{"before it writes", unix.SYS_PWRITE64, 1, false, 0},
	{"in the middle of the write", unix.SYS_PWRITE64, 1, true, 0},
	{"before it looks at the name", unix.SYS_NEWFSTATAT, 1, false, 0},
	{"before it tells the verdict", unix.SYS_CLOSE, 1, false, 0},
}

// tells says whether a process that is frozen at a stage has its verdict by then.
func (s stage) tells() bool { return s.call == unix.SYS_CLOSE }

// A record that a frozen process holds is got past, and a code is good once.
func TestForceUnlock(t *testing.T) {
	for _, s := range holding {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t)
			mustVerify(t, v, "000000", 0)
			other := frozen(t, "verify", s, v.Dir, code(0))
			if err := v.Unlock(soon(), alice, noon); !errors.Is(err, motp.ErrBusy) {
				t.Fatalf("%v, want ErrBusy", err)
			}
			if err := v.ForceUnlock(ctx, alice, noon); err != nil {
				t.Fatal(err)
			}
			if status, err := v.Status(ctx, alice, noon); err != nil ||
				status.Failures > 1 {
				t.Errorf("%+v, %v", status, err)
			}
			if got := mustVerify(t, v, code(1), 1); got != motp.Accepted {
				t.Errorf("another code: %v, want ok", got)
			}
			said := other.thawed(t)
			if s.tells() && said != "ok" ||
				!s.tells() && !strings.Contains(said, ErrReplaced.Error()) {
				t.Errorf("the other process says %q", said)
			}
			if got := mustVerify(t, v, code(0), 0); said == "ok" &&
				got == motp.Accepted {
				t.Error("two got in with one code")
			}
			if names, _ := os.ReadDir(v.Dir); len(names) != 1 {
				t.Errorf("the folder holds %v", names)
			}
		})
	}
}

// The same of a process that has a larger file ready for the record's place.
func TestForceUnlockOfOneThatGrows(t *testing.T) {
	for _, s := range growing {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			v, u := newVerifier(t), crowded()
			writeCrowded(t, v)
			typed, another := u.Tokens[0].Code(noon), u.Tokens[1].Code(noon)
			other := frozen(t, "verify crowded", s, v.Dir, typed)
			if err := v.ForceUnlock(ctx, u, noon); err != nil {
				t.Fatal(err)
			}
			verify := func(typed string) motp.Verdict {
				res, err := v.Verify(ctx, u, typed, noon)
				if err != nil {
					t.Fatal(err)
				}
				return res.Verdict
			}
			if got := verify(another); got != motp.Accepted {
				t.Errorf("another code: %v, want ok", got)
			}
			said := other.thawed(t)
			if told := s.call == unix.SYS_FSYNC; told != (said == "ok") {
				t.Errorf("the other process says %q", said)
			}
			if got := verify(another); got != motp.Replay {
				t.Errorf("another code once more: %v, want replay", got)
			}
			if got := verify(typed); said == "ok" && got == motp.Accepted {
				t.Error("two got in with one code")
			}
		})
	}
}

// A failure that was answered for stands in the record that took the place.
func TestTakeOverKeepsFailures(t *testing.T) {
	for _, s := range holding {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t)
			mustVerify(t, v, "000000", 0)
			other := frozen(t, "verify", s, v.Dir, "00000a")
			if err := v.takeOver(ctx, "alice"); err != nil {
				t.Fatal(err)
			}
			said := other.thawed(t)
			status, err := v.Status(ctx, alice, noon)
			if err != nil {
				t.Fatal(err)
			}
			switch {
			case s.tells() && (said != "wrong" || status.Failures != 2 || status.Doubt):
				t.Errorf("it says %q, and the record %+v", said, status)
			case !s.tells() && !strings.Contains(said, ErrReplaced.Error()):
				t.Errorf("it says %q", said)
			case status.Failures < 1:
				t.Errorf("the record says %+v", status)
			}
		})
	}
}

// growing are the stages of one that puts a larger file in the record's place.
var growing = []stage{
	{"before it looks at the name", unix.SYS_NEWFSTATAT, 1, false, 0},
	{"before the rename", unix.SYS_RENAMEAT, 1, false, 0},
	{"before it syncs the folder", unix.SYS_FSYNC, 1, false, 0},
}

// taking are the stages of a process that takes a record from another.
var taking = []stage{
	{"before it tries the lock", unix.SYS_FLOCK, 2, false, 0},
	{"before it reads", unix.SYS_PREAD64, 1, false, 0},
	{"before it writes", unix.SYS_PWRITE64, 1, false, 0},
	{"before the swap", unix.SYS_RENAMEAT2, 1, false, 0},
	{"before it looks what it has got", unix.SYS_NEWFSTATAT, 1, false, 0},
	{"before it removes that", unix.SYS_UNLINKAT, 2, false, 0},
	{"before it removes a larger one", unix.SYS_UNLINKAT, 3, false, 0},
	{"before it writes again", unix.SYS_PWRITE64, 2, false, 0},
	{"in the middle of the write", unix.SYS_PWRITE64, 2, true, 0},
	{"before it syncs the folder", unix.SYS_FSYNC, 1, false, 0},
}

// Whatever the process does that is frozen at a stage, and whatever becomes of the one that takes
// the record from it: one code lets in once, and what was answered for is not lost.
func TestTakeOverAtEachStage(t *testing.T) {
	for _, at := range taking {
		for _, end := range []string{"goes on", "dies before", "dies after"} {
			for _, held := range holding {
				t.Run(held.name+"/"+at.name+"/"+end, func(t *testing.T) {
					t.Parallel()
					v := newVerifier(t)
					mustVerify(t, v, "000000", 0)
					other := frozen(t, "verify", held, v.Dir, code(0))
					takeOverAt(t, v, alice, code(0), other, at, end)
				})
			}
			for _, held := range growing {
				t.Run("larger, "+held.name+"/"+at.name+"/"+end, func(t *testing.T) {
					t.Parallel()
					v, u := newVerifier(t), crowded()
					writeCrowded(t, v)
					typed := u.Tokens[0].Code(noon)
					other := frozen(t, "verify crowded", held, v.Dir, typed)
					takeOverAt(t, v, u, typed, other, at, end)
				})
			}
		}
	}
}

// hasGrown says whether another process has put a larger file in the record's place, and holds that
// no more.
func hasGrown(t *testing.T, v fixture) bool {
	t.Helper()
	st, err := os.Stat(v.Dir + "/alice")
	if err != nil {
		t.Fatal(err)
	}
	return st.Size() == int64(size(largeImage).file())
}

// takeOverAt takes a record from a process that verifies a code and is frozen. That goes on while
// the one that takes the record is at its stage.
func takeOverAt(t *testing.T, v fixture, u motp.User, typed string, other child,
	at stage, end string) {
	t.Helper()
	forced := startChild(t, "force", append([]string{v.Dir}, at.args()...)...)
	there := forced.stopped(t)
	if !there && !hasGrown(t, v) {
		t.Fatalf("it never comes to %q", at.name)
	}
	if end == "dies before" {
		forced.killed()
	}
	said := other.thawed(t)
	switch {
	case end == "goes on" && there:
		if got := forced.thawed(t); got != "<nil>" {
			t.Errorf("it says %q", got)
		}
	case end == "dies after":
		forced.killed()
	}
	verify := func() motp.Verdict {
		res, err := v.Verify(ctx, u, typed, noon)
		if err != nil && !errors.Is(err, motp.ErrCorrupt) {
			t.Fatal(err)
		}
		return res.Verdict
	}
	if got := verify(); said == "ok" && got == motp.Accepted {
		t.Error("two got in with one code")
	}
	if err := v.ForceUnlock(ctx, u, noon); err != nil {
		t.Error(err)
	}
	if got := verify(); got == motp.Accepted {
		t.Error("one got in with a code that was used, or may have been")
	}
}

// What is told between the copy's first reading and the swap is lost to a process that dies after
// the swap. The record is in doubt then.
func TestTakeOverDiesBetweenReadings(t *testing.T) {
	for _, held := range holding {
		t.Run(held.name, func(t *testing.T) {
			v := newVerifier(t)
			mustVerify(t, v, "000000", 0)
			other := frozen(t, "verify", held, v.Dir, code(0))
			at := stage{name: "before it writes", call: unix.SYS_PWRITE64,
				nth: 1, again: 2}
			forced := frozen(t, "force", at, v.Dir)
			if said := other.thawed(t); said != "ok" {
				t.Errorf("while the file has its name: %q, want ok", said)
			}
			forced.stopsAgain(t)
			forced.killed()
			if s, err := v.Status(ctx, alice, noon); err != nil || !s.Doubt {
				t.Errorf("%+v, %v, want doubt", s, err)
			}
			if got := mustVerify(t, v, code(0), 0); got == motp.Accepted {
				t.Error("two got in with one code")
			}
		})
	}
}

// Of several processes that take a record from another, one does.
func TestTakeOverOnce(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	other := held(t, v)
	swap := stage{name: "before the swap", call: unix.SYS_RENAMEAT2, nth: 1}
	first := frozen(t, "force", swap, v.Dir)
	if err := v.takeOver(ctx, "alice"); !errors.Is(err, motp.ErrBusy) {
		t.Errorf("%v, want ErrBusy", err)
	}
	first.killed()
	if err := v.takeOver(ctx, "alice"); err != nil { // whatever the first one has left
		t.Error(err)
	}
	if got := mustVerify(t, v, code(0), 0); got != motp.Accepted {
		t.Errorf("%v, want ok", got)
	}
	other.end(t)
	if names, _ := os.ReadDir(v.Dir); len(names) != 1 {
		t.Errorf("the folder holds %v", names)
	}
}

// A record that nobody holds is only unlocked, and one that is not there is made.
func TestForceUnlockOfWhatIsFree(t *testing.T) {
	v := newVerifier(t)
	if err := v.ForceUnlock(ctx, alice, noon); err != nil {
		t.Error(err)
	}
	mustVerify(t, v, "000000", 0)
	before := inodeOf(t, v)
	if err := v.ForceUnlock(ctx, alice, noon); err != nil {
		t.Error(err)
	}
	if err := v.takeOver(ctx, "alice"); err != nil {
		t.Error(err)
	}
	if after := inodeOf(t, v); after != before {
		t.Error("the file is another one")
	}
	if s, err := v.Status(ctx, alice, noon); err != nil || s.Failures != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if err := v.ForceUnlock(ctx, motp.User{}, noon); !errors.Is(err, motp.ErrUser) {
		t.Errorf("%v, want ErrUser", err)
	}
}

// Whoever is frozen while it makes the first record is got past, too, and finds the other's.
func TestForceUnlockOfARecordInTheMaking(t *testing.T) {
	for _, s := range []stage{
		{name: "before it writes", call: unix.SYS_PWRITE64, nth: 1},
		{name: "before the rename", call: unix.SYS_RENAMEAT2, nth: 1},
		{name: "after the rename", call: unix.SYS_NEWFSTATAT, nth: 2},
	} {
		t.Run(s.name, func(t *testing.T) {
			v := newVerifier(t)
			other := frozen(t, "create", s, v.Dir)
			if err := v.takeOver(ctx, "alice"); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Lstat(v.Dir + "/" + temporaryName("alice")); err == nil {
				t.Error("the unfinished record has its name still")
			}
			if got := mustVerify(t, v, code(0), 0); got != motp.Accepted {
				t.Errorf("%v, want ok", got)
			}
			if said := other.thawed(t); !strings.Contains(said, unix.EEXIST.Error()) {
				t.Errorf("it says %q", said)
			}
			if got := mustVerify(t, v, code(0), 0); got != motp.Replay {
				t.Errorf("%v, want replay", got)
			}
			if names, _ := os.ReadDir(v.Dir); len(names) != 1 {
				t.Errorf("the folder holds %v", names)
			}
		})
	}
}

func inodeOf(t *testing.T, v fixture) uint64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(v.Dir+"/alice", &st); err != nil {
		t.Fatal(err)
	}
	return st.Ino
}

// While nobody takes the record from it, a process that is frozen lets in when it goes on.
func TestFrozenProcessGoesOn(t *testing.T) {
	for _, s := range holding {
		v := newVerifier(t)
		mustVerify(t, v, "000000", 0)
		if said := frozen(t, "verify", s, v.Dir, code(0)).thawed(t); said != "ok" {
			t.Errorf("%s: %q, want ok", s.name, said)
		}
	}
	for _, s := range growing {
		v := newVerifier(t)
		writeCrowded(t, v)
		typed := crowded().Tokens[0].Code(noon)
		said := frozen(t, "verify crowded", s, v.Dir, typed).thawed(t)
		if said != "ok" || !hasGrown(t, v) {
			t.Errorf("%s: %q, want ok and a larger file", s.name, said)
		}
	}
}

// A record in the making is got past in the same way, where the making holds a name.
func TestBreakLockOfARecordInTheMaking(t *testing.T) {
	v := newVerifier(t)
	other := frozen(t, "create", stage{name: "before it writes", call: unix.SYS_PWRITE64,
		nth: 1}, v.Dir)
	if err := v.BreakLock(ctx, "alice"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(v.Dir + "/" + temporaryName("alice")); err == nil {
		t.Error("the unfinished record has its name still")
	}
	other.killed()
}
