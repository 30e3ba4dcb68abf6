package stage

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// motpdFolder is where hosts look for motpd, by its sockets' names.
const motpdFolder = "/run/motp"

var motpdSockets = []string{"root.sock", "motpd.sock"}

// Motpd is a running motpd that makes its sockets itself.
type Motpd struct {
	cmd   *exec.Cmd
	pidfd int
	said  output
}

// output is what a program has said so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(text)
}

// StartMotpd starts a built motpd, with its sockets in the folder, and waits until it says HELLO on
// both. It gets none of this process's environment.
func StartMotpd(program, folder string, attr *syscall.SysProcAttr) (*Motpd, error) {
	d := &Motpd{cmd: exec.Command(program, "--listen", folder), pidfd: -1}
	if attr == nil {
		attr = &syscall.SysProcAttr{}
	}
	attr.PidFD = &d.pidfd
	d.cmd.SysProcAttr = attr
	d.cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	d.cmd.Stdout, d.cmd.Stderr = &d.said, &d.said
	if err := d.cmd.Start(); err != nil {
		return nil, err
	}
	for _, name := range motpdSockets {
		if err := d.await(filepath.Join(folder, name)); err != nil {
			return nil, errors.Join(err, d.Stop())
		}
	}
	return d, nil
}

// await waits until motpd greets on a socket. Nothing tells that a socket listens, so this tries
// again and again, as long as motpd runs.
func (d *Motpd) await(socket string) error {
	const pause = time.Millisecond
	for deadline := time.Now().Add(patience); ; {
		err := Greeted(socket)
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) || d.ended(pause) {
			return fmt.Errorf("no HELLO on %s: %w", socket, err)
		}
	}
}

// Greeted returns an error unless somebody at the socket says HELLO: see docs/wire.md.
func Greeted(socket string) error {
	const hello = 0x81
	conn, err := net.DialUnix("unixpacket", nil, &net.UnixAddr{Name: socket,
		Net: "unixpacket"})
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	packet := make([]byte, 4096)
	n, err := conn.Read(packet)
	if err == nil && (n == 0 || packet[0] != hello) {
		err = fmt.Errorf("it says %q", packet[:n])
	}
	return err
}

// ended says whether motpd has ended, or does so within that time.
func (d *Motpd) ended(within time.Duration) bool {
	poll := []unix.PollFd{{Fd: int32(d.pidfd), Events: unix.POLLIN}}
	end := time.Now().Add(within)
	for left := within; left >= 0; left = time.Until(end) {
		n, err := unix.Poll(poll, int(left.Milliseconds()))
		if err != unix.EINTR {
			return n > 0 && err == nil
		}
	}
	return false
}

// PID is motpd's process.
func (d *Motpd) PID() int { return d.cmd.Process.Pid }

// Said is what motpd has printed.
func (d *Motpd) Said() string {
	d.said.mu.Lock()
	defer d.said.mu.Unlock()
	return d.said.text.String()
}

// Stop ends motpd, and complains if it has ended before, does not end as it should, or is not done
// in time.
func (d *Motpd) Stop() error {
	defer unix.Close(d.pidfd)
	early := d.ended(0)
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil && !early {
		return err
	}
	late := !d.ended(patience)
	if late {
		if err := d.cmd.Process.Kill(); err != nil {
			return err
		}
	}
	err := d.cmd.Wait()
	switch {
	case early:
		return fmt.Errorf("motpd ended by itself (%v): %s", err, d.Said())
	case late:
		return fmt.Errorf("motpd does not end: %s", d.Said())
	case err != nil:
		return fmt.Errorf("motpd: %w: %s", err, d.Said())
	}
	return nil
}
