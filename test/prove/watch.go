package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// A watch is testdata/fault at work on one host.
type watch struct {
	cmd *exec.Cmd
	out *bufio.Reader
}

// watch has fault watch the trial's host, its worker, or motpd, and returns when it does.
func (t *trial) watch(target string, what ...string) (*watch, error) {
	pid := t.host.pid
	if target == "motpd" {
		pid = t.motpd.pid()
	}
	arguments := append([]string{target, fmt.Sprint(pid)}, what...)
	if t.nameless {
		arguments = append([]string{"old"}, arguments...)
	}
	return watchBy(arguments)
}

// watchBy starts fault.
func watchBy(arguments []string) (*watch, error) {
	w := &watch{cmd: exec.Command(tool("fault"), arguments...)}
	w.cmd.Stderr = os.Stderr
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	w.out = bufio.NewReader(out)
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	if line, err := w.out.ReadString('\n'); err != nil || line != "ready\n" {
		_ = w.cmd.Wait()
		return nil, fmt.Errorf("fault %s: said %q: %w", arguments[0], line, err)
	}
	return w, nil
}

// end sets the processes free and returns the lines that fault has printed.
func (w *watch) end() ([]string, error) {
	_ = w.cmd.Process.Kill()
	text, err := io.ReadAll(w.out)
	_ = w.cmd.Wait()
	return strings.FieldsFunc(string(text), func(r rune) bool { return r == '\n' }), err
}
