package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// PAM's codes, as far as they matter here.
const (
	success         = 0
	serviceErr      = 3
	systemErr       = 4
	permDenied      = 6
	authErr         = 7
	authinfoUnavail = 9
	userUnknown     = 10
	ignore          = 25
)

var codeNames = map[int]string{
	success: "accepted", serviceErr: "service error", systemErr: "system error",
	ignored: "ignored", authErr: "refused",
	authinfoUnavail: "unavailable", userUnknown: "user unknown", ignore: "ignored",
}

func codeName(code int) string {
	if name, ok := codeNames[code]; ok {
		return name
	}
	return fmt.Sprintf("PAM code %d", code)
}

// A host is the C program of test/module, which does with PAM what it is told.
type host struct {
	cmd   *exec.Cmd
	pid   int
	in    io.WriteCloser
	lines chan string
	ended chan struct{} // closed when it has, and how is known
	how   error
}

var (
	errDied = errors.New("host died")
	errHang = errors.New("host hangs")
)

// hang is when a host is given up: a worker has ten seconds, and a traced one on a busy machine is
// slow to start and end.
const hang = 20 * time.Second

// newHost starts a host, by way of another program if one is given.
func newHost(by ...string) (*host, error) { return newHostWith(nil, by...) }

// newHostWith also sets environment variables.
func newHostWith(env []string, by ...string) (*host, error) {
	by = append(by, tool("host"))
	h := &host{cmd: exec.Command(by[0], by[1:]...), lines: make(chan string, 1),
		ended: make(chan struct{})}
	h.cmd.Env = append(os.Environ(), env...)
	h.cmd.Stderr = os.Stderr
	in, out, err := stage.Piped(h.cmd)
	if err != nil {
		return nil, err
	}
	h.in = in
	h.pid = h.cmd.Process.Pid
	go func() {
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			h.lines <- scanner.Text()
		}
		close(h.lines)
		h.how = h.cmd.Wait()
		close(h.ended)
	}()
	return h, nil
}

// tell sends a line and returns what the host says to it.
func (h *host) tell(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(h.in, format+"\n", args...); err != nil {
		return "", errDied
	}
	return h.hear()
}

func (h *host) hear() (string, error) {
	late := time.NewTimer(hang)
	defer late.Stop()
	select {
	case line, ok := <-h.lines:
		if !ok {
			return "", errDied
		}
		return line, nil
	case <-late.C:
		return "", errHang
	}
}

// do is tell for what is answered by a number.
func (h *host) do(format string, args ...any) (int, error) {
	line, err := h.tell(format, args...)
	if err != nil {
		return -1, err
	}
	return number(line)
}

func number(line string) (int, error) {
	word, ok := strings.CutPrefix(line, "ok ")
	if !ok {
		return -1, fmt.Errorf("host said %.80q", line)
	}
	return strconv.Atoi(word)
}

// start is pam_start.
func (h *host) start(s *site, service, user string) error {
	code, err := h.do("start %s %s x%x", s.pamd, service, user)
	if err == nil && code != success {
		err = fmt.Errorf("pam_start: code %d", code)
	}
	return err
}

// authenticate is pam_authenticate, with somebody who types the code when asked.
func (h *host) authenticate(code string) (int, error) {
	return h.authenticateAfter(code, func() error { return nil })
}

// authenticateAfter is authenticate with something that happens before the code is typed.
func (h *host) authenticateAfter(code string, before func() error) (int, error) {
	line, err := h.tell("auth 0")
	for err == nil && strings.HasPrefix(line, "prompt ") {
		if err := before(); err != nil {
			return -1, err
		}
		line, err = h.tell("answer %s", hex.EncodeToString([]byte(code)))
	}
	if err != nil {
		return -1, err
	}
	return number(line)
}

// change is pam_chauthtok, with somebody who answers the questions in turn.
func (h *host) change(answers ...string) (int, error) {
	line, err := h.tell("change 0")
	for err == nil && strings.HasPrefix(line, "prompt ") && len(answers) > 0 {
		line, err = h.tell("answer %s", hex.EncodeToString([]byte(answers[0])))
		answers = answers[1:]
	}
	if err != nil {
		return -1, err
	}
	return number(line)
}

func (h *host) end() error {
	_, err := h.do("end")
	return err
}

// login is a whole transaction.
func (h *host) login(s *site, service, user, code string) (int, error) {
	if err := h.start(s, service, user); err != nil {
		return -1, err
	}
	result, err := h.authenticate(code)
	if err != nil {
		return -1, err
	}
	return result, h.end()
}

// stop ends the host the normal way, and says so if it does not end well.
func (h *host) stop() error {
	h.in.Close()
	select {
	case <-h.ended:
		return h.how
	case <-time.After(hang):
		h.kill()
		return errHang
	}
}

// kill ends a host in any state, and is done when it has.
func (h *host) kill() {
	_ = h.cmd.Process.Kill()
	for range h.lines {
	}
	<-h.ended
}
