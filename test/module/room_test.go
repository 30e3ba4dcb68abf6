package module

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

// A room is a mount namespace in which a site is the default one: its folders lie over
// /etc/security, /var/lib, and /run. It holds nothing back: what is mounted below the site's folder
// outside, a full or a read-only file system, is there in the room too.
type room struct {
	// namespace, and its root: the tests may run in a chroot.
	namespace, root *os.File
	motpd           *stage.Motpd
}

// openRoom makes a room around the site, with a motpd in it that serves it until the test ends.
func openRoom(t *testing.T, s *site) *room {
	t.Helper()
	must(t, unix.Mount(s.dir, s.dir, "", unix.MS_BIND, ""))
	must(t, unix.Mount("", s.dir, "", unix.MS_SHARED, ""))
	t.Cleanup(func() { must(t, unix.Unmount(s.dir, unix.MNT_DETACH)) })

	r, made, leave, left := &room{}, make(chan error), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		// The namespace is this thread's, which is never unlocked, and ends. motpd, which
		// must not outlive this process, ends with it.
		runtime.LockOSThread()
		err := r.furnish(s)
		made <- err
		if err == nil {
			<-leave
		}
		r.close(t)
	}()
	must(t, <-made)
	t.Cleanup(func() {
		close(leave)
		<-left
	})
	return r
}

// furnish gives the thread a namespace, puts the site into its place, and starts motpd.
func (r *room) furnish(s *site) (err error) {
	if err := unix.Unshare(unix.CLONE_FS | unix.CLONE_NEWNS); err != nil {
		return err
	}
	for _, place := range []struct{ from, to string }{
		{filepath.Dir(s.conf), "/etc/security"},
		{filepath.Dir(s.state), "/var/lib"},
		{s.run, "/run"},
	} {
		if err := unix.Mount(place.from, place.to, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("bind %s to %s: %w", place.from, place.to, err)
		}
	}
	if r.namespace, err = os.Open("/proc/thread-self/ns/mnt"); err != nil {
		return err
	}
	if r.root, err = os.Open("/"); err != nil {
		return err
	}
	r.motpd, err = stage.StartMotpd(motpdPath(), "/run/motp",
		&syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL})
	return err
}

// close ends motpd, which must still be there, and have found nothing odd.
func (r *room) close(t *testing.T) {
	if r.motpd != nil {
		if err := r.motpd.Stop(); err != nil {
			t.Error(err)
		}
		logged := journal.drain(t, fmt.Sprintf("motpd[%d]", r.motpd.PID()))
		if len(logged) != 0 {
			t.Errorf("motpd logged: %q", logged)
		}
		if t.Failed() {
			t.Logf("motpd said: %s", r.motpd.Said())
		}
	}
	r.namespace.Close()
	r.root.Close()
}

// stop ends motpd, so that there is none.
func (r *room) stop(t *testing.T) {
	t.Helper()
	must(t, r.motpd.Stop())
	r.motpd = nil
}

// do calls f in a thread that is in the room; f may start programs there.
func (r *room) do(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlocked: the thread ends
		if err := r.enter(); err != nil {
			t.Errorf("enter the namespace of a site: %v", err)
			return
		}
		f()
	}()
	<-done
}

func (r *room) enter() error {
	// A thread that shares its root and working folder with others may not change namespaces.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	if err := unix.Setns(int(r.namespace.Fd()), unix.CLONE_NEWNS); err != nil {
		return err
	}
	if err := unix.Fchdir(int(r.root.Fd())); err != nil {
		return err
	}
	return unix.Chroot(".")
}

// here calls f where the site's PAM lines mean what they say: with motpd, in the site's room.
func (s *site) here(t *testing.T, f func()) {
	t.Helper()
	if s.room == nil {
		f()
		return
	}
	s.room.do(t, f)
}

// start starts a host where the site is, which is talked to by pipes.
func (s *site) start(t *testing.T, cmd *exec.Cmd) (in io.WriteCloser, out io.Reader) {
	t.Helper()
	var err error
	s.here(t, func() { in, out, err = stage.Piped(cmd) })
	must(t, err)
	if in == nil {
		t.FailNow()
	}
	return in, out
}
