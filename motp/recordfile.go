package motp

import (
	"context"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// A recordFile is a user's open record.
type recordFile struct {
	fd   int
	path string
}

// lock waits for the file's kernel lock, which vanishes with the process. With an error it has closed the file.
func (f recordFile) lock(ctx context.Context) error {
	_, err := retry(func() (int, error) { return 0, unix.Flock(f.fd, unix.LOCK_EX|unix.LOCK_NB) })
	if err == nil {
		return nil
	}
	if err != unix.EWOULDBLOCK {
		f.close()
		return f.fail("lock", err)
	}
	locked := make(chan error)
	gone := make(chan struct{})
	go func() {
		_, err := retry(func() (int, error) { return 0, unix.Flock(f.fd, unix.LOCK_EX) })
		select {
		case locked <- err:
		case <-gone:
			f.close()
		}
	}()
	select {
	case err := <-locked:
		if err != nil {
			f.close()
			return f.fail("lock", err)
		}
		return nil
	case <-ctx.Done():
		close(gone)
		return ctx.Err()
	case <-time.After(lockWait):
		close(gone)
		return f.fail("lock", ErrBusy)
	}
}

// check refuses a record that somebody else could have got at. One without a name, removed since it was opened, does not exist.
func (f recordFile) check() error {
	var st unix.Stat_t
	if _, err := retry(func() (int, error) { return 0, unix.Fstat(f.fd, &st) }); err != nil {
		return f.fail("stat", err)
	}
	if st.Nlink == 0 {
		return f.fail("open", unix.ENOENT)
	}
	if !safe(&st, unix.S_IFREG) || st.Nlink > 1 {
		return f.fail("open", ErrUnsafe)
	}
	return nil
}

func (f recordFile) close() { _ = unix.Close(f.fd) }

// fail puts the file's name to an error.
func (f recordFile) fail(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: f.path, Err: err}
}

// load reads the record in force.
func (f recordFile) load(user string) (r record, doubt bool, err error) {
	b := make([]byte, fileSize) // what a shorter file lacks reads as zeros, which are no record
	for n := 0; n < len(b); {
		got, err := retry(func() (int, error) { return unix.Pread(f.fd, b[n:], int64(n)) })
		if err != nil {
			return record{}, false, f.fail("read", err)
		}
		if got == 0 {
			break
		}
		n += got
	}
	r, doubt, ok := parseFile(user, b)
	if !ok {
		return record{}, false, f.fail("read", ErrCorrupt)
	}
	return r, doubt, nil
}

// save writes the record into its slot, in place, and has it on disk when it returns.
func (f recordFile) save(user string, r *record) error {
	b, at := r.slot(user)
	if err := f.write(b, at); err != nil {
		return err
	}
	_, err := retry(func() (int, error) { return 0, unix.Fdatasync(f.fd) })
	return f.fail("sync", err)
}

// saveWhole writes a record into both slots of a file that holds none.
func (f recordFile) saveWhole(user string, r *record) error {
	before := *r
	before.seq--
	b, at := before.slot(user)
	if err := f.write(b, at); err != nil {
		return err
	}
	return f.save(user, r)
}

func (f recordFile) write(b []byte, at int64) error {
	for len(b) > 0 {
		n, err := retry(func() (int, error) { return unix.Pwrite(f.fd, b, at) })
		if err == nil && n == 0 {
			err = unix.EIO
		}
		if err != nil {
			return f.fail("write", err)
		}
		b, at = b[n:], at+int64(n)
	}
	return nil
}

// retry calls a system call again while signals interrupt it.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}
