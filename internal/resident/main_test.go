package resident

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// roleEnv makes this binary, run again, one of the programs that the tests need beside them.
const roleEnv = "MOTPD_TEST_ROLE"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		os.Exit(roles[role]())
	}
	if os.Geteuid() != 0 {
		fmt.Fprintln(os.Stderr, "internal/resident: needs root: motpd is root's")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// The accounts of the programs in these tests, which every Debian has.
const (
	rootUID    = 0
	daemonUID  = 1
	binUID     = 2
	webUID     = 33    // www-data
	strangeUID = 64117 // nobody's
)

// A person in the table has a token that counts, so that tests know many right codes.
func code(number int64) string {
	return motp.Token{Type: motp.HOTP, Secret: "12345678901234567890"}.CodeAt(number)
}

// wrong is a code that is none of theirs, and another one each time: who types the same wrong code
// again is not counted.
func wrong() string {
	for {
		typed := fmt.Sprintf("%06d", wrongOnes.Add(1))
		if !rightOnes()[typed] {
			return typed
		}
	}
}

var (
	wrongOnes atomic.Int64
	rightOnes = sync.OnceValue(func() map[string]bool {
		right := make(map[string]bool)
		for n := range int64(2000) {
			right[code(n)] = true
		}
		return right
	})
)

func person(name string) string {
	return "[" + name + "]\nsecret = GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\ntype = hotp\n"
}

// table is one with settings above, and with people.
func table(settings string, people ...string) string {
	for _, name := range people {
		settings += person(name)
	}
	return settings
}

// A lab is a motpd in this process, with a site of its own.
type lab struct {
	*testing.T
	dir    string
	site   *site.Site
	server *Server
	root   *listener
	others *listener

	mu    sync.Mutex
	lines []string
	noted chan struct{} // a line was added
}

func newLab(t *testing.T, content string) *lab {
	t.Helper()
	dir := t.TempDir()
	// programs of all accounts come here
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	l := &lab{T: t, dir: dir}
	must(t, os.WriteFile(dir+"/motp.conf", []byte(content), 0o600))
	must(t, os.Mkdir(dir+"/state", 0o700))
	l.site = site.Keep(dir+"/motp.conf", dir+"/state", "")
	l.restart()
	return l
}

// restart has another motpd listen in the place of the one before.
func (l *lab) restart() {
	l.Helper()
	j := &journal{lines: make(chan entry, journalRoom)}
	noted := make(chan struct{}, journalRoom)
	l.noted = noted
	go func() {
		for e := range j.lines {
			if e.line != "" {
				l.mu.Lock()
				l.lines = append(l.lines, fmt.Sprintf("<%d>%s", e.priority, e.line))
				l.mu.Unlock()
				noted <- struct{}{}
			}
			if e.written != nil {
				close(e.written)
			}
		}
	}()
	tickets, err := newTickets()
	must(l.T, err)
	l.server = newServer(l.site, j, tickets)
	l.server.pace.every = 0
	l.root, l.others = rootListener(l.listen(rootSocket, 0o600)),
		othersListener(l.listen(othersSocket, 0o666))
	l.server.serve(l.root)
	l.server.serve(l.others)
}

func (l *lab) listen(name string, mode os.FileMode) int {
	l.Helper()
	fd, err := listenAt(filepath.Join(l.dir, name), mode)
	must(l.T, err)
	return fd
}

// logged waits for the next line in motpd's own log.
func (l *lab) logged() string {
	l.Helper()
	select {
	case <-l.noted:
	case <-time.After(long):
		l.Fatal("motpd has logged nothing")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.lines[0]
	l.lines = l.lines[1:]
	return line
}

// nothingLogged reports a line that nobody has asked for.
func (l *lab) nothingLogged() {
	l.Helper()
	l.server.journal.flush(long)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) > 0 {
		l.Errorf("motpd has logged %q", l.lines)
	}
}

// line is a request for this site.
func (l *lab) request(user string, options ...string) request {
	return request{service: "sshd", user: user, rhost: "192.0.2.7", tty: "ssh",
		options: append([]string{"conf=" + l.dir + "/motp.conf",
			"state=" + l.dir + "/state"}, options...)}
}

// path is the socket for an account's programs.
func (l *lab) path(uid int) string {
	if uid == rootUID {
		return filepath.Join(l.dir, rootSocket)
	}
	return filepath.Join(l.dir, othersSocket)
}

// dial connects a program of an account.
func (l *lab) dial(uid int) *client {
	l.Helper()
	return connectTo(l.T, l.path(uid), uid)
}

// ask connects, sends a request, and returns what comes of it.
func (l *lab) ask(uid int, r request) reply {
	l.Helper()
	c := l.dial(uid)
	defer c.close()
	c.hello()
	c.send(r.packet())
	return c.last()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// as runs something with the rights of an account: an effective user id is a thread's own.
func as(t testing.TB, uid int, do func()) {
	t.Helper()
	become := func(uid int) {
		t.Helper()
		same := ^uintptr(0)
		_, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, same, uintptr(uid), same)
		if errno != 0 {
			t.Fatal(errno)
		}
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	become(uid)
	defer become(rootUID)
	do()
}

// again prepares this binary in one of its roles.
func again(t testing.TB, role string, arguments ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", arguments...)
	cmd.Env = append(os.Environ(), roleEnv+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(long); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: it did not come to that", what)
		}
	}
}

func contains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q has no %q", text, part)
		}
	}
}

// mobileCode is what the Mobile-OTP token of these tests shows so many minutes from now.
func mobileCode(minutes int) string {
	token := motp.Token{Secret: "0123456789abcdef", PIN: "1234"}
	return token.Code(time.Now().Add(time.Duration(minutes) * time.Minute))
}
