//go:build linux

package files

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// ErrReplaced means that another file took the record's place while an attempt held it. What the
// attempt came to is not known there, so it is refused.
var ErrReplaced = errors.New("record was replaced meanwhile")

// forceWait is how long a record is waited for that is then taken from whoever holds it: no login
// that goes on takes as long.
const forceWait = time.Second

// BreakLock gets past a process that holds the user's record: see [motp.LockBreaker]. It waits a
// second for the record first.
func (s Store) BreakLock(ctx context.Context, user string) error {
	err := s.free(patience{Context: ctx, until: time.Now().Add(forceWait)}, user)
	if errors.Is(err, motp.ErrBusy) {
		return s.takeOver(ctx, user)
	}
	return err
}

// free returns when nobody holds a user's record, or makes it.
func (s Store) free(p patience, user string) error {
	t, err := s.begin(p, user)
	if err != nil {
		return err
	}
	defer t.end()
	err = t.dir.wait(p, t.line, t.name)
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	l, err := lineUp(p, s.Dir+"/"+temporaryName(t.name))
	if err != nil {
		return err
	}
	defer l.leave()
	if err := t.dir.wait(p, l, temporaryName(t.name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// wait returns when nobody holds a file.
func (d folder) wait(p patience, l *line, name string) error {
	f, err := d.openLocked(p, l, name)
	if err == nil {
		f.close()
	}
	return err
}

// takeOver puts a copy in the place of a record that another process holds.
//
// Whoever holds a record writes, looks whether its file still has the name, and only then tells a
// verdict. So the name is taken away first, and the file read after: what was told by then stands
// in it, and nothing is told any more. In between, the copy holds what was read before, in one
// slot: should this process end there, the next one assumes the worst of the other.
func (s Store) takeOver(ctx context.Context, user string) error {
	if err := motp.CheckName(user); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	name := motp.EncodeName(user)
	dir, err := openFolder(s.Dir)
	if err != nil {
		return err
	}
	defer dir.close()
	// of those who take over records, one works at a time: what the folder's own lock is for
	if locked, err := dir.file().tryLock(); err != nil {
		return err
	} else if !locked {
		return dir.file().fail("lock", motp.ErrBusy)
	}
	old, err := dir.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return dir.dropHeld(temporaryName(name))
	}
	if err != nil {
		return err
	}
	defer old.close()
	err = old.check()
	if errors.Is(err, ErrUnsafe) && dir.clearSecondName(old, name) {
		err = old.check()
	}
	if err != nil {
		return err
	}
	if locked, err := old.tryLock(); locked || err != nil {
		return err
	}
	err = dir.putCopy(user, name, old)
	if errors.Is(err, ErrReplaced) {
		return nil // by the process that held it
	}
	return err
}

// file is the folder itself as a file.
func (d folder) file() recordFile { return recordFile{fd: d.fd, path: d.path} }

// dropHeld takes the name from a file that another process holds, if there is one.
func (d folder) dropHeld(name string) error {
	f, err := d.open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.close()
	if locked, err := f.tryLock(); locked || err != nil {
		return err
	}
	return d.remove(name)
}

// remove takes away a name, if it is there.
func (d folder) remove(name string) error {
	err := unix.Unlinkat(d.fd, name, 0)
	if err == unix.ENOENT {
		err = nil
	}
	return recordFile{path: d.path + "/" + name}.fail("unlink", err)
}

// copyName is that of the copy until it takes the record's place, and of the record then.
func copyName(name string) string { return ".copy-" + name }

// putCopy puts a copy of a record that is held in its place.
func (d folder) putCopy(user, name string, old recordFile) error {
	if err := d.remove(copyName(name)); err != nil { // what a crash has left
		return err
	}
	f, err := d.openNew(copyName(name))
	if err != nil {
		return err
	}
	defer f.close()
	err = f.check()
	if err == nil {
		_, err = f.tryLock() // which whoever finds the copy waits for
	}
	if err == nil {
		err = f.saveBefore(user, old)
	}
	if err == nil {
		err = d.swap(name, old)
	}
	if err != nil {
		_ = d.remove(copyName(name))
		return err
	}
	f.path = old.path
	// The holder may have written a larger file in the meantime. Without its name that is
	// nothing; if it has the record's by now, it holds all that this one does.
	if err := d.remove(growName(old)); err != nil {
		return err
	}
	if err := d.stands(f, name); err != nil {
		return err
	}
	if err := f.copyFrom(old); err != nil {
		return err
	}
	return d.sync()
}

// saveBefore writes what is known of a record before its name is taken away.
func (f *recordFile) saveBefore(user string, old recordFile) error {
	n, _, err := old.load(user)
	if errors.Is(err, motp.ErrCorrupt) {
		return nil // as an empty file is
	}
	if err != nil {
		return err
	}
	return f.saveAlone(n, old.size)
}

// swap gives the record's name to the copy, and takes it from the record.
func (d folder) swap(name string, old recordFile) error {
	exchange := func() error {
		err := unix.Renameat2(d.fd, copyName(name), d.fd, name, unix.RENAME_EXCHANGE)
		return old.fail("exchange", err)
	}
	if err := exchange(); err != nil {
		return err
	}
	if err := d.stands(old, copyName(name)); err != nil {
		// the holder has put a larger file there: back with it
		return errors.Join(err, exchange())
	}
	return d.remove(copyName(name))
}
