package motp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"time"

	"golang.org/x/sys/unix"
)

// lockFor waits for those who ask with the same name, as long as lock waits for those who ask for
// the same user, so that many attempts at once tell strangers from users no better than one.
// Strangers share a record, but must not wait for each other, which users don't: each name has a
// place of its own to lock in the file. It says whether the turn has come; if not it has closed
// the file.
func (f recordFile) lockFor(ctx context.Context, name string) bool {
	err := f.lockPlace(unix.F_OFD_SETLK, name)
	if err != unix.EAGAIN && err != unix.EACCES {
		return true // a file system without such locks is no reason to do less work
	}
	locked := make(chan struct{})
	gone := make(chan struct{})
	go func() {
		_ = f.lockPlace(unix.F_OFD_SETLKW, name)
		select {
		case locked <- struct{}{}:
		case <-gone:
			f.close()
		}
	}()
	select {
	case <-locked:
		return true
	case <-ctx.Done():
	case <-time.After(lockWait):
	}
	close(gone)
	return false
}

func (f recordFile) lockPlace(how int, name string) error {
	_, err := retry(func() (int, error) {
		place := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: placeOf(name), Len: 1}
		return 0, unix.FcntlFlock(uintptr(f.fd), how, &place)
	})
	return err
}

// placeOf returns where in the record of nobody a name is locked: somewhere in the four exabytes
// behind which there is nothing, and where nobody can say which other name has the same place.
func placeOf(name string) int64 {
	sum := sha256.Sum256([]byte(name))
	return int64(binary.LittleEndian.Uint64(sum[:]) >> 2)
}
