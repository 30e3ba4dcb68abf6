package stage

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// Terminal is a program on a terminal of its own, with somebody in front of it who waits for a text
// and types an answer.
//
// The first thing that goes wrong is kept and returned by Err and Wait; after it, the other methods
// do nothing. So a dialogue can be written down without an error check per line.
type Terminal struct {
	cmd *exec.Cmd
	pty *os.File

	mu     sync.Mutex
	more   *sync.Cond
	shown  []byte
	read   int // as far as Expect got
	closed bool
	err    error
}

// Start starts a program on a new terminal, as the leader of its session.
func Start(cmd *exec.Cmd) (*Terminal, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	master, tty, err := open()
	if err != nil {
		return nil, fmt.Errorf("make a terminal: %w", err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr.Setsid, cmd.SysProcAttr.Setctty = true, true
	if err := cmd.Start(); err != nil {
		master.Close()
		tty.Close()
		return nil, fmt.Errorf("start %s on a terminal: %w", cmd.Path, err)
	}
	t := &Terminal{cmd: cmd, pty: master}
	t.more = sync.NewCond(&t.mu)
	go t.record()
	go holdOpen(cmd.Process.Pid, tty)
	return t, nil
}

// open makes a terminal of the usual size, and returns both of its ends.
func open() (master, tty *os.File, err error) {
	master, tty, err = pty.Open()
	if err != nil {
		return nil, nil, err
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 100}); err != nil {
		master.Close()
		tty.Close()
		return nil, nil, err
	}
	return master, tty, nil
}

// holdOpen keeps the terminal open until the program has ended, and leaves the program to be waited
// for. A program may close its terminal, or hang it up, and open it anew, as util-linux's login
// does: with nobody else there, the reader would get EIO in between and take it for the end.
func holdOpen(pid int, tty *os.File) {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	tty.Close()
}

func (t *Terminal) record() {
	buffer := make([]byte, 4096)
	for {
		n, err := t.pty.Read(buffer)
		t.mu.Lock()
		t.shown = append(t.shown, buffer[:n]...)
		// The kernel gives EIO when the last program has left the terminal: see holdOpen.
		t.closed = err != nil
		t.mu.Unlock()
		t.more.Broadcast()
		if err != nil {
			return
		}
	}
}

// Expect waits for the text and returns what was shown since the last Expect, the text included.
func (t *Terminal) Expect(text string) string {
	shown, _ := t.ExpectAny(text)
	return shown
}

// ExpectAny waits for one of the texts, and also says which it was.
func (t *Terminal) ExpectAny(texts ...string) (shown, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.await(func() bool {
		shown, text = t.next(texts)
		return text != "" || t.closed
	})
	if t.err == nil && text == "" {
		t.err = fmt.Errorf("%s ended without showing %q; it showed:\n%s", t.cmd.Path,
			texts, t.shown)
	}
	return shown, text
}

// next looks for whichever of the texts comes first, and goes past it.
func (t *Terminal) next(texts []string) (shown, text string) {
	rest := string(t.shown[t.read:])
	first := len(rest)
	for _, candidate := range texts {
		if at := strings.Index(rest, candidate); at >= 0 && at < first {
			first, text = at, candidate
		}
	}
	if text == "" {
		return "", ""
	}
	end := first + len(text)
	t.read += end
	return rest[:end], text
}

// await waits, holding the lock, until done says so.
func (t *Terminal) await(done func() bool) {
	tired := false
	timer := time.AfterFunc(patience, func() {
		t.mu.Lock()
		tired = true
		t.mu.Unlock()
		t.more.Broadcast()
	})
	defer timer.Stop()
	for t.err == nil && !done() {
		if tired {
			t.err = fmt.Errorf("%s keeps silent; it showed:\n%s", t.cmd.Path, t.shown)
			return
		}
		t.more.Wait()
	}
}

// SendHidden types a line once the terminal no longer shows what is typed: some programs ask first,
// and turn the echo off a moment later. There is no event to wait for, so this looks again and
// again.
func (t *Terminal) SendHidden(line string) {
	const pause = time.Millisecond
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		mode, err := unix.IoctlGetTermios(int(t.pty.Fd()), unix.TCGETS)
		if err == nil && mode.Lflag&unix.ECHO == 0 {
			break
		}
		if err == nil && time.Now().After(deadline) {
			err = errors.New("would show what is typed")
		}
		if err != nil {
			t.fail(fmt.Errorf("%s: terminal: %w", t.cmd.Path, err))
			return
		}
	}
	t.Send(line)
}

// fail keeps the first thing that went wrong.
func (t *Terminal) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = err
	}
}

// Send types a line.
func (t *Terminal) Send(line string) { t.Type(line + "\n") }

// Type types the text as it is: a control character for one.
func (t *Terminal) Type(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return
	}
	if _, err := t.pty.WriteString(text); err != nil {
		t.err = fmt.Errorf("type to %s: %w", t.cmd.Path, err)
	}
}

// Wait waits for the program to end and returns its exit status, and the first thing that went
// wrong.
func (t *Terminal) Wait() (int, error) {
	t.mu.Lock()
	t.await(func() bool { return t.closed })
	err := t.err
	t.mu.Unlock()

	if err != nil {
		t.Kill()
	}
	waitErr := t.cmd.Wait()
	t.pty.Close()
	var exit *exec.ExitError
	if err == nil && waitErr != nil && !errors.As(waitErr, &exit) {
		err = waitErr
	}
	return t.cmd.ProcessState.ExitCode(), err
}

// Err returns the first thing that went wrong, of a program that is to go on.
func (t *Terminal) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Kill ends the program, which would go on asking for ever.
func (t *Terminal) Kill() {
	if err := t.cmd.Process.Kill(); err != nil {
		t.fail(err)
	}
}

// Shown returns everything that the terminal has shown.
func (t *Terminal) Shown() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.shown)
}
