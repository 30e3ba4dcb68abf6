//go:build linux

package files

import (
	"io/fs"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// A recordFile is a user's open record.
type recordFile struct {
	fd   int
	path string
	size size // of its images

	dev, ino uint64 // which file it is; check finds out

	place int64 // what of it is locked; 0 is all
}

// tryLock locks the file, if nobody has. The lock is the kernel's, and vanishes with the process.
func (f recordFile) tryLock() (locked bool, err error) {
	err = f.take(false)
	if err == unix.EWOULDBLOCK || err == unix.EACCES && f.place != 0 {
		return false, nil
	}
	return err == nil, f.fail("lock", err)
}

// sameAs says whether two descriptors are of one file.
func (f recordFile) sameAs(g recordFile) bool {
	var a, b unix.Stat_t
	return unix.Fstat(f.fd, &a) == nil && unix.Fstat(g.fd, &b) == nil &&
		a.Ino == b.Ino && a.Dev == b.Dev
}

// check refuses a record that somebody else could have got at. One without a name, removed since it
// was opened, does not exist.
func (f *recordFile) check() error {
	var st unix.Stat_t
	if _, err := retry(func() (int, error) { return 0, unix.Fstat(f.fd, &st) }); err != nil {
		return f.fail("stat", err)
	}
	f.dev, f.ino = uint64(st.Dev), st.Ino
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
func (f *recordFile) load(user string) (n numbered, doubt bool, err error) {
	small := size(smallImage).file()
	b := make([]byte, small+1) // one more than most files have
	got, err := f.read(b, 0)
	if err != nil {
		return numbered{}, false, err
	}
	if got > small {
		b = append(b, make([]byte, size(largeImage).file()-got)...)
		more, err := f.read(b[got:], int64(got))
		if err != nil {
			return numbered{}, false, err
		}
		got += more
	}
	f.size = sizeOf(got)
	n, doubt, ok := parseFile(user, b[:f.size.file()])
	if !ok {
		return numbered{}, false, f.fail("read", motp.ErrCorrupt)
	}
	return n, doubt, nil
}

// read fills b, or as much of it as the file has.
func (f *recordFile) read(b []byte, at int64) (n int, err error) {
	for n < len(b) {
		got, err := retry(func() (int, error) {
			return unix.Pread(f.fd, b[n:], at+int64(n))
		})
		if err != nil {
			return n, f.fail("read", err)
		}
		if got == 0 {
			break
		}
		n += got
	}
	return n, nil
}

// save writes the record into its slot, in place, and has it on disk when it returns.
func (f recordFile) save(user string, n numbered) error {
	b, at, err := n.slot(user, f.size)
	if err != nil {
		return f.fail("write", err)
	}
	if err := f.write(b, at); err != nil {
		return err
	}
	return f.sync()
}

// saveAlone writes a record as it was read into its slot of a file that is empty otherwise: then it
// is in doubt.
func (f *recordFile) saveAlone(n numbered, images size) error {
	f.size = images
	if err := f.resize(int64(images.file())); err != nil {
		return err
	}
	slot := append(n.image[:images:images], n.image...)
	if err := f.write(slot, n.place(images)); err != nil {
		return err
	}
	return f.sync()
}

// copyFrom makes a file the same as another, and has it on disk when it returns.
func (f recordFile) copyFrom(from recordFile) error {
	var st unix.Stat_t
	if err := unix.Fstat(from.fd, &st); err != nil {
		return from.fail("stat", err)
	}
	b := make([]byte, min(st.Size, maxFileSize))
	n, err := from.read(b, 0)
	if err != nil {
		return err
	}
	if err := f.write(b[:n], 0); err != nil {
		return err
	}
	if err := f.resize(int64(n)); err != nil {
		return err
	}
	return f.sync()
}

// maxFileSize is more than any record has.
const maxFileSize = 1 << 20

func (f recordFile) resize(n int64) error {
	_, err := retry(func() (int, error) { return 0, unix.Ftruncate(f.fd, n) })
	return f.fail("truncate", err)
}

// saveWhole writes a record into both slots of a file that holds none.
func (f *recordFile) saveWhole(user string, n numbered) error {
	f.size = sizeFor(n.record)
	if err := f.resize(int64(f.size.file())); err != nil {
		return err
	}
	b, at, err := numbered{seq: n.seq - 1, record: n.record}.slot(user, f.size)
	if err != nil {
		return f.fail("write", err)
	}
	if err := f.write(b, at); err != nil {
		return err
	}
	return f.save(user, n)
}

// sync has the file on disk when it returns.
func (f recordFile) sync() error {
	_, err := retry(func() (int, error) { return 0, unix.Fdatasync(f.fd) })
	return f.fail("sync", err)
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
