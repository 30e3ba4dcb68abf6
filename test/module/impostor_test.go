package module

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
	"golang.org/x/sys/unix"
)

// Messages of motpd: see docs/wire.md.
var (
	hello   = []byte{0x81, 1, 1, 1, 0, 'x'}
	ask     = []byte{0x87, 4, 0, 'O', 'T', 'P', ':', 1, 0, 't'}
	prompts = []byte{0x82, 9, 0, 'P', 'a', 's', 's', 'w', 'o', 'r', 'd', ':'}
	// accepted is a verdict: PAM_SUCCESS, no delay, priority 6, a line.
	accepted = []byte{0x86, 0, 0, 0, 0, 0, 6, 2, 0, 'o', 'k'}
)

// An impostor stands in the place of a site's motpd, which has been stopped. It says its first
// words to whoever connects, answers each packet with the next ones, and hangs up after the last
// unless it is to stay silent.
type impostor struct {
	path    string // the socket's; root's in the room if it is empty
	uid     int    // whose the program that listens is
	backlog int    // how many may wait; with -1 there is one too many already
	first   []byte
	answers [][]byte
	silent  bool
	ending  time.Duration // so long, from the first one on, connections are hung up on

	mu    sync.Mutex
	heard [][]byte
}

// says is an impostor that says this, and then nothing.
func says(first []byte) *impostor { return &impostor{first: first, silent: true} }

// place puts the impostor there, until the test ends.
func (i *impostor) place(t *testing.T, s *site) {
	t.Helper()
	if i.path == "" {
		i.path = rootSocket(s)
	}
	if err := os.Remove(i.path); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	fd := i.listen(t)
	var serving sync.WaitGroup
	t.Cleanup(func() {
		must(t, unix.Shutdown(fd, unix.SHUT_RDWR)) // which ends the waiting below
		serving.Wait()
		must(t, unix.Close(fd))
	})
	if i.backlog < 0 {
		i.fill(t)
		return
	}
	serving.Add(1)
	go func() {
		defer serving.Done()
		var first time.Time
		for {
			conn, _, err := unix.Accept4(fd, unix.SOCK_CLOEXEC)
			if err != nil {
				return
			}
			if first.IsZero() {
				first = time.Now()
			}
			if time.Since(first) >= i.ending {
				i.talk(conn)
			}
			_ = unix.Close(conn)
		}
	}()
}

// rootSocket is where root's hosts look for motpd, as seen from outside of the room.
func rootSocket(s *site) string { return filepath.Join(s.run, "motp", "root.sock") }

// listen makes the socket root's, and has it listened on by the user.
func (i *impostor) listen(t *testing.T) int {
	t.Helper()
	made := make(chan error)
	fd := -1
	go func() {
		runtime.LockOSThread() // the user is this thread's, which ends
		made <- func() (err error) {
			const kind = unix.SOCK_SEQPACKET | unix.SOCK_CLOEXEC
			fd, err = unix.Socket(unix.AF_UNIX, kind, 0)
			if err != nil {
				return err
			}
			if err := unix.Bind(fd, &unix.SockaddrUnix{Name: i.path}); err != nil {
				return err
			}
			// of this thread alone, which unix.Setresuid does not do
			keep := ^uintptr(0)
			if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, keep, uintptr(i.uid),
				keep); errno != 0 {
				return errno
			}
			return unix.Listen(fd, max(i.backlog, 0))
		}()
	}()
	must(t, <-made)
	return fd
}

// fill connects until nobody else can.
func (i *impostor) fill(t *testing.T) {
	t.Helper()
	for {
		fd, err := unix.Socket(unix.AF_UNIX,
			unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
		must(t, err)
		t.Cleanup(func() { unix.Close(fd) })
		err = unix.Connect(fd, &unix.SockaddrUnix{Name: i.path})
		if err == unix.EAGAIN {
			return
		}
		must(t, err)
	}
}

func (i *impostor) talk(conn int) {
	words := append([][]byte{i.first}, i.answers...)
	for n, word := range words {
		if word != nil && unix.Send(conn, word, unix.MSG_NOSIGNAL) != nil {
			return
		}
		if last := n == len(words)-1; last && !i.silent || !i.hear(conn) {
			return
		}
	}
	for i.hear(conn) {
	}
}

// hear takes what is said on a connection, and says whether it is still there.
func (i *impostor) hear(conn int) bool {
	packet := make([]byte, 1<<15)
	n, err := unix.Read(conn, packet)
	if n <= 0 || err != nil {
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.heard = append(i.heard, packet[:n])
	return true
}

// told is what somebody has told the impostor.
func (i *impostor) told() [][]byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.heard)
}

// TestImpostors: what stands in motpd's place and is not motpd is told nothing, shows the person
// nothing, and has a worker judge, or, by motpd=always, nobody.
func TestImpostors(t *testing.T) {
	t.Parallel()
	own := func(_ *testing.T, _ *site) {}
	for name, c := range map[string]struct {
		impostor *impostor
		change   func(t *testing.T, s *site)
	}{
		"nothing": {nil, own},
		"a socket on which nobody listens": {nil, func(t *testing.T, s *site) {
			must(t, unix.Mknod(rootSocket(s), unix.S_IFSOCK|0o600, 0))
		}},
		"a file": {nil, func(t *testing.T, s *site) {
			must(t, os.WriteFile(rootSocket(s), hello, 0o600))
		}},
		"one who says nothing":      {says(nil), own},
		"one who hangs up":          {&impostor{}, own},
		"a later version":           {says([]byte{0x81, 2, 3, 0, 0}), own},
		"an earlier version":        {says([]byte{0x81, 0, 0, 0, 0}), own},
		"half a HELLO":              {says(hello[:2]), own},
		"a HELLO without end":       {says(bytes.Repeat(hello, 1000)), own},
		"a question":                {says(ask), own},
		"a worker's question":       {says(prompts), own},
		"a verdict":                 {says(accepted), own},
		"one with too many waiting": {&impostor{backlog: -1}, own},
		"one whom a user runs": {&impostor{uid: stranger, first: hello,
			silent: true}, own},
		"one whose socket is a user's": {says(hello), chownSocket},
		"one behind a link":            {says(hello), linkSocket},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			s.room.stop(t)
			if c.impostor != nil {
				c.impostor.place(t, s)
			}
			c.change(t, s)
			code := alice.code(0)
			always := s.enter(t, s.service(t), "alice", code)
			always.want(t, pam.ErrAuthinfoUnavail, "no-motpd")
			auto := s.enter(t, s.only(t, modulePath()+" nodelay"), "alice", code)
			auto.want(t, success, "ok")
			for _, a := range []attempt{always, auto} {
				if !slices.Equal(a.prompts, []prompt{otpPrompt}) {
					t.Errorf("prompts %q, want only %q", a.prompts, otpPrompt)
				}
			}
			if c.impostor != nil && len(c.impostor.told()) != 0 {
				t.Errorf("it was told %q", c.impostor.told())
			}
		})
	}
}

// chownSocket gives the socket to a user.
func chownSocket(t *testing.T, s *site) { must(t, os.Chown(rootSocket(s), stranger, 0)) }

// linkSocket puts a link to the socket in its place.
func linkSocket(t *testing.T, s *site) {
	to := filepath.Join(filepath.Dir(rootSocket(s)), "other.sock")
	must(t, os.Rename(rootSocket(s), to))
	must(t, os.Symlink("other.sock", rootSocket(s)))
}

// TestRequestIsFinal: a motpd that has been given a request is the only one who may judge it,
// whatever becomes of it.
func TestRequestIsFinal(t *testing.T) {
	t.Parallel()
	then := func(words []byte) [][]byte { return [][]byte{words} }
	for name, c := range map[string]struct {
		answers [][]byte
		silent  bool
		reason  string
	}{
		"it dies":                  {then(nil), false, "motpd-died"},
		"it stalls":                {nil, true, "motpd-stalled"},
		"it asks as a worker does": {then(prompts), false, "motpd-babbled"},
		"it says HELLO again":      {then(hello), false, "motpd-babbled"},
		"it panics":                {then([]byte("panic: no")), false, "motpd-babbled"},
		"half a verdict":           {then(accepted[:5]), false, "motpd-babbled"},
		"a verdict and more":       {then(more(accepted)), false, "motpd-babbled"},
		"a verdict of no code":     {then(noCode(accepted)), false, "motpd-babbled"},
	} {
		for _, options := range []string{"nodelay", "nodelay motpd=always"} {
			t.Run(name+", "+options, func(t *testing.T) {
				t.Parallel()
				s := standard(t)
				s.room.stop(t)
				i := &impostor{first: hello, answers: c.answers, silent: c.silent}
				i.place(t, s)
				before := s.snapshot(t)
				a := s.enter(t, s.only(t, modulePath()+" "+options), "alice",
					alice.code(0))
				a.want(t, pam.ErrAuthinfoUnavail, c.reason)
				if !slices.Equal(a.prompts, []prompt{otpPrompt}) {
					t.Errorf("prompts %q, want only %q", a.prompts, otpPrompt)
				}
				if told := i.told(); len(told) != 1 {
					t.Errorf("it was told %q, want one request", told)
				}
				s.unchanged(t, before)
			})
		}
	}
}

func more(packet []byte) []byte { return append(slices.Clone(packet), 0) }

// noCode is a verdict with a number that is none of PAM's.
func noCode(verdict []byte) []byte {
	changed := slices.Clone(verdict)
	changed[1] = 200
	return changed
}

// TestMotpdThatEnds: one that ends may have to finish what it has begun, and hangs up on whoever
// comes meanwhile: for longer than is waited for one that does not listen. Who must have motpd gets
// to the next one.
func TestMotpdThatEnds(t *testing.T) {
	t.Parallel()
	s := standard(t)
	s.room.stop(t)
	i := &impostor{first: hello, answers: [][]byte{nil}, ending: 2500 * time.Millisecond}
	i.place(t, s)
	a := s.enter(t, s.service(t), "alice", alice.code(0))
	a.want(t, pam.ErrAuthinfoUnavail, "motpd-died")
	if told := i.told(); len(told) != 1 {
		t.Errorf("it was told %q, want one request", told)
	}
}
