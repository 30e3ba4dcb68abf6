package otpverify

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// lockPatience is how long whoever makes the index is waited for while nothing comes of it.
const lockPatience = 5 * time.Second

// lockFolder locks a folder, until it is closed. Each time that patience is over, names in it must
// have changed meanwhile.
func lockFolder(ctx context.Context, folder *os.File, patience func() <-chan time.Time) error {
	raw, err := folder.SyscallConn()
	if err != nil {
		return err
	}
	locked := make(chan error, 1)
	go func() { locked <- flock(raw) }()
	seen, err := folder.Stat()
	for err == nil {
		select {
		case err := <-locked:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-patience():
		}
		before := seen.ModTime()
		if seen, err = folder.Stat(); err == nil && seen.ModTime().Equal(before) {
			err = &fs.PathError{Op: "lock", Path: folder.Name(), Err: motp.ErrBusy}
		}
	}
	return err
}

// flock waits for a file's lock. Even if the file is closed, its number is no other's meanwhile.
func flock(file syscall.RawConn) (err error) {
	closed := file.Control(func(fd uintptr) {
		err = unix.Flock(int(fd), unix.LOCK_EX)
		for errors.Is(err, unix.EINTR) {
			err = unix.Flock(int(fd), unix.LOCK_EX)
		}
	})
	return errors.Join(closed, err)
}
