package cli

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// A person sits at the other end of a terminal.
type person struct {
	t      *testing.T
	keys   *os.File // and screen
	screen bytes.Buffer
}

// sitDown opens a terminal. tty is the end that a program has.
func sitDown(t *testing.T) (p *person, tty *os.File) {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		keys.Close()
		tty.Close()
	})
	return &person{t: t, keys: keys}, tty
}

// waitFor reads the screen until a text is on it.
func (p *person) waitFor(text string) {
	p.t.Helper()
	for b := make([]byte, 1); !strings.HasSuffix(p.screen.String(), text); {
		if _, err := p.keys.Read(b); err != nil {
			p.t.Fatalf("waiting for %q: %v; on the screen: %q", text, err, p.screen.String())
		}
		p.screen.Write(b)
	}
}

func (p *person) typeIn(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.keys, text); err != nil {
		p.t.Fatal(err)
	}
}

// echoes tells whether a terminal shows what is typed.
func echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}

func TestHiddenAnswer(t *testing.T) {
	p, tty := sitDown(t)
	terminal := &terminal{file: tty}
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer)
	ask := func(how func(string) (string, error)) {
		line, err := how("? ")
		answers <- answer{line, err}
	}

	go ask(terminal.askHidden)
	p.waitFor("? ")
	if echoes(t, tty) {
		t.Error("what is typed is shown")
	}
	p.typeIn("hidden\nshown\n")
	if got := <-answers; got.line != "hidden" || got.err != nil {
		t.Errorf("the answer is %q, %v", got.line, got.err)
	}
	if !echoes(t, tty) {
		t.Error("after the answer, what is typed is not shown")
	}
	go ask(terminal.ask)
	if got := <-answers; got.line != "shown" || got.err != nil {
		t.Errorf("the second answer is %q, %v", got.line, got.err)
	}
	p.waitFor("\r\n? ")
	if strings.Contains(p.screen.String(), "hidden") {
		t.Errorf("on the screen: %q", p.screen.String())
	}

	go ask(terminal.askHidden)
	p.waitFor("? ")
	p.typeIn("\x04") // Ctrl-D
	if got := <-answers; got.err == nil {
		t.Errorf("the end is the answer %q", got.line)
	}
}

// Whoever gives up in the middle of a hidden answer must not be left with a terminal that shows nothing.
func TestInterruptedAnswer(t *testing.T) {
	p, tty := sitDown(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	table := filepath.Join(folder, "motp.conf")
	cmd := exec.Cmd{
		Path:        self,
		Args:        []string{"motp", "add", "alice", "--conf", table, "--state", filepath.Join(folder, "state")},
		Stdin:       tty,
		Stdout:      tty,
		Stderr:      tty,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.waitFor("PIN of alice: ")
	if echoes(t, tty) {
		t.Error("the PIN is shown")
	}
	p.typeIn("59\x03") // Ctrl-C
	_ = cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != syscall.SIGINT {
		t.Errorf("the command ended with %v, want by SIGINT", cmd.ProcessState)
	}
	if !echoes(t, tty) {
		t.Error("the terminal does not show what is typed any more")
	}
	if _, err := os.Lstat(table); err == nil {
		t.Error("a table was made")
	}
}

// A weak PIN is asked for anew, at once; somebody who insists may have it.
func TestWeakPINOnATerminal(t *testing.T) {
	p, tty := sitDown(t)
	terminal := &terminal{file: tty}
	type answer struct {
		pin string
		err error
	}
	answers := make(chan answer, 1)
	ask := func(how pinFlags) {
		pin, err := terminal.askPINTwice("PIN: ", motp.MobileOTP, how)
		answers <- answer{pin, err}
	}

	go ask(pinFlags{})
	for _, c := range []struct{ question, typed string }{
		{"PIN: ", "1"},
		{"The PIN is shorter than four characters: choose another.\r\nPIN: ", "0000"},
		{"The PIN is one character over and over: choose another.\r\nPIN: ", "5917"},
		{"The same PIN again: ", "5917"},
	} {
		p.waitFor(c.question)
		p.typeIn(c.typed + "\n")
	}
	if got := <-answers; got.pin != "5917" || got.err != nil {
		t.Errorf("the PIN is %q, %v", got.pin, got.err)
	}

	go ask(pinFlags{weak: true})
	p.waitFor("PIN: ")
	p.typeIn("1\n")
	p.waitFor("again: ")
	p.typeIn("1\n")
	if got := <-answers; got.pin != "1" || got.err != nil {
		t.Errorf("the PIN is %q, %v", got.pin, got.err)
	}
	for _, pin := range []string{"1", "0000", "5917"} {
		if strings.Contains(p.screen.String(), pin) {
			t.Errorf("on the screen: %q", p.screen.String())
		}
	}
}
