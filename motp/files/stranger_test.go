//go:build linux

package files

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

// holdPlace locks a name as another process does.
func holdPlace(t *testing.T, path, name string) recordFile {
	t.Helper()
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := recordFile{fd: fd, path: path, place: placeOf(name)}
	if err := f.take(true); err != nil {
		t.Fatal(err)
	}
	return f
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
	other := holdPlace(t, path, "mallory")

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
	other.close()
	<-done
	if bytes.Equal(record(), before) {
		t.Error("who has waited costs no work")
	}

	// whoever loses patience leaves no turn taken
	other = holdPlace(t, path, "mallory")
	defer other.close()
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
