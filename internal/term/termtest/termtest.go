// Package termtest is a person in front of a terminal, and a scanner of QR codes, for tests.
// Nothing but tests may import it.
package termtest

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// A Person sits at the other end of a terminal.
type Person struct {
	t      *testing.T
	keys   *os.File // and screen
	screen bytes.Buffer
}

// SitDown opens a terminal. tty is the end that a program has.
func SitDown(t *testing.T) (p *Person, tty *os.File) {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		keys.Close()
		tty.Close()
	})
	keepOutput(t, tty)
	return &Person{t: t, keys: keys}, tty
}

// keepOutput has Ctrl-C leave what is on its way to the screen. The kernel throws that away after
// it has sent the signal, and so at times what the program says last.
func keepOutput(t *testing.T, tty *os.File) {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	settings.Lflag |= unix.NOFLSH
	if err := unix.IoctlSetTermios(int(tty.Fd()), unix.TCSETS, settings); err != nil {
		t.Fatal(err)
	}
}

// WaitFor reads the screen until a text is on it.
func (p *Person) WaitFor(text string) {
	p.t.Helper()
	for b := make([]byte, 1); !strings.HasSuffix(p.screen.String(), text); {
		if _, err := p.keys.Read(b); err != nil {
			p.t.Fatalf("waiting for %q: %v; on the screen: %q",
				text, err, p.screen.String())
		}
		p.screen.Write(b)
	}
}

// TypeIn types.
func (p *Person) TypeIn(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.keys, text); err != nil {
		p.t.Fatal(err)
	}
}

// Start starts a program.
func (p *Person) Start(cmd *exec.Cmd) {
	p.t.Helper()
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
}

// ReadOn reads the screen to the end of a program that has it alone.
func (p *Person) ReadOn(tty *os.File, cmd *exec.Cmd) (screen string, exitCode int) {
	p.t.Helper()
	tty.Close()
	rest, _ := io.ReadAll(p.keys) // which ends with an error, since nobody has the other end
	p.screen.Write(rest)
	_ = cmd.Wait()
	return p.Screen(), cmd.ProcessState.ExitCode()
}

// Screen is all that was shown.
func (p *Person) Screen() string { return p.screen.String() }

// Echoes tells whether a terminal shows what is typed.
func Echoes(t *testing.T, tty *os.File) bool {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Lflag&unix.ECHO != 0
}
