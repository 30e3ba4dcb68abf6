package dryrun

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/mounts"
	"golang.org/x/sys/unix"
)

// shell prepares a place.
func shell(t *testing.T, folder, script string) {
	t.Helper()
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v: %s", script, err, out)
	}
}

// aside does something where nobody else sees what is mounted.
func aside(t *testing.T, do func()) {
	t.Helper()
	over := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := unix.Unshare(unix.CLONE_NEWNS | unix.CLONE_FS)
		if err == nil {
			err = mounts.Private()
		}
		if err == nil {
			do()
		}
		over <- err
	}()
	if err := <-over; err != nil {
		t.Fatal(err)
	}
}

// What keeps the real thing from being written is found out, and nothing is left where it is not.
func TestReplace(t *testing.T) {
	for _, c := range []struct {
		name, before, after string
		want                error
	}{
		{"file", "touch table", "", nil},
		{"no file", "", "", nil},
		{"no folder", "rmdir ../place", "", fs.ErrNotExist},
		{"immutable file", "touch table; chattr +i table", "chattr -i place/table",
			ErrImmutable},
		{"append-only file", "touch table; chattr +a table", "chattr -a place/table",
			ErrImmutable},
		{"immutable folder", "touch table; chattr +i .", "chattr -i place", ErrImmutable},
		{"append-only folder", "touch table; chattr +a .", "chattr -a place", ErrImmutable},
		{"read-only file system", "touch table; mount --bind . .; mount -o " +
			"remount,bind,ro .", "",
			unix.EROFS},
		{"file that is a mount", "touch table; mount --bind table table", "", ErrMount},
		{"full file system", "mount -t tmpfs -o size=16k none ../place; " +
			"head -c 12000 /dev/zero >../place/table", "", unix.ENOSPC},
	} {
		t.Run(c.name, func(t *testing.T) {
			place := filepath.Join(t.TempDir(), "place")
			if err := os.Mkdir(place, 0o700); err != nil {
				t.Fatal(err)
			}
			var err error
			var files, now []os.DirEntry
			aside(t, func() {
				shell(t, place, c.before)
				files, _ = os.ReadDir(place)
				err = Replace(filepath.Join(place, "table"), make([]byte, 12000))
				now, _ = os.ReadDir(place)
				shell(t, filepath.Dir(place), c.after)
			})
			if !errors.Is(err, c.want) {
				t.Errorf("the error is %v, want %v", err, c.want)
			}
			var path *fs.PathError
			if err != nil && !errors.As(err, &path) {
				t.Errorf("the error is a %T", err)
			}
			if len(now) != len(files) {
				t.Errorf("it left %v", now)
			}
		})
	}
}

// A plain user may not write in root's folder, and says so.
func TestRights(t *testing.T) {
	if os.Getenv("DRYRUN_IN") != "" {
		t.Logf("came to %v", Create(os.Getenv("DRYRUN_IN"), []byte("x")))
		return
	}
	folder := t.TempDir()
	for f := folder; f != os.TempDir(); f = filepath.Dir(f) {
		if err := os.Chmod(f, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	shell(t, folder, "install -m 0755 '"+self+"' test") // which everybody may run
	cmd := exec.Command("setpriv", "--reuid=65534", "--clear-groups", "--",
		filepath.Join(folder, "test"), "-test.run=^TestRights$", "-test.v")
	cmd.Env = append(os.Environ(), "DRYRUN_IN="+folder)
	out, err := cmd.CombinedOutput()
	want := "came to write into " + folder + ": permission denied"
	if err != nil || !strings.Contains(string(out), want) {
		t.Errorf("%v: %s", err, out)
	}
}
