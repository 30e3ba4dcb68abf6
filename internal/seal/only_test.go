package seal

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Where nobody can tell whether plain values are refused, they are; where there is no folder, or
// nobody gets to it, there is no record either.
func TestRefusesPlainInDoubt(t *testing.T) {
	for errno, want := range map[unix.Errno]bool{unix.EIO: true, unix.ELOOP: true,
		unix.ENOENT: false, unix.ENOTDIR: false, unix.EACCES: false} {
		if got := mayRefuse(errno); got != want {
			t.Errorf("%v: %v", errno, got)
		}
	}
	if !mayRefuse(nil) {
		t.Error("what is there does not count")
	}
}
