package resident

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/test/mounts"
	"golang.org/x/sys/unix"
)

// siteEnv is where the role motpd has its table and its records.
const siteEnv = "MOTPD_TEST_SITE"

// hastyEnv has it wait for nobody.
const hastyEnv = "MOTPD_TEST_HASTY"

// noLogEnv has it find no log.
const noLogEnv = "MOTPD_TEST_NO_LOG"

// playMotpd is the program motpd, in mounts of its own, where the default site is a test's. With
// descriptors that it was given it is as systemd starts it.
func playMotpd() int {
	from := os.Getenv(siteEnv)
	bind := func(source, target string) error {
		return unix.Mount(source, target, "", unix.MS_BIND, "")
	}
	for _, prepare := range []func() error{
		mounts.Private,
		func() error { return bind(from+"/security", filepath.Dir(site.DefaultTable)) },
		func() error { return bind(from+"/lib", filepath.Dir(site.DefaultRecords)) },
	} {
		if err := prepare(); err != nil {
			fmt.Fprintln(os.Stderr, "playing motpd:", err)
			return 99
		}
	}
	if os.Getenv(noLogEnv) != "" {
		for _, log := range []string{"/dev/log", "/var/run/syslog", "/var/run/log"} {
			_ = bind("/dev/null", log) // where there is one
		}
	}
	if os.Getenv("LISTEN_PID") == "own" {
		_ = os.Setenv("LISTEN_PID", strconv.Itoa(os.Getpid()))
	}
	if os.Getenv(hastyEnv) != "" {
		lockWait = 0
	}
	return Main(append([]string{"motpd"}, os.Args[1:]...))
}

// A stand is a folder for sockets, and the site of the motpds that listen there.
type stand struct {
	*testing.T
	dir    string // where the sockets are
	site   string
	number int64 // of the next code
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{T: t, dir: t.TempDir(), site: t.TempDir()}
	must(t, os.Chmod(filepath.Dir(s.dir), 0o755))
	for _, folder := range []string{"/security", "/lib", "/lib/motp"} {
		must(t, os.Mkdir(s.site+folder, 0o700))
	}
	must(t, os.WriteFile(s.site+"/security/motp.conf", []byte(table("", "alice", "daemon")),
		0o600))
	return s
}

// A program is a motpd beside this process.
type program struct {
	*testing.T
	cmd  *exec.Cmd
	said bytes.Buffer
}

func (s *stand) start(arguments ...string) *program { return s.startWith(nil, arguments...) }

func (s *stand) startWith(change func(*exec.Cmd), arguments ...string) *program {
	s.Helper()
	p := &program{T: s.T, cmd: again(s.T, "motpd", arguments...)}
	p.cmd.Env = append(p.cmd.Env, siteEnv+"="+s.site)
	p.cmd.Stdout, p.cmd.Stderr = &p.said, &p.said
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if change != nil {
		change(p.cmd)
	}
	must(s.T, p.cmd.Start())
	s.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	return p
}

// ends waits for the end of a program, and returns what it has said.
func (p *program) ends(status int) string {
	p.Helper()
	err := p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != status {
		p.Errorf("motpd ends with %d (%v), want %d: %s", got, err, status, p.said.String())
	}
	return p.said.String()
}

func (p *program) signal(s os.Signal) {
	p.Helper()
	must(p.T, p.cmd.Process.Signal(s))
}

// try connects once, as a program of an account.
func (s *stand) try(uid int) *client {
	path := filepath.Join(s.dir, othersSocket)
	if uid == rootUID {
		path = filepath.Join(s.dir, rootSocket)
	}
	c := &client{s.T, socket(s.T)}
	var err error
	as(s.T, uid, func() { err = unix.Connect(c.fd, &unix.SockaddrUnix{Name: path}) })
	if err == nil && c.greeted() {
		return c
	}
	c.close()
	return nil
}

// serves waits until somebody serves, and sees to it that a login works.
func (s *stand) serves(what string) {
	s.Helper()
	for uid, user := range map[int]string{rootUID: "alice", daemonUID: "daemon"} {
		var c *client
		eventually(s.T, what+": a motpd listens", func() bool {
			c = s.try(uid)
			return c != nil
		})
		r := request{service: "sshd", user: user}.answered(code(s.number))
		c.send(r.packet())
		if got := c.last(); !got.verdict || got.code != success {
			s.Errorf("%s: %+v", what, got)
		}
		c.close()
	}
	s.number++
}

// A motpd makes both sockets, each for those whom it is for, and takes them away when it ends; what
// one that was killed has left is in nobody's way.
func TestListen(t *testing.T) {
	s := newStand(t)
	sockets := func() (found []string) {
		all, err := os.ReadDir(s.dir)
		must(t, err)
		for _, entry := range all {
			info, err := entry.Info()
			must(t, err)
			found = append(found, fmt.Sprint(entry.Name(), info.Mode()))
		}
		return found
	}
	const both = "[.motpd.lock-rw------- motpd.sockSrw-rw-rw- root.sockSrw-------]"
	p := s.start("--listen", s.dir)
	s.serves("at first")
	if got := fmt.Sprint(sockets()); got != both {
		t.Errorf("the folder holds %s", got)
	}
	p.signal(unix.SIGHUP)
	s.serves("after SIGHUP")
	p.signal(unix.SIGKILL)
	p.ends(-1)
	if got := fmt.Sprint(sockets()); got != both {
		t.Errorf("a motpd that was killed has left %s", got)
	}
	must(t, os.WriteFile(filepath.Join(s.dir, rootSocket+".new"), nil, 0o600))
	p = s.start("--listen", s.dir)
	s.serves("beside stale sockets")
	if got := fmt.Sprint(sockets()); got != both {
		t.Errorf("the folder holds %s", got)
	}
	p.signal(unix.SIGTERM)
	p.ends(0)
	if got := sockets(); len(got) != 1 {
		t.Errorf("after its end the folder holds %q", got)
	}
}

// Of two in one folder the second waits until the first has ended, and then takes its place.
func TestTwoInOneFolder(t *testing.T) {
	s := newStand(t)
	first := s.start("--listen", s.dir)
	s.serves("the first")
	root := func() uint64 {
		var st unix.Stat_t
		must(t, unix.Stat(filepath.Join(s.dir, rootSocket), &st))
		return st.Ino
	}
	before := root()
	second := s.start("--listen", s.dir)
	eventually(t, "the second waits for the lock", func() bool {
		return holdsOpen(second, ".motpd.lock")
	})
	s.serves("beside a second")
	if root() != before {
		t.Error("the second has put a socket of its own there")
	}
	first.signal(unix.SIGTERM)
	first.ends(0)
	s.serves("the second")
	second.signal(unix.SIGINT)
	second.ends(0)
}

// holdsOpen says whether a program has a file of a name open.
func holdsOpen(p *program, name string) bool {
	folder := fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid)
	all, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, fd := range all {
		target, _ := os.Readlink(filepath.Join(folder, fd.Name()))
		if strings.HasSuffix(target, "/"+name) {
			return true
		}
	}
	return false
}

// One that waits for the other in vain says so.
func TestTwoInOneFolderForLong(t *testing.T) {
	s := newStand(t)
	s.start("--listen", s.dir)
	s.serves("the first")
	second := s.startWith(func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env, hastyEnv+"=1")
	}, "--listen", s.dir)
	contains(t, second.ends(1), "another motpd listens in "+s.dir)
	s.serves("still")
}

// A folder where somebody else could put a socket is refused.
func TestUnsafeFolders(t *testing.T) {
	for what, prepare := range map[string]func(dir string) error{
		"everybody's": func(dir string) error { return os.Chmod(dir, 0o777) },
		"like /tmp": func(dir string) error {
			return os.Chmod(dir, 0o777|os.ModeSticky)
		},
		"a group's":         func(dir string) error { return os.Chmod(dir, 0o775) },
		"another account's": func(dir string) error { return os.Chown(dir, daemonUID, -1) },
		"a link": func(dir string) error {
			real := dir + ".real"
			return errors.Join(os.Rename(dir, real), os.Symlink(real, dir))
		},
		"a file": func(dir string) error {
			return errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o600))
		},
	} {
		s := newStand(t)
		must(t, prepare(s.dir))
		said := s.start("--listen", s.dir).ends(1)
		contains(t, said, "motpd: "+s.dir+" must be a folder of root's")
		if _, err := os.Stat(filepath.Join(s.dir, rootSocket)); err == nil {
			t.Errorf("%s: there is a socket", what)
		}
	}
	s := newStand(t)
	said := s.start("--listen", s.dir+"/missing/run").ends(1)
	contains(t, said, s.dir+"/missing/run", "no such file")
	must(t, os.Symlink(s.dir+"/elsewhere", s.dir+"/.motpd.lock"))
	said = s.start("--listen", s.dir).ends(1)
	contains(t, said, s.dir+"/.motpd.lock")
	if _, err := os.Lstat(s.dir + "/elsewhere"); err == nil {
		t.Error("the lock was made where a link leads")
	}
	s.start("--listen", s.dir+"/made")
	s.dir += "/made"
	s.serves("a folder that was not there")
}

// given are sockets as systemd hands them over.
func (s *stand) given(sockets ...*os.File) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		cmd.ExtraFiles = sockets
		cmd.Env = append(cmd.Env, "LISTEN_PID=own",
			"LISTEN_FDS="+strconv.Itoa(len(sockets)))
	}
}

// bound is a socket at a name, that listens if it is of packets.
func (s *stand) bound(family, kind int, name string) *os.File {
	s.Helper()
	fd, err := unix.Socket(family, kind|unix.SOCK_CLOEXEC, 0)
	must(s.T, err)
	switch {
	case family == unix.AF_UNIX && name != "":
		must(s.T, unix.Bind(fd, &unix.SockaddrUnix{Name: filepath.Join(s.dir, name)}))
		must(s.T, os.Chmod(filepath.Join(s.dir, name), 0o666))
	case family == unix.AF_INET:
		must(s.T, unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}))
	}
	if kind != unix.SOCK_DGRAM && name != "" {
		must(s.T, unix.Listen(fd, 64))
	}
	file := os.NewFile(uintptr(fd), name)
	s.Cleanup(func() { _ = file.Close() })
	return file
}

// Sockets that systemd has made are served, each for whom its name says; connections that came
// before are, too. They outlive motpd.
func TestSocketActivation(t *testing.T) {
	s := newStand(t)
	root := s.bound(unix.AF_UNIX, unix.SOCK_SEQPACKET, rootSocket)
	others := s.bound(unix.AF_UNIX, unix.SOCK_SEQPACKET, othersSocket)
	early := connectTo(t, filepath.Join(s.dir, rootSocket), rootUID)
	p := s.startWith(s.given(others, root))
	early.hello()
	s.serves("both")
	if connectTo(t, filepath.Join(s.dir, rootSocket), daemonUID).greeted() {
		t.Error("a plain program is greeted on root's socket")
	}
	p.signal(unix.SIGTERM)
	p.ends(0)
	for _, name := range []string{rootSocket, othersSocket} {
		if _, err := os.Stat(filepath.Join(s.dir, name)); err != nil {
			t.Errorf("motpd has taken systemd's socket away: %v", err)
		}
	}
	early = connectTo(t, filepath.Join(s.dir, rootSocket), rootUID)
	s.startWith(s.given(root))
	early.hello()
}

// What is no socket of motpd's is not served.
func TestWrongSockets(t *testing.T) {
	s := newStand(t)
	null, err := os.Open("/dev/null")
	must(t, err)
	good := s.bound(unix.AF_UNIX, unix.SOCK_SEQPACKET, rootSocket)
	packets := "is no Unix socket of packets: ListenSequentialPacket="
	for what, c := range map[string]struct {
		file *os.File
		said string
	}{
		"a stream":   {s.bound(unix.AF_UNIX, unix.SOCK_STREAM, othersSocket), packets},
		"a datagram": {s.bound(unix.AF_UNIX, unix.SOCK_DGRAM, "motpd"), packets},
		"TCP":        {s.bound(unix.AF_INET, unix.SOCK_STREAM, "tcp"), packets},
		"no name":    {s.bound(unix.AF_UNIX, unix.SOCK_SEQPACKET, ""), "motpd knows"},
		"a name": {s.bound(unix.AF_UNIX, unix.SOCK_SEQPACKET, "other.sock"),
			s.dir + "/other.sock, and motpd knows root.sock and motpd.sock"},
		"no socket": {null, "socket"},
	} {
		said := s.startWith(s.given(good, c.file)).ends(1)
		if !strings.Contains(said, c.said) {
			t.Errorf("%s: %s", what, said)
		}
	}
	elsewhere := func(cmd *exec.Cmd) {
		s.given(good)(cmd)
		cmd.Env = append(cmd.Env, "LISTEN_PID=1")
	}
	for _, change := range []func(*exec.Cmd){elsewhere, s.given(), nil} {
		contains(t, s.startWith(change).ends(1), "no sockets: systemd starts motpd",
			"systemctl enable", "motpd --listen /run/motp")
	}
}

// What is asked of the program itself.
func TestArguments(t *testing.T) {
	s := newStand(t)
	for _, c := range []struct {
		arguments []string
		status    int
		said      string
	}{
		{[]string{"--help"}, 0, "motpd --listen /run/motp"},
		{[]string{"--version"}, 0, "motpd "},
		{[]string{"--check"}, 0, "table /etc/security/motp.conf: ok\n" +
			"records /var/lib/motp: ok\n"},
		{[]string{"--listen"}, 1, "motpd --help"},
		{[]string{"--serve"}, 1, "motpd --help"},
		{[]string{"start"}, 1, "takes no words: start"},
	} {
		said := s.start(c.arguments...).ends(c.status)
		contains(t, said, c.said)
	}
	must(t, os.Chmod(s.site+"/security/motp.conf", 0o644))
	contains(t, s.start("--check").ends(1), "table /etc/security/motp.conf: ", "0644",
		"records /var/lib/motp: ok\n")
	must(t, os.Chmod(s.site+"/lib/motp", 0o755))
	contains(t, s.start("--check").ends(1),
		"records /var/lib/motp: open /var/lib/motp: must be owned by root")
}

// A motpd whose lines nobody takes goes on, neither log nor the reader of its standard error.
func TestNobodyReadsTheStandardError(t *testing.T) {
	s := newStand(t)
	read, write, err := os.Pipe()
	must(t, err)
	s.startWith(func(cmd *exec.Cmd) {
		cmd.Env = append(cmd.Env, noLogEnv+"=1")
		cmd.Stderr = write
	}, "--listen", s.dir)
	s.serves("with a reader")
	must(t, write.Close())
	must(t, read.Close())
	for range 2 {
		c := s.try(daemonUID)
		if c == nil {
			t.Fatal("nobody listens")
		}
		c.send(request{service: "sshd", user: "alice"}.answered(code(0)).packet())
		if got := c.last(); got.code != unavailable {
			t.Errorf("daemon asks about alice: %+v", got)
		}
		c.close()
		s.serves("without one")
	}
}
