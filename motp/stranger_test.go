package motp

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// waiting returns when somebody waits for a lock in a file, which the kernel lists behind an arrow.
func waiting(t *testing.T, path string) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(fmt.Sprintf(`(?m)^\d+: -> .* [0-9a-f]+:[0-9a-f]+:%d `, st.Ino))
	for deadline := time.Now().Add(lockWait); ; {
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Fatal(err)
		}
		if line.Match(locks) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("nobody waits for %s in\n%s", path, locks)
		}
		time.Sleep(time.Millisecond)
	}
}

// Many attempts at once with one name that is nobody's wait for each other, as those of a user do,
// and for nobody else.
func TestStrangersWaitForThemselves(t *testing.T) {
	v := newVerifier(t)
	ctx := context.Background()
	v.VerifyUnknown(ctx, "mallory", "000000", noon)
	path := filepath.Join(v.Dir, nobody)
	record := func() []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	other := recordFile{fd: fd, path: path}
	if !other.lockFor(ctx, "mallory") {
		t.Fatal("cannot be locked")
	}

	done := make(chan struct{}, 2)
	go func() {
		v.VerifyUnknown(ctx, "mallory", "000001", noon)
		done <- struct{}{}
	}()
	over, cancel := context.WithCancel(ctx)
	before := record()
	waiting(t, path)
	if !bytes.Equal(record(), before) {
		t.Error("a stranger was judged before their turn")
	}
	for _, name := range []string{"trudy", "Mallory", "mallory ", ""} {
		v.VerifyUnknown(ctx, name, "000002", noon)
		after := record()
		if bytes.Equal(after, before) {
			t.Errorf("%q costs no work", name)
		}
		before = after
	}
	select {
	case <-done:
		t.Error("a stranger has not waited")
	default:
	}
	if err := other.lockPlace(unix.F_OFD_SETLK, "mallory"); err != nil {
		t.Fatal(err) // it is still locked by this one
	}
	unlock := unix.Flock_t{Type: unix.F_UNLCK}
	if err := unix.FcntlFlock(uintptr(fd), unix.F_OFD_SETLK, &unlock); err != nil {
		t.Fatal(err)
	}
	<-done
	if bytes.Equal(record(), before) {
		t.Error("who has waited costs no work")
	}

	// whoever loses patience leaves no turn taken
	if !other.lockFor(ctx, "mallory") {
		t.Fatal("cannot be locked again")
	}
	go func() {
		v.VerifyUnknown(over, "mallory", "000003", noon)
		done <- struct{}{}
	}()
	waiting(t, path)
	before = record()
	cancel()
	<-done
	if !bytes.Equal(record(), before) {
		t.Error("who did not wait was judged")
	}
}
