package setup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pam-motp/pam-motp/internal/pamstack"
	"github.com/pam-motp/pam-motp/internal/regular"
)

// A Machine is where files are set up.
type Machine struct {
	Root string // / but in tests
	// Kept is the folder in which the old files are, which only root may enter. PAM takes every
	// file in its own folders for a service, so it is none of those.
	Kept string
}

// A Change is what becomes of one file.
type Change struct {
	Path     string // without the root
	Old, New []byte
	There    bool // there is an old file
	Gone     bool // there is to be no new one

	mode     fs.FileMode
	uid, gid int
	keep     bool // the old one is to be kept: it is not what an earlier setup wrote
}

// A Plan is what setting up a service changes, or undoing that. It may be nothing.
type Plan struct {
	Service string
	Changes []Change
	keeps   string
	undo    bool
}

const maxFile = 1 << 20

func (m Machine) at(path string) string { return filepath.Join("/", m.Root, path) }

// now reads what is at a path.
func (m Machine) now(path string) (Change, error) {
	c := Change{Path: path, mode: 0o644}
	info, err := os.Lstat(m.at(path))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return c, nil
	case err != nil:
		return c, err
	case !info.Mode().IsRegular():
		return c, fmt.Errorf("%s: is a link, or no file: nothing is changed", path)
	}
	owner := info.Sys().(*syscall.Stat_t)
	c.There, c.mode = true, info.Mode().Perm()
	c.uid, c.gid = int(owner.Uid), int(owner.Gid)
	c.Old, err = regular.Read(m.at(path), maxFile)
	return c, err
}

// Plan finds out what setting a service up changes. The error is an [UnexpectedError] if a file is
// not as it was shipped, and no earlier setup's.
func (m Machine) Plan(s Service) (Plan, error) {
	p := Plan{Service: s.Name, keeps: s.Keeps}
	for _, f := range s.files {
		c, err := m.now(f.path)
		if err != nil {
			return p, err
		}
		c.New = f.text()
		kept, err := m.kept(s.Keeps, f.path)
		if err != nil {
			return p, err
		}
		c.keep = !kept.is(c) && !(kept.written && c.There && f.ours(c.Old))
		switch {
		case c.There && same(c.Old, c.New):
			continue
		case c.There && !c.keep:
		default:
			if err := m.expected(f, c); err != nil {
				return p, err
			}
		}
		p.Changes = append(p.Changes, c)
	}
	return p, nil
}

// expected returns an error unless a file, as it is, may be replaced.
func (m Machine) expected(f file, c Change) error {
	if c.There {
		return f.expect(c.Old)
	}
	folder := filepath.Dir(filepath.Dir(f.path))
	if info, err := os.Stat(m.at(folder)); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s: is the program installed?", folder)
	}
	if vendor, err := pamstack.Find(m.at(""), f.name()); err == nil && f.path != dropIn {
		text, err := regular.Read(m.at(vendor), maxFile)
		if err != nil {
			return err
		}
		return f.expect(text)
	}
	if !f.fresh {
		return fmt.Errorf("there is no %s: is the program installed?", f.path)
	}
	return nil
}

// A State is how a service stands.
type State struct {
	SetUp bool  // its files are the examples
	Kept  bool  // what was there before is kept, and can be put back
	Err   error // why it cannot be set up
}

// State tells how a service stands.
func (m Machine) State(s Service) State {
	p, err := m.Plan(s)
	state := State{SetUp: err == nil && len(p.Changes) == 0, Err: err}
	if kept, err := m.keptFiles(s.Keeps); err == nil {
		state.Kept = len(kept) > 0
	}
	return state
}

// is says whether what is kept as written is what is there now.
func (k keptFile) is(c Change) bool {
	return k.written && c.There && bytes.Equal(c.Old, k.after)
}
