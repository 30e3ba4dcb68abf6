package term

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// ErrNone is the error where nobody can be asked.
var ErrNone = errors.New("there is no terminal to ask on")

// A Terminal is where a person is asked. It is not standard input or output, which may lead
// elsewhere.
type Terminal struct {
	file  *os.File
	close func()
}

// Open opens the terminal that the command was started from, or takes standard input if that is
// one.
func Open() (*Terminal, error) {
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		return &Terminal{tty, func() { tty.Close() }}, nil
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		return On(os.Stdin), nil
	}
	return nil, ErrNone
}

// On is a terminal that is open already, and stays so.
func On(tty *os.File) *Terminal { return &Terminal{tty, func() {}} }

// Close closes the terminal, if it was opened for this.
func (t *Terminal) Close() { t.close() }

// Ask asks for a line.
func (t *Terminal) Ask(question string) (string, error) {
	fmt.Fprint(t.file, question)
	line, err := ReadLine(t.file)
	if err == io.EOF {
		err = errors.New("no answer")
	}
	return line, err
}

// Confirm asks a question that is answered with yes or no; anything but yes means no.
func (t *Terminal) Confirm(question string) (bool, error) {
	answer, err := t.Ask(question + " [y/N] ")
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", err
}

// Tell writes a line.
func (t *Terminal) Tell(line string) { fmt.Fprintln(t.file, line) }

// AskHidden asks for a line that does not appear on the screen. (x/term's ReadPassword would do, if
// it took Ctrl-D for an end.)
func (t *Terminal) AskHidden(question string) (string, error) {
	fd := int(t.file.Fd())
	shown, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", fmt.Errorf("the terminal's settings: %w", err)
	}
	hidden := *shown
	hidden.Lflag = hidden.Lflag&^unix.ECHO | unix.ICANON | unix.ISIG
	hidden.Iflag |= unix.ICRNL
	restore := func() { _ = unix.IoctlSetTermios(fd, unix.TCSETS, shown) }

	defer restoreOnInterrupt(restore)()
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &hidden); err != nil {
		return "", fmt.Errorf("the terminal's settings: %w", err)
	}
	defer restore()
	line, err := t.Ask(question)
	fmt.Fprintln(t.file)
	return line, err
}

// ReadLine reads up to the end of a line and not beyond, so that the next question finds its own
// answer.
func ReadLine(r io.Reader) (string, error) {
	var line []byte
	for b := make([]byte, 1); ; {
		n, err := r.Read(b)
		switch {
		case n == 1 && b[0] == '\n':
			return string(line), nil
		case n == 1:
			line = append(line, b[0])
		case err == io.EOF && len(line) > 0:
			return string(line), nil
		case err != nil:
			return "", err
		}
		if len(line) > MaxLine {
			return "", errors.New("the answer is too long")
		}
	}
}

// MaxLine is far longer than any answer.
const MaxLine = 4096
