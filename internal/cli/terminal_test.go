package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/term/termtest"
	"github.com/pam-motp/pam-motp/motp"
)

// Whoever gives up in the middle of a hidden answer must not be left with a terminal that shows
// nothing.
func TestInterruptedAnswer(t *testing.T) {
	p, tty := termtest.SitDown(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	table := filepath.Join(folder, "motp.conf")
	cmd := exec.Cmd{
		Path: self,
		Args: []string{"motp", "add", "alice", "--conf", table, "--state",
			filepath.Join(folder, "state")},
		Stdin:       tty,
		Stdout:      tty,
		Stderr:      tty,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.WaitFor("PIN of alice: ")
	if termtest.Echoes(t, tty) {
		t.Error("the PIN is shown")
	}
	p.TypeIn("59\x03") // Ctrl-C
	_ = cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("the command ended with %v, want by SIGINT", cmd.ProcessState)
	}
	if !termtest.Echoes(t, tty) {
		t.Error("the terminal does not show what is typed any more")
	}
	if _, err := os.Lstat(table); err == nil {
		t.Error("a table was made")
	}
}

// A weak PIN is asked for anew, at once; somebody who insists may have it.
func TestWeakPINOnATerminal(t *testing.T) {
	p, tty := termtest.SitDown(t)
	person := term.On(tty)
	type answer struct {
		pin string
		err error
	}
	answers := make(chan answer, 1)
	ask := func(how pinFlags) {
		pin, err := askPINTwice(person, "PIN: ", motp.MobileOTP.Kind(), how)
		answers <- answer{pin, err}
	}

	go ask(pinFlags{})
	for _, c := range []struct{ question, typed string }{
		{"PIN: ", "1"},
		{"The PIN is shorter than four characters: choose another.\r\nPIN: ", "0000"},
		{"The PIN is one character over and over: choose another.\r\nPIN: ", "5917"},
		{"The same PIN again: ", "5917"},
	} {
		p.WaitFor(c.question)
		p.TypeIn(c.typed + "\n")
	}
	if got := <-answers; got.pin != "5917" || got.err != nil {
		t.Errorf("the PIN is %q, %v", got.pin, got.err)
	}

	go ask(pinFlags{weak: true})
	p.WaitFor("PIN: ")
	p.TypeIn("1\n")
	p.WaitFor("again: ")
	p.TypeIn("1\n")
	if got := <-answers; got.pin != "1" || got.err != nil {
		t.Errorf("the PIN is %q, %v", got.pin, got.err)
	}
	for _, pin := range []string{"1", "0000", "5917"} {
		if strings.Contains(p.Screen(), pin) {
			t.Errorf("on the screen: %q", p.Screen())
		}
	}
}
