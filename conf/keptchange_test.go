package conf

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// A step changes a table, and leaves alice with an offset, or without an entry that can be used.
type step struct {
	name   string
	change func(table Table, text string) error
	hides  bool // alice is found no more
}

// inPlace writes over the beginning of what is there.
func inPlace(path, text string) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(text), 0)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// byRename puts another file in its place.
func byRename(path, text string) error {
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// steps are all ways in which a table is changed. Each leaves a folder or file that can be read, or
// one that byRename mends.
var steps = []step{
	{"another file in its place", func(t Table, text string) error {
		return byRename(t.Path, text)
	}, false},
	{"written over, of the same size", func(t Table, text string) error {
		return inPlace(t.Path, text)
	}, false},
	{"written over twice", func(t Table, text string) error {
		if err := inPlace(t.Path, "[bob  ]"); err != nil {
			return err
		}
		return inPlace(t.Path, text)
	}, false},
	{"written anew", func(t Table, text string) error {
		return os.WriteFile(t.Path, []byte(text), 0o600)
	}, false},
	{"written over, with its old times", func(t Table, text string) error {
		info, err := os.Stat(t.Path)
		if err != nil {
			return err
		}
		if err := inPlace(t.Path, text); err != nil {
			return err
		}
		return os.Chtimes(t.Path, info.ModTime(), info.ModTime())
	}, false},
	{"through memory", func(t Table, text string) error { return throughMemory(t.Path, text) },
		false},
	{"a mistake in it", func(t Table, text string) error {
		return byRename(t.Path, text[:len(text)/2]+"pin = 1\n"+text[len(text)/2:])
	}, true},
	{"a mistake in its settings", func(t Table, text string) error {
		return byRename(t.Path, "window = 1\n"+text)
	}, true},
	{"the user twice", func(t Table, text string) error {
		return byRename(t.Path, text+text)
	}, true},
	{"nobody in it", func(t Table, _ string) error { return os.Truncate(t.Path, 0) }, true},
	{"gone", func(t Table, _ string) error { return os.Remove(t.Path) }, true},
	{"open to all", func(t Table, text string) error {
		if err := byRename(t.Path, text); err != nil {
			return err
		}
		return os.Chmod(t.Path, 0o604)
	}, true},
	{"someone else's", func(t Table, text string) error {
		if err := byRename(t.Path, text); err != nil {
			return err
		}
		return os.Chown(t.Path, 12345, -1)
	}, true},
	{"a link in its place", func(t Table, text string) error {
		if err := byRename(t.Path+".away", text); err != nil {
			return err
		}
		if err := os.Symlink(t.Path+".away", t.Path+".link"); err != nil {
			return err
		}
		return os.Rename(t.Path+".link", t.Path)
	}, true},
	{"a FIFO in its place", func(t Table, _ string) error {
		if err := unix.Mkfifo(t.Path+".fifo", 0o600); err != nil {
			return err
		}
		return os.Rename(t.Path+".fifo", t.Path)
	}, true},
	{"the user in a file of their own, too", func(t Table, text string) error {
		if err := byRename(t.Path, text); err != nil {
			return err
		}
		return ownFolder(t, text)
	}, true},
	{"the user in a file of their own only", func(t Table, text string) error {
		if err := byRename(t.Path, "window = 1m\n"); err != nil {
			return err
		}
		return ownFolder(t, text)
	}, false},
	{"the folder open to all", func(t Table, text string) error {
		if err := byRename(t.Path, text); err != nil {
			return err
		}
		if err := os.MkdirAll(t.Dir(), 0o700); err != nil {
			return err
		}
		return os.Chmod(t.Dir(), 0o755)
	}, true},
}

func throughMemory(path, text string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	m, err := unix.Mmap(int(file.Fd()), 0, len(text), unix.PROT_READ|unix.PROT_WRITE,
		unix.MAP_SHARED)
	if err != nil {
		return err
	}
	copy(m, text)
	return unix.Munmap(m)
}

// ownFolder exchanges the folder of own files for one with alice in it.
func ownFolder(t Table, text string) error {
	if err := os.RemoveAll(t.Dir() + ".new"); err != nil {
		return err
	}
	for _, dir := range []string{t.Dir(), t.Dir() + ".new"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	file := filepath.Join(t.Dir()+".new", "alice.conf")
	if err := os.WriteFile(file, []byte(text[:len(text)/2]), 0o600); err != nil {
		return err
	}
	return unix.Renameat2(unix.AT_FDCWD, t.Dir()+".new", unix.AT_FDCWD, t.Dir(),
		unix.RENAME_EXCHANGE)
}

// alice is a table of always the same size that has her with an offset, and another user who is
// named like it: whoever does not see that the table was changed sees her, and not the other.
func alice(offset int) string {
	const section = "[%s]\nsecret = 0123456789abcdef\npin = 1234\noffset = %06d\n"
	return fmt.Sprintf(section+section, "alice", offset, named(offset), offset)
}

func named(offset int) string { return fmt.Sprintf("u%04d", offset) }

// A directory is a table, kept or not.
type directory interface {
	Lookup(name string) (Settings, motp.User, error)
}

// offsetFrom returns a user's offset as Lookup has it; -1 if there is none.
func offsetFrom(d directory, name string) int {
	_, u, err := d.Lookup(name)
	if err != nil {
		return -1
	}
	return int(u.Tokens[0].Offset / (10 * time.Second))
}

// Whatever is done to a table of which there is an index, the next answer knows it, and so does the
// one after another index was made.
func TestKeptSeesEveryChange(t *testing.T) {
	for _, s := range steps {
		t.Run(s.name, func(t *testing.T) {
			table := write(t, alice(1))
			own(t, table, "zoe.conf", zoe)
			k := Keep(table.Path, nil)
			k.settling, k.pause = 20*time.Millisecond, 0 // still more than a tick
			// she is next to the other's place, where the next other is looked for
			k.hash = func(name []byte) uint32 { return uint32(name[len(name)-1]) }
			for !k.byIndex("alice") {
				k.refreshed()
			}
			if err := s.change(table, alice(2)); err != nil {
				t.Fatal(err)
			}
			want := 2
			if s.hides {
				want = -1
			}
			if got := offsetFrom(k, "alice"); got != want {
				t.Errorf("the offset is %d, want %d", got, want)
			}
			same(t, k, "alice", "bob", "zoe", named(1), named(2))
			k.refreshed()
			if got := offsetFrom(k, "alice"); got != want {
				t.Errorf("the offset is %d with an index made anew, want %d", got,
					want)
			}
			same(t, k, "alice", "bob", "zoe", named(1), named(2))
		})
	}
}

// A writer changes a table in every way while others ask: each is told what was written before they
// asked, or later.
func TestKeptIsNeverOlder(t *testing.T) {
	const rounds, readers = 8, 4
	table := write(t, alice(0))
	k := Keep(table.Path, nil)
	k.settling, k.pause = 20*time.Millisecond, 0

	// begun and done are how many changes there are; state tells what each of them left
	var begun, done, asked, quick atomic.Int64
	state := make([]atomic.Int64, rounds*len(steps)+1)
	alone := make([]atomic.Int64, rounds*len(steps)+1)
	var wait sync.WaitGroup
	var over atomic.Bool
	for range readers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for !over.Load() {
				from := done.Load()
				got := int64(offsetFrom(k, "alice"))
				other := int64(offsetFrom(k, named(int(from))))
				to := begun.Load()
				if from == to && got != state[from].Load() ||
					from == to && got == from && other != alone[from].Load() ||
					got >= 0 && (got < from || got > to) {
					t.Errorf("between the changes %d and %d the offset is %d, "+
						"and the other's %d", from, to, got, other)
					return
				}
				asked.Add(1)
			}
		}()
	}
	fail := func(err error) bool {
		if err != nil {
			t.Error(err)
		}
		return err != nil || t.Failed()
	}
	n := 0
	for round := range rounds {
		for _, s := range steps {
			n++
			begun.Store(int64(n))
			os.RemoveAll(table.Dir())
			if fail(byRename(table.Path, alice(n))) || fail(s.change(table, alice(n))) {
				break
			}
			state[n].Store(int64(n))
			if s.hides {
				state[n].Store(-1)
			}
			alone[n].Store(int64(offsetFrom(table, named(n))))
			done.Store(int64(n))
			for round%2 == 0 && !s.hides && !k.byIndex("alice") && !t.Failed() {
				k.refreshed()
			}
			if k.byIndex("alice") {
				quick.Add(1)
			}
			for enough := asked.Load() + 2*readers; asked.Load() < enough &&
				!t.Failed(); {
				runtime.Gosched()
			}
		}
	}
	over.Store(true)
	wait.Wait()
	if least := int64(rounds / 2 * 5); quick.Load() < least {
		t.Errorf("%d answers by an index", quick.Load())
	}
}
