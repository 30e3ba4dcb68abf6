package module

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/msteinert/pam/v2"
	"golang.org/x/sys/unix"
)

// TestUnsafeState: a state folder that others could change, or that is not there, lets nobody in.
func TestUnsafeState(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(t *testing.T, path string){
		"missing": func(t *testing.T, path string) { must(t, os.Remove(path)) },
		"group-readable": func(t *testing.T, path string) {
			must(t, os.Chmod(path, 0o750))
		},
		"world-readable": func(t *testing.T, path string) {
			must(t, os.Chmod(path, 0o755))
		},
		"world-writable": func(t *testing.T, path string) {
			must(t, os.Chmod(path, 0o777))
		},
		"a stranger's": func(t *testing.T, path string) {
			must(t, os.Chown(path, stranger, 0))
		},
		"a symlink": func(t *testing.T, path string) {
			must(t, os.Rename(path, path+".real"))
			must(t, os.Symlink(path+".real", path))
		},
		"a symlink to nothing": func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.Symlink(path+".nothing", path))
		},
		"a file": func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, os.WriteFile(path, nil, 0o700))
		},
		"a FIFO": func(t *testing.T, path string) {
			must(t, os.Remove(path))
			must(t, syscall.Mkfifo(path, 0o700))
		},
		"read-only": readOnly,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			spoil(t, s.state)
			before := s.snapshot(t)
			for _, options := range []string{"", "nullok"} {
				a := s.enter(t, s.service(t, options), "alice", alice.code(0))
				a.want(t, pam.ErrAuthinfoUnavail, "")
				if a.others != 0 {
					t.Errorf("%d log lines beside the result", a.others)
				}
			}
			s.unchanged(t, before)
		})
	}
}

// readOnly mounts a folder over itself, read-only from the first: a room gets a copy of the mount
// as it is then.
func readOnly(t *testing.T, path string) {
	t.Helper()
	const cloned = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC
	mount, err := unix.OpenTree(unix.AT_FDCWD, path, cloned)
	must(t, err)
	defer unix.Close(mount)
	must(t, unix.MountSetattr(mount, "", unix.AT_EMPTY_PATH,
		&unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}))
	must(t, unix.MoveMount(mount, "", unix.AT_FDCWD, path, unix.MOVE_MOUNT_F_EMPTY_PATH))
	t.Cleanup(func() { must(t, syscall.Unmount(path, syscall.MNT_DETACH)) })
}

// small mounts a file system of a few pages over a folder.
func small(t *testing.T, path, limits string) {
	t.Helper()
	must(t, syscall.Mount("tmpfs", path, "tmpfs", 0, "mode=700,"+limits))
	t.Cleanup(func() { must(t, syscall.Unmount(path, syscall.MNT_DETACH)) })
}

// fill writes to a file system until nothing more goes in.
func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "fill"))
	if errors.Is(err, syscall.ENOSPC) {
		return
	}
	must(t, err)
	defer f.Close()
	for page := make([]byte, 4096); ; {
		if _, err := f.Write(page); errors.Is(err, syscall.ENOSPC) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// TestReadOnlyForAKnownUser: who has logged in before is refused as well, and the code is good
// again later.
func TestReadOnlyForAKnownUser(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	s.enter(t, service, "alice", alice.code(-1)).want(t, success, "ok")
	t.Run("read-only", func(t *testing.T) {
		readOnly(t, s.state)
		before := s.snapshot(t)
		s.enter(t, service, "alice", alice.code(0)).want(t, pam.ErrAuthinfoUnavail, "")
		s.enter(t, service, "alice", alice.wrong(0)).want(t, pam.ErrAuthinfoUnavail, "")
		s.unchanged(t, before)
	})
	s.enter(t, service, "alice", alice.code(0)).want(t, success, "ok")
}

// TestFullDisk: a full file system refuses whoever has no record yet; who has one needs no room for
// the next login.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]string{"no blocks": "size=64k",
		"no inodes": "nr_inodes=3"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			small(t, s.state, limits)
			service := s.service(t)
			used := bob.code(-1)
			s.enter(t, service, "bob", used).want(t, success, "ok")
			if name == "no blocks" {
				fill(t, s.state)
			} else {
				must(t, os.WriteFile(filepath.Join(s.state, "fill"), nil, 0o600))
			}
			code := alice.code(0)
			for range 2 {
				a := s.enter(t, service, "alice", code)
				a.want(t, pam.ErrAuthinfoUnavail, "")
				if a.others != 0 {
					t.Errorf("%d log lines beside the result", a.others)
				}
			}
			for i := range int64(3) {
				s.enter(t, service, "bob", used).want(t, pam.ErrAuth, "replay")
				s.enter(t, service, "bob", bob.code(i)).want(t, success, "ok")
			}
			must(t, os.Remove(filepath.Join(s.state, "fill")))
			s.enter(t, service, "alice", code).want(t, success, "ok")
		})
	}
}

// TestSpoiledRecord: a record that is not what was written lets nobody in with a used code, and is
// not overwritten.
func TestSpoiledRecord(t *testing.T) {
	t.Parallel()
	overwrite := func(change func(content []byte) []byte) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			content, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, change(content), 0o600))
		}
	}
	ways := map[string]func(t *testing.T, path string){
		"empty": overwrite(func([]byte) []byte { return nil }),
		"zeros": overwrite(func(c []byte) []byte { return make([]byte, len(c)) }),
		"ones": overwrite(func(c []byte) []byte {
			return bytes.Repeat([]byte{0xff}, len(c))
		}),
		// every byte of it, so that no copy is left
		"flipped": overwrite(func(c []byte) []byte {
			for i := range c {
				c[i] ^= 0x55
			}
			return c
		}),
		"text": overwrite(func(c []byte) []byte {
			return bytes.Repeat([]byte("locked=no\n"), len(c))[:len(c)]
		}),
	}
	for name, spoil := range spoiled {
		if name != "missing" { // that is what a new user's looks like
			ways[name] = spoil
		}
	}
	for name, spoil := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t)
			used := alice.code(-1)
			s.enter(t, service, "alice", used).want(t, success, "ok")
			record := s.onlyStateFile(t)
			s.enter(t, service, "alice", alice.wrong(0)).want(t, pam.ErrAuth, "wrong")
			s.enter(t, service, "alice", alice.wrong(1)).want(t, pam.ErrAuth, "wrong")
			spoil(t, record)
			before := s.snapshot(t)
			for _, code := range []string{used, alice.code(0), alice.wrong(2)} {
				a := s.enter(t, service, "alice", code)
				a.want(t, pam.ErrAuthinfoUnavail, "")
				if a.others != 0 {
					t.Errorf("%d log lines beside the result", a.others)
				}
			}
			s.unchanged(t, before)
			s.enter(t, service, "bob", bob.code(0)).want(t, success, "ok")
		})
	}
}

// TestDamagedRecord: a record of which one copy is left, as a crash may leave it, is taken up
// again, and no code that may have been used comes with it.
func TestDamagedRecord(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(size int64) int64{
		"cut":    func(size int64) int64 { return size / 2 },
		"short":  func(size int64) int64 { return size - 1 },
		"longer": func(size int64) int64 { return size + 4 },
		"huge":   func(int64) int64 { return 1 << 30 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t)
			used := []string{alice.code(-3), alice.code(-2), alice.code(-1)}
			for _, code := range used {
				s.enter(t, service, "alice", code).want(t, success, "ok")
			}
			record := s.onlyStateFile(t)
			info, err := os.Stat(record)
			must(t, err)
			must(t, os.Truncate(record, damage(info.Size())))
			before := s.snapshot(t)
			for _, code := range used {
				if a := s.enter(t, service, "alice", code); a.code !=
					int(pam.ErrAuth) && a.code != int(pam.ErrAuthinfoUnavail) {
					t.Errorf("code %d, log %.300q", a.code, a.record.line)
				}
			}
			s.unchanged(t, before, record)
			s.enter(t, service, "bob", bob.code(0)).want(t, success, "ok")
		})
	}
}

// TestAnothersRecord: one user's record in the place of another's is not taken for it.
func TestAnothersRecord(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	used := alice.code(-1)
	s.enter(t, service, "alice", used).want(t, success, "ok")
	record := s.onlyStateFile(t)
	s.enter(t, service, "bob", bob.code(-5)).want(t, success, "ok")
	for _, file := range s.stateFiles(t) {
		if file != record {
			must(t, os.Rename(file, record))
		}
	}
	if a := s.enter(t, service, "alice", used); a.code == 0 {
		t.Errorf("a used code is accepted with another user's record: %.300q",
			a.record.line)
	}
}
