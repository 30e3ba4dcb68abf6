package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// Do makes the changes of a plan: all of them, or none. Setting up keeps the old files first;
// undoing lets them go when they are back.
func (m Machine) Do(p Plan) error {
	release, err := m.claim()
	if err != nil {
		return err
	}
	defer release()
	// Before anything is kept: what is kept belongs to what the plan was made for.
	for _, c := range p.Changes {
		if err := m.unchanged(c); err != nil {
			return err
		}
	}
	if !p.undo {
		if err := m.keep(p); err != nil {
			return err
		}
	}
	for i, c := range p.Changes {
		err := m.unchanged(c)
		if err == nil {
			err = m.replace(c)
		}
		if err != nil {
			return errors.Join(err, m.back(p.Changes[:i]), m.forget(p.keeps))
		}
	}
	if p.undo {
		return m.forget(p.keeps)
	}
	return nil
}

// TakeBack puts things as they were before a plan was done.
func (m Machine) TakeBack(p Plan) error {
	release, err := m.claim()
	if err != nil {
		return err
	}
	defer release()
	if err := m.back(p.Changes); err != nil {
		return err
	}
	return m.forget(p.keeps)
}

// claim keeps other setups away until release. What root puts back must be what root has kept:
// nobody else may write where it lies. Its folder's folder is not made: it is that of the records,
// and an empty one in the place of one that was lost makes used codes good again.
func (m Machine) claim() (release func(), err error) {
	if err := os.Mkdir(m.Kept, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	for _, path := range []string{filepath.Dir(m.Kept), m.Kept} {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		owner := info.Sys().(*syscall.Stat_t).Uid
		if !info.IsDir() || int(owner) != os.Geteuid() || info.Mode()&0o022 != 0 {
			return nil, fmt.Errorf("%s: somebody else may write there, and could have "+
				"anything put into PAM's files: nothing is changed", path)
		}
	}
	folder, err := os.Open(m.Kept)
	if err != nil {
		return nil, err
	}
	for {
		if err = unix.Flock(int(folder.Fd()), unix.LOCK_EX); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return func() { _ = folder.Close() }, nil
}

// forget lets go what is kept of a service, if all of it is back.
func (m Machine) forget(service string) error {
	paths, err := m.keptFiles(service)
	if err != nil {
		return err
	}
	for _, path := range paths {
		k, err := m.kept(service, path)
		if err != nil {
			return err
		}
		c, err := m.now(path)
		if err != nil {
			return err
		}
		if c.There != k.there || !bytes.Equal(c.Old, k.before) {
			return nil
		}
	}
	// What was written first: an interruption in between leaves nothing to undo, not a service
	// of which nothing was there before.
	return errors.Join(os.RemoveAll(m.keptAt(service, after, "")),
		os.RemoveAll(filepath.Join(m.Kept, service)))
}

// unchanged returns an error if a file is no longer what the plan was made for.
func (m Machine) unchanged(c Change) error {
	now, err := m.now(c.Path)
	if err == nil && (now.There != c.There || !bytes.Equal(now.Old, c.Old)) {
		err = fmt.Errorf("%s: somebody has changed it meanwhile: begin anew", c.Path)
	}
	return err
}

// back takes changes back that were made already.
func (m Machine) back(made []Change) error {
	var all error
	for _, c := range slices.Backward(made) {
		c.Old, c.New, c.There, c.Gone = c.New, c.Old, !c.Gone, !c.There
		all = errors.Join(all, m.replace(c))
	}
	return all
}

// keep puts the old files of a plan, and the new ones, where an undo finds them.
func (m Machine) keep(p Plan) error {
	if err := os.MkdirAll(m.keptAt(p.keeps, "", ""), 0o700); err != nil {
		return err
	}
	for _, c := range p.Changes {
		for _, tree := range []string{before, after} {
			if err := m.keptFolders(p.keeps, tree, filepath.Dir(c.Path)); err != nil {
				return err
			}
		}
		old := m.keptAt(p.keeps, before, c.Path)
		if c.keep {
			var err error
			if c.There { // in the place of an older one, in one step
				err = put(old, "", c.Old, c)
			} else if err = os.Remove(old); errors.Is(err, fs.ErrNotExist) {
				err = nil
			}
			if err != nil {
				return err
			}
		}
		if err := put(m.keptAt(p.keeps, after, c.Path), "", c.New, c); err != nil {
			return err
		}
	}
	return nil
}

// keptFolders makes the folders for a kept file. Those above let only root in; these have the mode
// of the folders that they stand for, which "cp -a" gives them.
func (m Machine) keptFolders(service, tree, path string) error {
	if path != "/" {
		if err := m.keptFolders(service, tree, filepath.Dir(path)); err != nil {
			return err
		}
	}
	folder := m.keptAt(service, tree, path)
	if err := os.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(folder, 0o755) // whatever the umask is
}

// replace puts the new file in the place of the old one, in one step.
func (m Machine) replace(c Change) error {
	path := m.at(c.Path)
	if c.Gone {
		if err := os.Remove(path); err != nil {
			return err
		}
		return syncFolder(filepath.Dir(path))
	}
	// A half-written file in PAM's folder would be a service of its own.
	return put(path, filepath.Dir(filepath.Dir(path)), c.New, c)
}

// put writes a file with the mode and owner of a change, which is there whole or not at all. It is
// written in a folder of the same file system first; with "", in its own.
func put(path, scratch string, text []byte, c Change) (err error) {
	if scratch == "" {
		scratch = filepath.Dir(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(scratch, ".motp-setup-")
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil && !errors.Is(closed, fs.ErrClosed) {
			err = closed
		}
		if err != nil {
			_ = os.Remove(file.Name())
		}
	}()
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Chown(c.uid, c.gid); err != nil {
		return err
	}
	if err := file.Chmod(c.mode); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder has the disk know what is in a folder.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
