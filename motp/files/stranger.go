//go:build linux

package files

import (
	"crypto/sha256"
	"encoding/binary"
	"io"

	"golang.org/x/sys/unix"
)

// nobody is the file of the record that stands in for users who do not exist. No encoded name
// begins with a dot.
const nobody = ".nobody"

// lockFor waits for those who ask with the same name, as an attempt waits for those who ask for the
// same user, so that many at once tell strangers from users no better than one. Strangers share a
// record, but must not wait for each other, which users don't: each name has a place of its own to
// lock in the file. With an error the turn has not come, and nothing is left open.
func (d folder) lockFor(p patience, name string) (f recordFile, leave func(), err error) {
	l, err := lineUp(p, d.path+"/"+nobody+"/"+name)
	if err != nil {
		return recordFile{}, nil, err
	}
	f, err = d.open(nobody)
	if err == nil {
		f.place = placeOf(name)
		f, err = l.lock(p, f)
	}
	if err != nil {
		l.leave()
		return recordFile{}, nil, err
	}
	return f, func() { f.close(); l.leave() }, nil
}

// placeOf returns where in the record of nobody a name is locked: somewhere in the four exabytes
// behind its beginning, where nobody can say which other name has the same place.
func placeOf(name string) int64 {
	sum := sha256.Sum256([]byte(name))
	return 1 + int64(binary.LittleEndian.Uint64(sum[:])>>2)
}

// take asks the kernel for the file's lock, or for that of a place in it.
func (f recordFile) take(wait bool) error {
	_, err := retry(func() (int, error) {
		switch {
		case f.place == 0 && wait:
			return 0, unix.Flock(f.fd, unix.LOCK_EX)
		case f.place == 0:
			return 0, unix.Flock(f.fd, unix.LOCK_EX|unix.LOCK_NB)
		}
		how := unix.F_OFD_SETLK
		if wait {
			how = unix.F_OFD_SETLKW
		}
		place := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart,
			Start: f.place, Len: 1}
		return 0, unix.FcntlFlock(uintptr(f.fd), how, &place)
	})
	return err
}
