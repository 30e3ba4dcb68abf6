//go:build linux

package files

import (
	"errors"
	"runtime"
	"testing"
	"unsafe"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// refusing calls do on a thread of its own, for which the kernel refuses a system call with an
// error. (A filter of seccomp, which ends with the thread.)
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

// Each call that a login rests on is made, and its failure is a refusal: nobody gets in by a code
// whose use could not be written down, locked or synced.
func TestCallsThatFail(t *testing.T) {
	for _, c := range []struct {
		name  string
		call  uintptr
		errno unix.Errno
		fresh bool // the user has no record yet
	}{
		{"open", unix.SYS_OPENAT, unix.EMFILE, false},
		{"stat", unix.SYS_FSTAT, unix.EIO, false},
		{"lock", unix.SYS_FLOCK, unix.ENOLCK, false},
		{"read", unix.SYS_PREAD64, unix.EIO, false},
		{"write", unix.SYS_PWRITE64, unix.ENOSPC, false},
		{"sync", unix.SYS_FDATASYNC, unix.EIO, false},
		{"look at the name", unix.SYS_NEWFSTATAT, unix.EIO, false},
		{"write a new record", unix.SYS_PWRITE64, unix.ENOSPC, true},
		{"sync a new record", unix.SYS_FDATASYNC, unix.EIO, true},
		{"sync the folder of a new record", unix.SYS_FSYNC, unix.EIO, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			if !c.fresh {
				mustVerify(t, v, "000000", 0)
			}
			var res motp.Result
			var err error
			refusing(t, c.call, c.errno, func() {
				res, err = v.Verify(ctx, alice, code(0), at(0))
			})
			if !errors.Is(err, c.errno) || res != (motp.Result{}) {
				t.Errorf("%+v, %v, want %v and no verdict", res, err, c.errno)
			}
		})
	}
}

// A disk that takes nothing, and says that it did not fail, is an error and not tried for ever.
func TestNothingIsWritten(t *testing.T) {
	v := newVerifier(t)
	mustVerify(t, v, "000000", 0)
	var res motp.Result
	var err error
	refusing(t, unix.SYS_PWRITE64, 0, func() {
		res, err = v.Verify(ctx, alice, code(0), at(0))
	})
	if !errors.Is(err, unix.EIO) || res != (motp.Result{}) {
		t.Errorf("%+v, %v, want an error", res, err)
	}
}
