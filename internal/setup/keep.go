package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pam-motp/pam-motp/internal/pamstack"
	"github.com/pam-motp/pam-motp/internal/regular"
)

// What is kept of a service is two trees: "before" has the files that were there, with their modes
// and owners, so that "cp -a" puts them back even where this program does not run; "after" has
// those that were written. What is in the second alone was not there before.
const (
	before = "before"
	after  = "after"
)

// A keptFile is what is kept of one file.
type keptFile struct {
	path          string
	written       bool // after is there
	there         bool // before is there
	before, after []byte
	mode          fs.FileMode
	uid, gid      int
}

func (m Machine) keptAt(service, tree, path string) string {
	return filepath.Join(m.Kept, service, tree, path)
}

func (m Machine) kept(service, path string) (keptFile, error) {
	k := keptFile{path: path}
	var err error
	k.after, err = regular.Read(m.keptAt(service, after, path), maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, err
	}
	k.written = true
	info, err := os.Lstat(m.keptAt(service, before, path))
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, err
	}
	owner := info.Sys().(*syscall.Stat_t)
	k.there, k.mode = true, info.Mode().Perm()
	k.uid, k.gid = int(owner.Uid), int(owner.Gid)
	k.before, err = regular.Read(m.keptAt(service, before, path), maxFile)
	return k, err
}

// keptFiles are the paths of the files that are kept of a service.
func (m Machine) keptFiles(service string) ([]string, error) {
	top := m.keptAt(service, after, "")
	var paths []string
	err := filepath.WalkDir(top, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			paths = append(paths, strings.TrimPrefix(path, top))
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return paths, err
}

// A ChangedError says that somebody has edited a file since it was set up. What setup wrote is Old,
// and what is there New.
type ChangedError struct{ Change }

func (e *ChangedError) Error() string {
	return e.Path + " was changed since it was set up"
}

// KeptServices are the names of what can be undone.
func (m Machine) KeptServices() ([]string, error) {
	entries, err := os.ReadDir(m.Kept)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// ErrNothingKept is the error of an undo where nothing was set up.
var ErrNothingKept = errors.New("nothing is kept of it")

// ErrBeforeLost is the error of an undo that would take away what cannot have been missing before.
var ErrBeforeLost = errors.New("nothing is changed")

// wrote says whether a file is, letter for letter, one that setup writes. Where a second setup was
// interrupted, what is kept as written is that one's, and what is there the first one's.
func (s Service) wrote(c Change) bool {
	f, known := s.file(c.Path)
	return known && c.There && slices.ContainsFunc(f.siblings(), func(text []byte) bool {
		return bytes.Equal(text, c.Old)
	})
}

// mayGo says whether a file may have been missing before it was set up.
func (m Machine) mayGo(s Service, path string) bool {
	f, known := s.file(path)
	if !known || f.fresh {
		return known
	}
	return slices.ContainsFunc(pamstack.Folders[1:], func(folder string) bool {
		info, err := os.Stat(m.at(filepath.Join(folder, f.name())))
		return err == nil && info.Mode().IsRegular()
	})
}

// Undo finds out what putting back the files of a service changes. The error is a [ChangedError] if
// one is not as setup wrote it, nor as it was before.
func (m Machine) Undo(s Service) (Plan, error) {
	p := Plan{Service: s.Name, keeps: s.Keeps, undo: true}
	paths, err := m.keptFiles(s.Keeps)
	if err != nil {
		return p, err
	}
	if len(paths) == 0 {
		return p, fmt.Errorf("%s: %w in %s: it was not set up by \"motp setup\", or is "+
			"undone", s.Name, ErrNothingKept, m.Kept)
	}
	slices.Reverse(paths) // PAM's files before sshd's, which are harmless without
	slices.SortStableFunc(paths, func(a, b string) int {
		return strings.Compare(filepath.Dir(a), filepath.Dir(b))
	})
	for _, path := range paths {
		c, err := m.now(path)
		if err != nil {
			return p, err
		}
		k, err := m.kept(s.Keeps, path)
		if err != nil {
			return p, err
		}
		if c.There == k.there && bytes.Equal(c.Old, k.before) {
			continue
		}
		if !k.is(c) && !s.wrote(c) {
			return p, &ChangedError{Change{Path: path, There: true, Gone: !c.There,
				Old: k.after, New: c.Old}}
		}
		if !k.there && !m.mayGo(s, path) {
			return p, fmt.Errorf("%s: %w: what was there before is gone from %s, and "+
				"without the file PAM goes by \"other\": bring it back from a "+
				"backup, or by the package that ships it", path, ErrBeforeLost,
				filepath.Join(m.Kept, s.Keeps, before))
		}
		c.New, c.Gone = k.before, !k.there
		if k.there {
			c.mode, c.uid, c.gid = k.mode, k.uid, k.gid
		}
		p.Changes = append(p.Changes, c)
	}
	return p, nil
}
