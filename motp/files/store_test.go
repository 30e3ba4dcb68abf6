//go:build linux

package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

func TestRecordIsKept(t *testing.T) {
	v := newVerifier(t)
	for i, step := range []struct {
		typed string
		want  motp.Verdict
	}{{"000000", motp.Wrong}, {code(0), motp.Accepted}, {code(0), motp.Replay},
		{"000001", motp.Wrong}, {code(0), motp.Replay}, {code(1), motp.Accepted},
		{code(0), motp.Replay}} {
		if got := mustVerify(t, v, step.typed, 0); got != step.want {
			t.Errorf("attempt %d: %v, want %v", i, got, step.want)
		}
	}
	s, err := v.Status(ctx, alice, noon)
	if err != nil || s.Failures != 0 || s.Locked || !s.LastLogin.Equal(noon) ||
		!s.LastFailure.Equal(noon) {
		t.Errorf("status %+v, %v", s, err)
	}
	if names, _ := os.ReadDir(v.Dir); len(names) != 1 || names[0].Name() != "alice" {
		t.Errorf("the folder holds %v", names)
	}
	st, err := os.Stat(filepath.Join(v.Dir, "alice"))
	if err != nil || st.Size() != fileSize || st.Mode() != 0o600 {
		t.Errorf("record %v, %v", st, err)
	}
}

// Many attempts at once, each with descriptors and locks of its own, as processes have.
func TestAttemptsAtOnce(t *testing.T) {
	v := newVerifier(t)
	count := func(n int, typed func(i int) string) (verdicts map[motp.Verdict]int) {
		verdicts = make(map[motp.Verdict]int)
		var mu sync.Mutex
		var wg sync.WaitGroup
		for i := range n {
			wg.Add(1)
			go func() {
				defer wg.Done()
				res, err := v.Verify(ctx, alice, typed(i), noon)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				verdicts[res.Verdict]++
				mu.Unlock()
			}()
		}
		wg.Wait()
		return verdicts
	}
	if got := count(20, func(int) string {
		return code(0)
	}); got[motp.Accepted] != 1 || got[motp.Replay] != 19 {
		t.Errorf("one code twenty times, no record yet: %v", got)
	}
	if got := count(20, func(int) string {
		return code(1)
	}); got[motp.Accepted] != 1 || got[motp.Replay] != 19 {
		t.Errorf("one code twenty times: %v", got)
	}
	if got := count(50, func(i int) string {
		return fmt.Sprintf("%06x", i)
	}); got[motp.Wrong] != 8 || got[motp.Locked] != 42 {
		t.Errorf("fifty guesses: %v, want 8 wrong and 42 locked", got)
	}
}

func TestFirstAttemptIsInTheNewRecord(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, code(0), 0)
	b, err := os.ReadFile(filepath.Join(v.Dir, "alice"))
	if err != nil {
		t.Fatal(err)
	}
	for slot := range 2 {
		half := make([]byte, fileSize)
		copy(half[slot*slotSize:], b[slot*slotSize:(slot+1)*slotSize])
		s, err := statusOf(t, alice, half)
		if err != nil || !s.Tokens[0].Used ||
			s.Tokens[0].LastStep != alice.Tokens[0].Step(noon) {
			t.Errorf("slot %d does not know the code that the record began with", slot)
		}
	}
}

// The states of a file after one accepted code, one failure and another accepted code, damaged in
// every way a crash or a rotten bit can.
func TestDamage(t *testing.T) {
	v := newVerifier(t)
	path := filepath.Join(v.Dir, "alice")
	mustVerify(t, v, code(0), 0)
	mustVerify(t, v, "000000", 0)
	before, _ := os.ReadFile(path)
	mustVerify(t, v, code(2), 0)
	mustVerify(t, v, "000001", 0) // in slot 0
	mustVerify(t, v, "000002", 0)
	whole, _ := os.ReadFile(path)

	// never forgets is what holds for any damage: the used codes stay used, and there are no
	// fewer failures than were answered for.
	neverForgets := func(t *testing.T, file []byte) {
		t.Helper()
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, used := range []int64{0, 2} {
			res, err := v.Verify(ctx, alice, code(used), noon)
			if err == nil && res.Verdict == motp.Accepted {
				t.Fatalf("a used code was accepted")
			}
			if err == nil && res.Failures < 2 {
				t.Fatalf("%d failures are known, 2 were answered for", res.Failures)
			}
		}
	}
	t.Run("every bit", func(t *testing.T) {
		want, _, _ := parseFile("alice", whole)
		if s, err := statusOf(t, alice, whole); err != nil || s.Failures != 2 {
			t.Fatalf("%+v, %v, want two failures", s, err)
		}
		for i := range len(whole) * 8 {
			file := append([]byte(nil), whole...)
			file[i/8] ^= 1 << (i % 8)
			got, doubt, ok := parseFile("alice", file)
			if !ok || doubt || !same(got, want) {
				t.Fatalf("bit %d: ok %v, doubt %v: one bit must cost nothing", i,
					ok, doubt)
			}
		}
		for i := 0; i < len(whole)*8; i += 509 {
			file := append([]byte(nil), whole...)
			file[i/8] ^= 1 << (i % 8)
			neverForgets(t, file)
		}
	})
	t.Run("every length", func(t *testing.T) {
		for n := 0; n < len(whole); n += 61 {
			neverForgets(t, whole[:n])
		}
	})
	t.Run("every torn write", func(t *testing.T) {
		// the attempt after "before" is written up to byte n: a code that was not yet
		// answered may be lost, one that was answered may not
		if err := os.WriteFile(path, before, 0o600); err != nil {
			t.Fatal(err)
		}
		mustVerify(t, v, code(2), 0)
		after, _ := os.ReadFile(path)
		older, _, _ := parseFile("alice", before)
		newer, _, ok := parseFile("alice", after)
		if !ok || newer.seq != older.seq+1 {
			t.Fatalf("change %d follows %d", newer.seq, older.seq)
		}
		place := int(newer.place(smallImage))
		for n := 0; n <= slotSize; n++ {
			file := append([]byte(nil), before...)
			copy(file[place:], after[place:place+n])
			got, doubt, ok := parseFile("alice", file)
			if !ok || doubt {
				t.Fatalf("torn at %d: ok %v, doubt %v", n, ok, doubt)
			}
			if !same(got, older) && !same(got, newer) {
				t.Fatalf("torn at %d: neither the record before nor the one after",
					n)
			}
		}
		s, err := statusOf(t, alice, before)
		if err != nil || s.Failures != 1 || !s.Tokens[0].Used {
			t.Errorf("before: %+v, %v", s, err)
		}
	})
	t.Run("a whole slot", func(t *testing.T) {
		for slot := range 2 {
			file := append([]byte(nil), whole...)
			clear(file[slot*slotSize : (slot+1)*slotSize])
			neverForgets(t, file)
			if s, err := v.Status(ctx, alice, noon); err != nil || s.Doubt {
				t.Errorf("slot %d: after the next attempt the record is not "+
					"whole: %+v, %v", slot, s, err)
			}
			if got := mustVerify(t, v, code(18), 0); got == motp.Accepted {
				t.Errorf("slot %d: a code that the lost slot may have used was "+
					"accepted", slot)
			}
			if got := mustVerify(t, v, code(21), 3); got != motp.Accepted {
				t.Errorf("slot %d: a code from after the window: %v, want ok", slot,
					got)
			}
		}
	})
	t.Run("all of it", func(t *testing.T) {
		os.WriteFile(path, make([]byte, fileSize), 0o600)
		if _, err := v.Verify(ctx, alice, code(3), noon); !errors.Is(err, motp.ErrCorrupt) {
			t.Fatalf("error %v, want ErrCorrupt", err)
		}
		if err := v.Unlock(ctx, alice, noon); err != nil {
			t.Fatal(err)
		}
		const day = 24 * 360
		for _, n := range []int64{18, day, day + 18} {
			if got := mustVerify(t, v, code(n), n); got == motp.Accepted {
				t.Errorf("step %d: a code that the lost record may have used was "+
					"accepted", n)
			}
		}
		if got := mustVerify(t, v, code(day+19), day+19); got != motp.Accepted {
			t.Errorf("a code from a day later: %v, want ok", got)
		}
	})
	t.Run("another user's", func(t *testing.T) {
		os.WriteFile(filepath.Join(v.Dir, "bob"), whole, 0o600)
		bob := motp.User{Name: "bob", Tokens: alice.Tokens}
		if _, err := v.Verify(ctx, bob, code(5), noon); !errors.Is(err, motp.ErrCorrupt) {
			t.Errorf("error %v, want ErrCorrupt", err)
		}
	})
}

func TestNothingUnsafeIsUsed(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, v *fixture) error
		want  error
	}{
		{"folder missing", func(_ *testing.T, v *fixture) error {
			return os.Remove(v.Dir)
		}, fs.ErrNotExist},
		{"folder open to the group", func(_ *testing.T, v *fixture) error {
			return os.Chmod(v.Dir, 0o750)
		}, ErrUnsafe},
		{"folder is a link", func(_ *testing.T, v *fixture) error {
			if err := os.Rename(v.Dir, v.Dir+"2"); err != nil {
				return err
			}
			return os.Symlink(v.Dir+"2", v.Dir)
		}, unix.ENOTDIR},
		{"folder is a file", func(_ *testing.T, v *fixture) error {
			os.Remove(v.Dir)
			return os.WriteFile(v.Dir, nil, 0o700)
		}, unix.ENOTDIR},
		{"record is a link", func(_ *testing.T, v *fixture) error {
			return os.Symlink("/dev/null", v.Dir+"/alice")
		}, unix.ELOOP},
		{"record is a folder", func(_ *testing.T, v *fixture) error {
			return os.Mkdir(v.Dir+"/alice", 0o700)
		}, unix.EISDIR},
		{"record is a FIFO", func(_ *testing.T, v *fixture) error {
			return unix.Mkfifo(v.Dir+"/alice", 0o600)
		}, ErrUnsafe},
		{"record open to others", func(_ *testing.T, v *fixture) error {
			return os.WriteFile(v.Dir+"/alice", nil, 0o644)
		}, ErrUnsafe},
		{"record has a second name", func(t *testing.T, v *fixture) error {
			mustVerify(t, *v, "000000", 0)
			return os.Link(v.Dir+"/alice", v.Dir+"/bob")
		}, ErrUnsafe},
		{"record is empty", func(_ *testing.T, v *fixture) error {
			return os.WriteFile(v.Dir+"/alice", nil, 0o600)
		}, motp.ErrCorrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			if err := c.spoil(t, &v); err != nil {
				t.Fatal(err)
			}
			res, err := v.Verify(ctx, alice, code(0), noon)
			if !errors.Is(err, c.want) || res.Verdict != motp.Refused {
				t.Errorf("%v, %v; want refused, %v", res.Verdict, err, c.want)
			}
			v.VerifyUnknown(ctx, "mallory", "000000", noon) // must not mind
		})
	}
}

func TestUserThatNoRecordCanBeKeptOf(t *testing.T) {
	v := newVerifier(t)
	many := make([]motp.Token, motp.MaxTokens+1)
	for _, u := range []motp.User{{}, {Name: strings.Repeat("ä", 100)},
		{Name: "many", Tokens: many}} {
		if _, err := v.Verify(ctx, u, "000000", noon); !errors.Is(err, motp.ErrUser) {
			t.Errorf("error %v, want ErrUser", err)
		}
	}
}

func TestUnknownNamesShareOneRecord(t *testing.T) {
	v := newVerifier(t)
	for i := range 30 {
		v.VerifyUnknown(ctx, fmt.Sprintf("stranger%d", i), fmt.Sprintf("%06x", i), noon)
	}
	names, _ := os.ReadDir(v.Dir)
	if len(names) != 1 || names[0].Name() != nobody {
		t.Errorf("the folder holds %v", names)
	}
}

func TestBusyRecord(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	f, err := os.OpenFile(filepath.Join(v.Dir, "alice"), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := v.Verify(ctx, alice, code(0), noon)
		done <- err
	}()
	// another user never waits
	if _, err := v.Verify(ctx, motp.User{Name: "bob", Tokens: alice.Tokens}, code(0),
		noon); err != nil {
		t.Error(err)
	}
	if err := <-done; !errors.Is(err, motp.ErrBusy) {
		t.Errorf("error %v, want ErrBusy", err)
	}
	f.Close()
	if got := mustVerify(t, v, code(0), 0); got != motp.Accepted {
		t.Errorf("once it is free: %v, want ok", got)
	}
}

func TestNewSecretStartsAnewAndOldOneIsRemembered(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, code(0), 0)
	renewed := motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "fedcba9876543210",
		PIN: "6666"}}}
	if res, err := v.Verify(ctx, renewed, renewed.Tokens[0].Code(noon), noon); err != nil ||
		res.Verdict != motp.Accepted {
		t.Errorf("new secret: %v, %v", res.Verdict, err)
	}
	if got := mustVerify(t, v, code(0), 0); got != motp.Replay {
		t.Errorf("the old secret's used code: %v, want replay", got)
	}
}

func TestForgetAndPrepare(t *testing.T) {
	v := newVerifier(t)
	os.Remove(v.Dir)
	if err := v.Prepare(ctx, "alice"); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(v.Dir + "/alice"); err != nil || st.Size() != fileSize {
		t.Fatalf("%v, %v", st, err)
	}
	mustVerify(t, v, "000000", 0)
	if err := v.Prepare(ctx, "alice"); err != nil {
		t.Fatal(err)
	}
	if s, _ := v.Status(ctx, alice, noon); s.Failures != 1 {
		t.Error("Prepare changed a record that was there")
	}
	if err := v.Forget(ctx, "alice"); err != nil {
		t.Fatal(err)
	}
	if err := v.Forget(ctx, "alice"); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if names, _ := os.ReadDir(v.Dir); len(names) != 0 {
		t.Errorf("left: %v", names)
	}
}

// A name that its maker had no time to sync is synced by the next; after Prepare no login need do
// that.
func TestYoungRecord(t *testing.T) {
	v := newVerifier(t)
	if err := v.Prepare(ctx, "alice"); err != nil {
		t.Fatal(err)
	}
	if r, _, err := v.read(ctx, "alice"); err != nil || r.seq < 2 {
		t.Errorf("after Prepare the record's number is %d, %v; the first login syncs the "+
			"folder of a record that has 1", r.seq, err)
	}
}

// Both ways to make a record, whichever the file system under the tests has.
func TestCreateNamesAWholeFileOnce(t *testing.T) {
	for name, create := range map[string]func(folder, context.Context, string, string,
		numbered) error{
		"nameless": folder.createNameless,
		"named":    folder.createNamed,
	} {
		t.Run(name, func(t *testing.T) {
			v := newVerifier(t)
			dir, err := openFolder(v.Dir)
			if err != nil {
				t.Fatal(err)
			}
			defer dir.close()
			if name == "named" { // what a crash left behind
				if err := os.WriteFile(v.Dir+"/.new-alice",
					make([]byte, fileSize+5), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if err := create(dir, ctx, "alice", "alice", failed(t, 3)); err != nil {
				t.Fatal(err)
			}
			if err := create(dir, ctx, "alice", "alice", some(1, "")); !errors.Is(err,
				fs.ErrExist) {
				t.Errorf("a second time: %v, want ErrExist", err)
			}
			if s, err := v.Status(ctx, alice, noon); err != nil ||
				s.Failures != 3 || s.Doubt {
				t.Errorf("%+v, %v", s, err)
			}
			if names, _ := os.ReadDir(v.Dir); len(names) != 1 {
				t.Errorf("the folder holds %v", names)
			}
		})
	}
}

// File systems without nameless files may lack a rename that replaces nothing, too.
func TestCreateWhereOnlyLinksAreSafe(t *testing.T) {
	v := newVerifier(t)
	dir, err := openFolder(v.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer dir.close()
	var again error
	three := failed(t, 3)
	refusing(t, unix.SYS_RENAMEAT2, unix.EINVAL, func() {
		err = dir.createNamed(ctx, "alice", "alice", three)
		again = dir.createNamed(ctx, "alice", "alice", some(1, ""))
	})
	if err != nil || !errors.Is(again, fs.ErrExist) {
		t.Errorf("%v, then %v; want none, then ErrExist", err, again)
	}
	if s, err := v.Status(ctx, alice, noon); err != nil || s.Failures != 3 {
		t.Errorf("%+v, %v", s, err)
	}
	if names, _ := os.ReadDir(v.Dir); len(names) != 1 {
		t.Errorf("the folder holds %v", names)
	}
}

func TestFailedRecordLeavesNothing(t *testing.T) {
	for _, call := range []uintptr{unix.SYS_PWRITE64, unix.SYS_FDATASYNC, unix.SYS_RENAMEAT2} {
		v := newVerifier(t)
		dir, err := openFolder(v.Dir)
		if err != nil {
			t.Fatal(err)
		}
		defer dir.close()
		refusing(t, call, unix.EIO, func() {
			err = dir.createNamed(ctx, "alice", "alice", some(1, ""))
		})
		if names, _ := os.ReadDir(v.Dir); !errors.Is(err, unix.EIO) || len(names) != 0 {
			t.Errorf("call %d: %v, and the folder holds %v", call, err, names)
		}
	}
}

// A crash between link and unlink there leaves a record with two names, which is no reason to lock
// its user out; another link is.
func TestSecondNameIsCleared(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	if err := os.Link(v.Dir+"/alice", v.Dir+"/.new-alice"); err != nil {
		t.Fatal(err)
	}
	if got := mustVerify(t, v, code(0), 0); got != motp.Accepted {
		t.Errorf("%v, want ok", got)
	}
	if names, _ := os.ReadDir(v.Dir); len(names) != 1 || names[0].Name() != "alice" {
		t.Errorf("the folder holds %v", names)
	}
	if err := os.Link(v.Dir+"/alice", v.Dir+"/.other"); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(ctx, alice, code(1), at(1)); !errors.Is(err, ErrUnsafe) {
		t.Errorf("a link of somebody's: %v, want ErrUnsafe", err)
	}
}

func TestWhatACrashLeftIsCleared(t *testing.T) {
	v := newVerifier(t)
	if err := os.WriteFile(v.Dir+"/.new-alice", []byte("half a record"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustVerify(t, v, "000000", 0)
	if names, _ := os.ReadDir(v.Dir); len(names) != 1 || names[0].Name() != "alice" {
		t.Errorf("the folder holds %v", names)
	}
}
