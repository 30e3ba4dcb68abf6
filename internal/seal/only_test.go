//go:build linux

package seal

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refusing does something on a thread of its own, for which the kernel refuses a system call with
// an error. (A filter of seccomp, which ends with the thread.)
func refusing(t *testing.T, call uintptr, errno unix.Errno, do func()) {
	t.Helper()
	const load, jumpEqual, result = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS,
		unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, unix.BPF_RET | unix.BPF_K
	filter := []unix.SockFilter{
		{Code: load, K: 0}, // the call's number
		{Code: jumpEqual, K: uint32(call), Jf: 1},
		{Code: result, K: unix.SECCOMP_RET_ERRNO | uint32(errno)},
		{Code: result, K: unix.SECCOMP_RET_ALLOW},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
		if err == nil {
			err = unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER,
				uintptr(unsafe.Pointer(&program)), 0, 0)
		}
		if err == nil {
			do()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatalf("seccomp: %v", err)
	}
}

// Where nobody can tell whether plain values are refused, they are; where there is no folder, or
// nobody gets to it, there is no record either.
func TestRefusesPlainInDoubt(t *testing.T) {
	r := newRing(t)
	for _, c := range []struct {
		errno unix.Errno
		want  bool
	}{{unix.EIO, true}, {unix.ELOOP, true}, {unix.ESTALE, true}, {unix.ENOENT, false},
		{unix.ENOTDIR, false}, {unix.EACCES, false}} {
		refusing(t, unix.SYS_NEWFSTATAT, c.errno, func() {
			if got := r.RefusesPlain(); got != c.want {
				t.Errorf("%v: %v", c.errno, got)
			}
		})
	}
}

// What a change of it says is on disk: each syncs the folder, also where all is so already, since
// whoever changed it may have been cut off before.
func TestRefusePlainIsOnDisk(t *testing.T) {
	r := newRing(t)
	file := filepath.Join(filepath.Dir(r.File()), OnlyName)
	for _, refuse := range []bool{true, true, false, false} {
		refusing(t, unix.SYS_FSYNC, unix.EIO, func() {
			if err := r.RefusePlain(refuse); !errors.Is(err, unix.EIO) {
				t.Errorf("%v without a sync: %v", refuse, err)
			}
		})
		if err := r.RefusePlain(refuse); err != nil {
			t.Error(err)
		}
		if _, err := os.Lstat(file); (err == nil) != refuse || r.RefusesPlain() != refuse {
			t.Errorf("%v: %v", refuse, err)
		}
	}
}
