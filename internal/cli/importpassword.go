package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/pam-motp/pam-motp/internal/regular"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
)

// A passwordFrom is where the password of an encrypted file comes from. It never stands on the
// command line, which everybody on the machine can read.
type passwordFrom struct {
	file string
	fd   int // -1 if there is none
}

// noFD is the number of no descriptor.
const noFD = -1

// once gets the password when it is first wanted: from the file or the descriptor, or else from the
// terminal, where of says what it is for.
func (p passwordFrom) once(of string) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		switch {
		case p.file != "":
			return p.fromFile()
		case p.fd != noFD:
			return p.fromFD()
		}
		return askFilePassword(of)
	})
}

func (p passwordFrom) fromFile() (string, error) {
	content, err := regular.Read(p.file, term.MaxLine)
	if err != nil {
		return "", err
	}
	return onlyLine(string(content), shown.Name(p.file))
}

func (p passwordFrom) fromFD() (string, error) {
	file := os.NewFile(uintptr(p.fd), "--password-fd")
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, term.MaxLine))
	if err != nil {
		return "", fmt.Errorf("--password-fd %d: %w", p.fd, errors.Unwrap(err))
	}
	return onlyLine(string(content), fmt.Sprintf("--password-fd %d", p.fd))
}

// onlyLine is the one line of a text. Blanks are the password's own.
func onlyLine(text, from string) (string, error) {
	line, rest, _ := strings.Cut(text, "\n")
	if rest != "" {
		return "", fmt.Errorf("%s must hold one line, the password", from)
	}
	return strings.TrimSuffix(line, "\r"), nil
}

func askFilePassword(of string) (string, error) {
	t, err := term.Open()
	if err != nil {
		return "", fmt.Errorf("%w: --password-file names a file with it", err)
	}
	defer t.Close()
	return t.AskHidden("Password of " + of + ": ")
}
