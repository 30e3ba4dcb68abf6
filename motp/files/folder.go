//go:build linux

package files

import (
	"context"
	"errors"
	"io/fs"
	"strconv"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// ErrUnsafe means that others than the owner could read or change the records.
var ErrUnsafe = errors.New("must be owned by root and closed to others " +
	"(folder 0700, files 0600), and no link")

// A folder is the open folder of the records.
type folder struct {
	fd   int
	path string
}

func openFolder(path string) (folder, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(path,
			unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return folder{}, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	d := folder{fd, path}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		d.close()
		return folder{}, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if !safe(&st, unix.S_IFDIR) {
		d.close()
		return folder{}, &fs.PathError{Op: "open", Path: path, Err: ErrUnsafe}
	}
	return d, nil
}

func (d folder) close() { _ = unix.Close(d.fd) }

// safe says whether only the owner, root or whoever runs this program, can get at a file or folder.
func safe(st *unix.Stat_t, kind uint32) bool {
	return st.Mode&unix.S_IFMT == kind && st.Mode&0o077 == 0 &&
		(st.Uid == 0 || int(st.Uid) == unix.Geteuid())
}

// open opens a record, without a lock.
func (d folder) open(name string) (recordFile, error) {
	f := recordFile{path: d.path + "/" + name}
	var err error
	f.fd, err = retry(func() (int, error) {
		return unix.Openat(d.fd, name,
			unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	})
	if err != nil {
		return recordFile{}, f.fail("open", err)
	}
	return f, nil
}

// openLocked opens a record and locks it, for whoever has the turn. A record that was removed while
// it waited is not found.
func (d folder) openLocked(p patience, l *line, name string) (recordFile, error) {
	f, err := d.open(name)
	if err != nil {
		return recordFile{}, err
	}
	if f, err = l.lock(p, f); err != nil {
		return recordFile{}, err
	}
	if err = p.Err(); err == nil {
		err = f.check()
	}
	if errors.Is(err, ErrUnsafe) && d.clearSecondName(f, name) {
		err = f.check()
	}
	if err != nil {
		f.close()
		return recordFile{}, err
	}
	return f, nil
}

// create makes a user's first record, with the first change in it. The file gets its name when it
// is whole, so that a crash leaves none or all of it. If another process was faster the error is
// fs.ErrExist, and nothing was changed.
func (d folder) create(ctx context.Context, user, name string, change motp.Change) error {
	next, err := change(motp.Current{Room: size(largeImage).room()})
	if err != nil {
		return changeFailed(recordFile{path: d.path + "/" + name}, err)
	}
	n := numbered{seq: 1, record: next.Record}
	err = d.createNameless(ctx, user, name, n)
	if err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, unix.ENOSPC) &&
		!errors.Is(err, unix.EDQUOT) {
		// not every file system, container or chroot can do the other
		err = d.createNamed(ctx, user, name, n)
	}
	if err != nil {
		return err
	}
	_ = unix.Unlinkat(d.fd, temporaryName(name), 0) // what a crash has left
	return d.sync()
}

// sync has the names in the folder on disk when it returns.
func (d folder) sync() error {
	_, err := retry(func() (int, error) { return 0, unix.Fsync(d.fd) })
	return recordFile{path: d.path}.fail("sync", err)
}

// createNameless writes a file that has no name, which a crash leaves no trace of, and then names
// it.
func (d folder) createNameless(ctx context.Context, user, name string, n numbered) error {
	f := recordFile{path: d.path + "/" + name}
	fd, err := retry(func() (int, error) {
		return unix.Openat(d.fd, ".", unix.O_RDWR|unix.O_TMPFILE|unix.O_CLOEXEC, 0o600)
	})
	if err != nil {
		return f.fail("create", err)
	}
	f.fd = fd
	defer f.close()
	if err := f.saveWhole(user, n); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err = unix.Linkat(fd, "", d.fd, name, unix.AT_EMPTY_PATH)
	if err != nil && err != unix.EEXIST {
		// without CAP_DAC_READ_SEARCH a nameless file is linked by way of /proc
		err = unix.Linkat(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd), d.fd, name,
			unix.AT_SYMLINK_FOLLOW)
	}
	return f.fail("create", err)
}

// grow puts a larger file in the place of a record that does not fit into its own any more, whose
// lock is held. Where that fails the record stays as it is, and forgets what it may.
func (d folder) grow(old recordFile, user, name string, n numbered) error {
	temporary := growName(old)
	f := recordFile{path: d.path + "/" + temporary}
	var err error
	f.fd, err = retry(func() (int, error) {
		const flags = unix.O_RDWR | unix.O_CREAT | unix.O_TRUNC |
			unix.O_NOFOLLOW | unix.O_CLOEXEC
		return unix.Openat(d.fd, temporary, flags|unix.O_NONBLOCK, 0o600)
	})
	if err != nil {
		return f.fail("create", err)
	}
	defer f.close()
	if err = f.check(); err == nil {
		err = f.saveWhole(user, n)
	}
	if err == nil {
		err = d.stands(old, name)
	}
	if err == nil {
		err = f.fail("rename", unix.Renameat(d.fd, temporary, d.fd, name))
	}
	if err != nil {
		_ = unix.Unlinkat(d.fd, temporary, 0)
	}
	return err
}

// growName is that of the larger file until it takes the record's place. It is one file's own, so
// that whoever takes the name from that takes this one, too, and no other's: see takeOver.
func growName(old recordFile) string { return ".grow-" + strconv.FormatUint(old.ino, 10) }

// temporaryName is that of a user's record until it is whole. No encoded name begins with a dot.
func temporaryName(name string) string { return ".new-" + name }

// createNamed writes a file under another name and renames it. A crash may leave that one, which
// whoever makes the record clears away.
func (d folder) createNamed(ctx context.Context, user, name string, n numbered) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	temporary := temporaryName(name)
	p := patient(ctx)
	l, err := lineUp(p, d.path+"/"+temporary)
	if err != nil {
		return err
	}
	defer l.leave()
	var f recordFile
	if f, err = d.openNew(temporary); err != nil {
		return err
	}
	if f, err = l.lock(p, f); err != nil {
		return err
	}
	defer f.close()
	if err := d.stillNamed(&f, temporary); err != nil {
		return err
	}
	if err = f.saveWhole(user, n); err == nil {
		err = f.fail("create", d.rename(temporary, name))
	}
	if errors.Is(err, unix.ENOENT) {
		// another process was faster, and cleared the name away
		return f.fail("create", unix.EEXIST)
	}
	if err != nil {
		_ = unix.Unlinkat(d.fd, temporary, 0)
		return err
	}
	if err = d.stands(f, name); errors.Is(err, ErrReplaced) {
		// the name was taken from it before: see dropHeld
		return f.fail("create", unix.EEXIST)
	}
	return err
}

// openNew opens a file that may be there or not.
func (d folder) openNew(name string) (recordFile, error) {
	f := recordFile{path: d.path + "/" + name}
	var err error
	f.fd, err = retry(func() (int, error) {
		return unix.Openat(d.fd, name,
			unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC|unix.O_NONBLOCK,
			0o600)
	})
	if err != nil {
		return recordFile{}, f.fail("create", err)
	}
	return f, nil
}

// rename gives a file another name, if nothing has that.
func (d folder) rename(from, to string) error {
	err := unix.Renameat2(d.fd, from, d.fd, to, unix.RENAME_NOREPLACE)
	if err != unix.EINVAL && err != unix.ENOSYS {
		return err
	}
	// A file system that cannot promise as much can link, which replaces nothing either. A
	// crash in between leaves both names.
	if err := unix.Linkat(d.fd, from, d.fd, to, 0); err != nil {
		return err
	}
	return unix.Unlinkat(d.fd, from, 0)
}

// clearSecondName removes the temporary name that a crash has left to a record which has its own.
func (d folder) clearSecondName(f recordFile, name string) bool {
	var opened, second unix.Stat_t
	if unix.Fstat(f.fd, &opened) != nil ||
		unix.Fstatat(d.fd, temporaryName(name), &second, unix.AT_SYMLINK_NOFOLLOW) != nil {
		return false
	}
	return opened.Ino == second.Ino && opened.Dev == second.Dev &&
		unix.Unlinkat(d.fd, temporaryName(name), 0) == nil
}

// stillNamed says fs.ErrExist of a file that was renamed while it was waited for: then the record
// is there.
func (d folder) stillNamed(f *recordFile, name string) error {
	if err := f.check(); errors.Is(err, fs.ErrNotExist) {
		return f.fail("create", unix.EEXIST)
	} else if err != nil {
		return err
	}
	if err := d.stands(*f, name); errors.Is(err, ErrReplaced) {
		return f.fail("create", unix.EEXIST)
	} else if err != nil {
		return err
	}
	return nil
}

// stands says whether a record that was checked before still has its name. Only then does what was
// written into it count: see takeOver.
func (d folder) stands(f recordFile, name string) error {
	var named unix.Stat_t
	_, err := retry(func() (int, error) {
		return 0, unix.Fstatat(d.fd, name, &named, unix.AT_SYMLINK_NOFOLLOW)
	})
	if err == unix.ENOENT || err == nil && (named.Ino != f.ino || uint64(named.Dev) != f.dev) {
		return f.fail("write", ErrReplaced)
	}
	return f.fail("stat", err)
}
