//go:build linux

package files

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// A Store keeps records in a folder, for any number of goroutines and processes at once. A call
// waits for others who use the same user's record, at most five seconds in all.
//
// The errors about a file or the folder are of type *fs.PathError; of those that they wrap,
// [motp.ErrBusy], [motp.ErrCorrupt], [motp.ErrFull], [ErrUnsafe] and [ErrReplaced] are worth a
// text of their own.
type Store struct {
	// Dir is the folder of the records, mode 0700, owned by root or by whoever runs the
	// program. It holds one small file per user, named by [motp.EncodeName].
	Dir string

	// Crowd is how many calls of this process may wait for a record that somebody holds, and
	// does not let go: more are [motp.ErrBusy] at once. Where the calls go on, however many,
	// they take their turns. 0 sets no limit; it is for programs that stay, and serve many.
	Crowd int
}

var _ motp.LockBreaker = Store{}

// A turn is a call that has the turn of a user's record, and the folder open.
type turn struct {
	line *line
	dir  folder
	name string
}

// begin waits for the turn.
func (s Store) begin(p patience, user string) (turn, error) {
	if err := motp.CheckName(user); err != nil {
		return turn{}, err
	}
	if err := p.Err(); err != nil {
		return turn{}, err
	}
	name := motp.EncodeName(user)
	l, err := lineUp(p, s.Dir+"/"+name)
	if err != nil {
		return turn{}, err
	}
	dir, err := openFolder(s.Dir)
	if err != nil {
		l.leave()
		return turn{}, err
	}
	return turn{l, dir, name}, nil
}

func (t turn) end() {
	t.dir.close()
	t.line.leave()
}

// Update changes a user's record, which is on disk when it returns: see [motp.Store].
func (s Store) Update(ctx context.Context, user string, change motp.Change) error {
	p := s.patient(ctx)
	t, err := s.begin(p, user)
	if err != nil {
		return err
	}
	defer t.end()
	for {
		f, err := t.dir.openLocked(p, t.line, t.name)
		if errors.Is(err, fs.ErrNotExist) {
			err = t.dir.create(p, user, t.name, change)
			if errors.Is(err, fs.ErrExist) {
				continue
			}
			return err
		}
		if err != nil {
			return err
		}
		defer f.close()
		return t.update(&f, user, change)
	}
}

// update changes a record that is locked.
func (t turn) update(f *recordFile, user string, change motp.Change) error {
	n, doubt, err := f.load(user)
	if errors.Is(err, motp.ErrCorrupt) {
		return t.replace(f, user, change)
	}
	if err != nil {
		return err
	}
	current := motp.Current{Record: n.record, Doubt: doubt, Room: size(largeImage).room()}
	next, err := change(current)
	if err != nil {
		return changeFailed(*f, err)
	}
	if n.seq == 1 {
		// whoever made the record may have died before its name was on disk
		if err := t.dir.sync(); err != nil {
			return err
		}
	}
	n = numbered{seq: n.seq + 1, record: next.Record}
	if f.size == smallImage && sizeFor(next.Record) == largeImage {
		if t.dir.grow(*f, user, t.name, n) == nil {
			return t.dir.sync()
		}
		current.Room = f.size.room()
		if next, err = change(current); err != nil {
			return changeFailed(*f, err)
		}
		n.record = next.Record
	}
	if err := f.save(user, n); err != nil {
		return err
	}
	if next.Only {
		n.seq++ // and into the other slot, which has the record from before
		if err := f.save(user, n); err != nil {
			return err
		}
	}
	return t.dir.stands(*f, t.name)
}

// replace puts a new record in the place of one that cannot be read.
func (t turn) replace(f *recordFile, user string, change motp.Change) error {
	next, err := change(motp.Current{Lost: true, Room: size(largeImage).room()})
	if err != nil {
		return changeFailed(*f, err)
	}
	if err := f.saveWhole(user, numbered{seq: 1, record: next.Record}); err != nil {
		return err
	}
	return t.dir.stands(*f, t.name)
}

// changeFailed puts the record's file to the error of a change.
func changeFailed(f recordFile, err error) error {
	if errors.Is(err, motp.ErrCorrupt) {
		return f.fail("read", err)
	}
	if errors.Is(err, motp.ErrSealed) {
		return placed{f.path, err}
	}
	return f.fail("write", err)
}

// A placed error says in which record it is that something does not open; no call has failed.
type placed struct {
	path string
	error
}

func (e placed) Error() string { return e.path + ": " + e.error.Error() }

func (e placed) Unwrap() error { return e.error }

// Rehearse does the work of an update on the record of nobody: see [motp.Store].
func (s Store) Rehearse(ctx context.Context, name string, change motp.Change) {
	if ctx.Err() != nil {
		return
	}
	dir, err := openFolder(s.Dir)
	if err != nil {
		return
	}
	defer dir.close()
	f, leave, err := dir.lockFor(s.patient(ctx), name)
	if errors.Is(err, fs.ErrNotExist) {
		_ = dir.create(ctx, nobody, nobody, change)
		return
	}
	if err != nil {
		return
	}
	defer leave()
	n, doubt, _ := f.load(nobody)
	next, err := change(motp.Current{Record: n.record, Doubt: doubt, Room: f.size.room()})
	if err != nil {
		return
	}
	_ = f.save(nobody, numbered{seq: n.seq + 1, record: next.Record})
}

// View returns a user's record as it stands: see [motp.Store].
func (s Store) View(ctx context.Context, user string) (motp.Current, error) {
	n, doubt, err := s.read(ctx, user)
	if err != nil {
		return motp.Current{}, err
	}
	return motp.Current{Record: n.record, Doubt: doubt, Room: size(largeImage).room()}, nil
}

// read reads a user's record without a lock: a write into one slot leaves the other whole.
func (s Store) read(ctx context.Context, user string) (n numbered, doubt bool, err error) {
	if err := ctx.Err(); err != nil {
		return numbered{}, false, err
	}
	dir, err := openFolder(s.Dir)
	if err != nil {
		return numbered{}, false, err
	}
	defer dir.close()
	f, err := dir.open(motp.EncodeName(user))
	if errors.Is(err, fs.ErrNotExist) {
		return numbered{}, false, nil
	}
	if err != nil {
		return numbered{}, false, err
	}
	defer f.close()
	if err := f.check(); err != nil {
		return numbered{}, false, err
	}
	return f.load(user)
}

// Prepare makes the folder if it is missing, and the user's record, so that the first login needs
// no new disk blocks: see [motp.Store].
func (s Store) Prepare(ctx context.Context, user string, first motp.Change) error {
	if err := motp.CheckName(user); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := unix.Mkdir(s.Dir, 0o700); err != nil && err != unix.EEXIST {
		return &fs.PathError{Op: "mkdir", Path: s.Dir, Err: err}
	}
	ctx = s.patient(ctx)
	if n, _, err := s.read(ctx, user); err != nil || n.seq > 0 {
		return err
	}
	if err := s.Update(ctx, user, unlessThere(first)); err != nil {
		return err
	}
	// a record's second change syncs the folder once more, which no login need wait for
	return s.Update(ctx, user, unlessThere(first))
}

// unlessThere keeps a record that is there.
func unlessThere(first motp.Change) motp.Change {
	return func(c motp.Current) (motp.Next, error) {
		if c.Lost {
			return motp.Next{}, motp.ErrCorrupt
		}
		if c.Record != nil {
			return motp.Next{Record: c.Record}, nil
		}
		return first(c)
	}
}

// Forget removes a user's record: see [motp.Store].
func (s Store) Forget(ctx context.Context, user string) error {
	p := s.patient(ctx)
	t, err := s.begin(p, user)
	if err != nil {
		return err
	}
	defer t.end()
	f, err := t.dir.openLocked(p, t.line, t.name) // no login is in the middle of it
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.close()
	if err := t.dir.stands(f, t.name); err != nil {
		return err
	}
	return f.fail("unlink", unix.Unlinkat(t.dir.fd, t.name, 0))
}

// Names returns the users who have a record: see [motp.Store].
func (s Store) Names(ctx context.Context) (names []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := openFolder(s.Dir)
	if err != nil {
		return nil, err
	}
	defer dir.close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := retry(func() (int, error) { return unix.ReadDirent(dir.fd, buffer) })
		if err != nil {
			return nil, &fs.PathError{Op: "read", Path: s.Dir, Err: err}
		}
		if n <= 0 {
			return names, nil
		}
		var files []string
		_, _, files = unix.ParseDirent(buffer[:n], -1, nil)
		for _, file := range files {
			if name, ok := motp.DecodeName(file); ok {
				names = append(names, name)
			}
		}
	}
}
