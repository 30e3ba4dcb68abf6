package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/pam-motp/pam-motp/internal/term"
)

// readOneLine reads the one line that stands in standard input.
func (c *console) readOneLine(what string) (string, error) {
	content, err := io.ReadAll(io.LimitReader(c.in, term.MaxLine))
	if err != nil {
		return "", fmt.Errorf("read %s from standard input: %w", what, err)
	}
	line, rest, _ := strings.Cut(string(content), "\n")
	if rest != "" {
		return "", fmt.Errorf("standard input must hold one line, %s", what)
	}
	return strings.TrimSuffix(line, "\r"), nil
}

// nextLine reads one line of several that stand in standard input.
func (c *console) nextLine(what string) (string, error) {
	line, err := term.ReadLine(c.in)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", fmt.Errorf("read %s from standard input: %w", what, err)
	}
	return strings.TrimSuffix(line, "\r"), nil
}
