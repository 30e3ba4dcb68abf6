package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

var errNoTerminal = errors.New("there is no terminal to ask on")

// A terminal is where a person is asked. It is not standard input or output, which may lead elsewhere.
type terminal struct {
	file  *os.File
	close func()
}

// openTerminal opens the terminal that the command was started from, or takes standard input if that is one.
func openTerminal() (*terminal, error) {
	if tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		return &terminal{tty, func() { tty.Close() }}, nil
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		return &terminal{os.Stdin, func() {}}, nil
	}
	return nil, errNoTerminal
}

// ask asks for a line.
func (t *terminal) ask(question string) (string, error) {
	fmt.Fprint(t.file, question)
	line, err := readLine(t.file)
	if err == io.EOF {
		err = errors.New("no answer")
	}
	return line, err
}

// confirm asks a question that is answered with yes or no; no is what anything but yes means.
func (t *terminal) confirm(question string) (bool, error) {
	answer, err := t.ask(question + " [y/N] ")
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", err
}

// tell writes a line.
func (t *terminal) tell(line string) { fmt.Fprintln(t.file, line) }

// askHidden asks for a line that does not appear on the screen. (term.ReadPassword would do, if it took Ctrl-D for an end.)
func (t *terminal) askHidden(question string) (string, error) {
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
	line, err := t.ask(question)
	fmt.Fprintln(t.file)
	return line, err
}

// readLine reads up to the end of a line and not beyond, so that the next question finds its own answer.
func readLine(r io.Reader) (string, error) {
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
		if len(line) > maxLine {
			return "", errors.New("the answer is too long")
		}
	}
}

// maxLine is far longer than any answer.
const maxLine = 4096
