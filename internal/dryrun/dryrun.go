// Package dryrun tells whether a file could be written, without leaving a trace of the attempt. It
// cannot foresee what changes before the real write, and must not know what the file is for.
package dryrun

import (
	"errors"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrImmutable is about files and folders that their attributes keep from being changed.
var ErrImmutable = errors.New(`is immutable or append-only: "chattr -ia" ends that`)

// ErrMount is about files that something is mounted on, as programs in containers have them:
// nothing can take their place.
var ErrMount = errors.New("is a mount of its own, which nothing can take the place of")

// Replace tells whether a file could be replaced by one with this content and the same owner, or
// made, if there is none. The error is an *fs.PathError, or wraps one.
func Replace(path string, content []byte) error {
	owner := &unix.Statx_t{}
	switch err := look(path, owner); {
	case errors.Is(err, fs.ErrNotExist):
		owner = nil
	case err != nil:
		return err
	case owner.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0:
		return &fs.PathError{Op: "replace", Path: path, Err: ErrMount}
	}
	return create(filepath.Dir(path), content, owner)
}

// Create tells whether a new file with this content could be made in a folder.
func Create(folder string, content []byte) error { return create(folder, content, nil) }

// look finds out about a file or folder, and refuses what cannot be changed.
func look(path string, found *unix.Statx_t) error {
	const want = unix.STATX_BASIC_STATS
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, want, found)
	if err != nil {
		return &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if found.Attributes&(unix.STATX_ATTR_IMMUTABLE|unix.STATX_ATTR_APPEND) != 0 {
		return &fs.PathError{Op: "replace", Path: path, Err: ErrImmutable}
	}
	return nil
}

// create writes a file without a name, which is gone when it is closed, and whatever becomes of us.
func create(folder string, content []byte, owner *unix.Statx_t) error {
	if err := look(folder, &unix.Statx_t{}); err != nil {
		return err
	}
	fail := func(op string, err error) error {
		if err == nil {
			return nil
		}
		return &fs.PathError{Op: op, Path: folder, Err: err}
	}
	fd, err := unix.Open(folder, unix.O_TMPFILE|unix.O_WRONLY|unix.O_CLOEXEC, 0o600)
	if err == unix.EOPNOTSUPP || err == unix.EISDIR {
		// a file system without such files: then at least the rights are known
		err = unix.Faccessat(unix.AT_FDCWD, folder, unix.W_OK|unix.X_OK, unix.AT_EACCESS)
		return fail("write into", err)
	}
	if err != nil {
		return fail("write into", err)
	}
	defer unix.Close(fd)
	for len(content) > 0 {
		n, err := unix.Write(fd, content)
		if err != nil && err != unix.EINTR {
			return fail("write into", err)
		}
		content = content[max(n, 0):]
	}
	if owner != nil {
		if err := unix.Fchown(fd, int(owner.Uid), int(owner.Gid)); err != nil {
			return fail("give away a file in", err)
		}
	}
	return nil
}
