package conf

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockWait is how long an edit waits for another one of the same file.
const lockWait = 10 * time.Second

// For tests: beforeLock is called when the file is open and not yet locked, beforeRename when the
// new file is whole, under its temporary name, and the old one still stands.
var (
	beforeLock   = func() {}
	beforeRename = func() {}
)

// A lockedFile is a table that is being edited. Only one process at a time has it; readers never
// wait.
type lockedFile struct {
	path string
	file *os.File
}

// lockFile opens a table the way the reader does, and locks it. The lock is a kernel lock on the
// file itself: it vanishes with the process, and nobody but root can hold it.
func lockFile(path string) (*lockedFile, error) {
	for deadline := time.Now().Add(lockWait); ; {
		fd, _, err := openSafely(unix.AT_FDCWD, path, path, unix.S_IFREG)
		if err != nil {
			return nil, err
		}
		file := os.NewFile(uintptr(fd), path)
		beforeLock()
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			if isStill(path, file) {
				return &lockedFile{path, file}, nil
			}
			// another edit put a new file in its place while we waited
			err = unix.EWOULDBLOCK
		}
		file.Close()
		switch {
		case err != unix.EWOULDBLOCK && err != unix.EINTR:
			return nil, systemError(path, "lock", err)
		case time.Now().After(deadline):
			return nil, &Error{
				Kind: Unavailable,
				File: path,
				Msg:  "another process is editing it: try again",
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// isStill tells whether a path still leads to an open file.
func isStill(path string, file *os.File) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(path)
	return err == nil && os.SameFile(opened, now)
}

// createFile makes an empty table where there is none, so that there is something to lock. An empty
// table has no users, as a missing one.
func createFile(path string) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil // another process was faster
	}
	if err != nil {
		return err
	}
	return file.Close()
}

func (f *lockedFile) unlock() { f.file.Close() }

// temporary is the name of the new file until it is whole. There is only one, so that what a crash
// leaves is cleared away by the next edit; the reader of a folder of tables does not take it for
// one.
func (f *lockedFile) temporary() string {
	return filepath.Join(filepath.Dir(f.path), "."+filepath.Base(f.path)+".new")
}

// clearUp takes away what a crash has left, which may hold secrets.
func (f *lockedFile) clearUp() { _ = os.Remove(f.temporary()) }

// replace puts new content in the file's place, in one step: whoever reads it, or finds it after a
// crash, has the old file or the new one.
func (f *lockedFile) replace(content []byte) (err error) {
	temporary := f.temporary()
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW,
		0o600)
	if err != nil {
		return err
	}
	defer func() {
		file.Close()
		if err != nil {
			os.Remove(temporary)
		}
	}()
	if _, err := file.Write(content); err != nil {
		return err
	}
	if err := f.copyAttributes(file); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	beforeRename()
	if err := os.Rename(temporary, f.path); err != nil {
		return err
	}
	return syncFolder(f.path)
}

// remove deletes the file.
func (f *lockedFile) remove() error {
	if err := os.Remove(f.path); err != nil {
		return err
	}
	return syncFolder(f.path)
}

// copyAttributes gives the new file the owner, mode and SELinux label of the old one.
func (f *lockedFile) copyAttributes(file *os.File) error {
	var old unix.Stat_t
	if err := unix.Fstat(int(f.file.Fd()), &old); err != nil {
		return &fs.PathError{Op: "stat", Path: f.path, Err: err}
	}
	if err := file.Chown(int(old.Uid), int(old.Gid)); err != nil {
		return err
	}
	if err := file.Chmod(fs.FileMode(old.Mode & 0o777)); err != nil {
		return err
	}
	const label = "security.selinux"
	value := make([]byte, 1024)
	if n, err := unix.Fgetxattr(int(f.file.Fd()), label, value); err == nil {
		// Without the right to set a label the file keeps the one that its folder gives it.
		_ = unix.Fsetxattr(int(file.Fd()), label, value[:n], 0)
	}
	return nil
}

// syncFolder has a rename on disk when it returns.
func syncFolder(path string) error {
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
