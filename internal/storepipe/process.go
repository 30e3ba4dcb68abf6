package storepipe

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
)

// A Process is a store that a program of its own has.
type Process struct {
	*Client
	cmd  *exec.Cmd
	in   io.Closer
	out  io.Closer
	once sync.Once
}

// Start starts a program that serves a store on its standard input and output. What it writes to
// its standard error is part of the error if it ends at once.
func Start(program string, args ...string) (*Process, error) {
	cmd := exec.Command(program, args...)
	// An interruption at the terminal is for whoever started it, who finishes what is being
	// written.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	says := &tail{}
	cmd.Stderr = says
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	client, err := Open(out, in)
	if err != nil {
		_, _ = in.Close(), out.Close() // of which no more is understood
		ended := cmd.Wait()
		if isTold(err) {
			return nil, err
		}
		return nil, fmt.Errorf("%s: %w", filepath.Base(program), says.or(ended, err))
	}
	return &Process{Client: client, cmd: cmd, in: in, out: out}, nil
}

// Close ends the program, when what it is doing is done.
func (p *Process) Close() {
	p.once.Do(func() {
		_ = p.in.Close()
		<-p.broken
		_ = p.out.Close() // it may be saying what is no message, still
		_ = p.cmd.Wait()
	})
}

// tailSize is enough for what a program says of why it ends.
const tailSize = 4 << 10

// A tail keeps the end of what is written to it.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	t.b = t.b[max(0, len(t.b)-tailSize):]
	return len(b), nil
}

// or is the error of a program that has ended: in its own words, if there are any.
func (t *tail) or(ended, err error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch words := bytes.TrimSpace(t.b); {
	case len(words) > 0:
		return errors.New(string(words))
	case ended != nil:
		return ended
	}
	return err
}
