package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A site is a mount namespace in which motpd's places are folders of their own, on the same disk as
// all other records: the table, the records, and motpd's sockets. Several can be measured in turns.
type site struct {
	dir     string
	program string    // that is motpd
	launch  *launcher // logins at this site

	holder *exec.Cmd // holds the sockets and starts motpd: testdata/activate.c
	to     io.WriteCloser
	from   *bufio.Reader
	armed  bool // motpd starts with the next connection
	pid    int  // of motpd, while it is known to run
}

// The services of pam_motp at a site: one that motpd judges alone, and one that it does not.
const (
	byMotpd  = "bench-by-motpd"
	byWorker = "bench-by-worker"
)

// command runs a program at a site, or with nil at none, and with a PATH and nothing else in
// its environment.
func (s *site) command(program ...string) *exec.Cmd {
	if s == nil {
		cmd := exec.Command(program[0], program[1:]...)
		cmd.Stderr, cmd.Env = os.Stderr, []string{"PATH=" + os.Getenv("PATH")}
		return cmd
	}
	const script = `mount --bind "$0/security" /etc/security
mount --bind "$0/records" /var/lib/motp
mount --bind "$0/run" /run/motp
exec env -i PATH="$PATH" "$@"`
	cmd := exec.Command("sh", append([]string{"-euc", script, s.dir}, program...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	cmd.Stderr = os.Stderr
	return cmd
}

// site makes one with a table, whose motpd starts with the first connection.
func (b *bench) site(name, table string) (*site, error) {
	return b.siteOf("build/motpd", name, table)
}

// siteOf makes a site where another program is motpd.
func (b *bench) siteOf(program, name, table string) (*site, error) {
	s := &site{dir: filepath.Join(b.dir, "site-"+name), program: program}
	for folder, mode := range map[string]os.FileMode{"security": 0o755, "records": 0o700,
		"run": 0o755} {
		if err := os.MkdirAll(filepath.Join(s.dir, folder), mode); err != nil {
			return nil, err
		}
	}
	if err := os.WriteFile(s.table(), []byte(table), 0o600); err != nil {
		return nil, err
	}
	b.sites = append(b.sites, s)
	if err := s.hold(); err != nil {
		return nil, err
	}
	var err error
	s.launch, err = startLauncher(s)
	return s, err
}

func (s *site) table() string   { return filepath.Join(s.dir, "security", "motp.conf") }
func (s *site) records() string { return filepath.Join(s.dir, "records") }
func (s *site) socket() string  { return filepath.Join(s.dir, "run", "root.sock") }

// hold makes the sockets, and starts what holds them.
func (s *site) hold() error {
	program, err := filepath.Abs(s.program)
	if err != nil {
		return err
	}
	activate, err := filepath.Abs(filepath.Join(buildDir, "activate"))
	if err != nil {
		return err
	}
	s.holder = s.command(activate, program)
	for _, path := range []string{s.socket(), filepath.Join(s.dir, "run", "motpd.sock")} {
		l, err := net.ListenUnix("unixpacket", &net.UnixAddr{Name: path, Net: "unixpacket"})
		if err != nil {
			return err
		}
		defer l.Close()
		l.SetUnlinkOnClose(false)
		file, err := l.File()
		if err != nil {
			return err
		}
		defer file.Close()
		s.holder.ExtraFiles = append(s.holder.ExtraFiles, file)
	}
	if s.to, err = s.holder.StdinPipe(); err != nil {
		return err
	}
	out, err := s.holder.StdoutPipe()
	if err != nil {
		return err
	}
	s.from = bufio.NewReader(out)
	if err := s.holder.Start(); err != nil {
		return err
	}
	return s.arm()
}

// arm has the next connection start motpd.
func (s *site) arm() error {
	s.armed = true
	_, err := io.WriteString(s.to, "arm\n")
	return err
}

func (s *site) number() (int, error) {
	line, err := s.from.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("activate: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(line))
}

// running sees to it that motpd runs, and has said HELLO.
func (s *site) running() error {
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: s.socket(),
		Net: "unixpacket"})
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		return err
	}
	if _, err := conn.Read(make([]byte, 4096)); err != nil {
		return fmt.Errorf("motpd says no HELLO: %w", err)
	}
	return s.started()
}

// started notes which process motpd is.
func (s *site) started() (err error) {
	if s.armed {
		s.armed = false
		s.pid, err = s.number()
	}
	return err
}

// stopped ends motpd. The next connection starts it again.
func (s *site) stopped() error {
	if err := s.running(); err != nil {
		return err
	}
	if _, err := io.WriteString(s.to, "end\n"); err != nil {
		return err
	}
	status, err := s.number()
	if err == nil && status != 0 {
		err = fmt.Errorf("motpd ended with status %d", status)
	}
	if err != nil {
		return err
	}
	return s.arm()
}

// cpu is the processor time that motpd has taken since it was started.
func (s *site) cpu() (time.Duration, error) {
	const cpuClockSched = 2
	var t unix.Timespec
	err := unix.ClockGettime(int32(^s.pid<<3|cpuClockSched), &t)
	return time.Duration(t.Nano()), err
}

// settled waits until motpd has its index of the table: until logins are answered by it, and motpd
// does nothing by itself. A table's times are relied on once they are two seconds old.
func (s *site) settled(l *login) error {
	const settling, still = 2100 * time.Millisecond, 100 * time.Millisecond
	time.Sleep(settling) // no event tells
	if err := s.running(); err != nil {
		return err
	}
	if err := l.anew().do(nil); err != nil { // has the index made
		return err
	}
	for last := time.Duration(-1); ; time.Sleep(still) {
		now, err := s.cpu()
		if err != nil || now-last < still/50 && last >= 0 {
			return err
		}
		last = now
	}
}

// replace changes a text in the table, in place, for another of the same length.
func (s *site) replace(old, changed string) error {
	text, err := os.ReadFile(s.table())
	if err != nil {
		return err
	}
	at := bytes.Index(text, []byte(old))
	if at < 0 || len(old) != len(changed) {
		return fmt.Errorf("%q cannot be put in the place of %q", changed, old)
	}
	f, err := os.OpenFile(s.table(), os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteAt([]byte(changed), int64(at))
	return errors.Join(err, f.Sync(), f.Close())
}

// close ends all that runs at the site.
func (s *site) close() error {
	if s.launch != nil {
		s.launch.close()
	}
	if s.holder == nil || s.holder.Process == nil {
		return nil
	}
	return errors.Join(s.to.Close(), s.holder.Wait())
}
