//go:build linux

package files

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// Whoever can read or write a record, if only by one bit of its mode or its folder's, keeps
// everybody out.
func TestEveryBitOfAMode(t *testing.T) {
	for bit := os.FileMode(1); bit <= 0o040; bit <<= 1 {
		v := newVerifier(t)
		mustVerify(t, v, "000000", 0)
		record := filepath.Join(v.Dir, "alice")
		for path, mode := range map[string]os.FileMode{v.Dir: 0o700, record: 0o600} {
			if err := os.Chmod(path, mode|bit); err != nil {
				t.Fatal(err)
			}
			if res, err := v.Verify(ctx, alice, code(0),
				at(0)); !errors.Is(err, ErrUnsafe) ||
				res != (motp.Result{}) {
				t.Errorf("%s with %o: %+v, %v", filepath.Base(path),
					mode|bit, res, err)
			}
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A record that is removed while an attempt waits for it is not written to: what is noted there
// would be forgotten.
func TestRecordRemovedWhileWaiting(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	path := filepath.Join(v.Dir, "alice")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	verdict := make(chan motp.Verdict)
	go func() {
		res, err := v.Verify(ctx, alice, code(0), at(0))
		if err != nil {
			t.Error(err)
		}
		verdict <- res.Verdict
	}()
	waiting := func() bool {
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(locks)) {
			if strings.Contains(line, "-> FLOCK") &&
				strings.Contains(line, " "+strconv.Itoa(os.Getpid())+" ") {
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(lockWait); !waiting() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	f.Close() // and with it the lock
	if got := <-verdict; got != motp.Accepted {
		t.Fatalf("the code is %v", got)
	}
	if got := mustVerify(t, v, code(0), 0); got != motp.Replay {
		t.Errorf("the second time it is %v", got)
	}
}
