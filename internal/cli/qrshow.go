package cli

import (
	"fmt"
	"os"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// A shownSecret is what a person sees of a token's secret, and with what around it.
type shownSecret struct {
	token      motp.Token
	site, user string
	heading    string // a line above it, if there is one
	noQR       bool
	noText     bool // the secret does not stand below the QR code
	below      int  // how many lines will follow, before the person has scanned it
}

func (s shownSecret) enrolment() uri.Enrolment {
	return uri.Enrolment{Site: s.site, User: s.user, Token: s.token}
}

// printSecret prints a secret as a QR code and as text. What a person needs while scanning, and
// what follows it, comes behind the code; the rest stands above, where it may scroll away.
func (c *console) printSecret(s shownSecret) error {
	text := uri.SecretInWords(s.token)
	if s.noQR {
		if s.heading != "" {
			c.print("%s\n", s.heading)
		}
		c.print("%s\n\n%s\n", s.enrolment().URI(), text)
		return term.Written(c.out)
	}
	if !s.noText {
		s.below += c.linesOf(text)
	}
	uri, code, err := c.fittingQR(s)
	if err != nil {
		return err
	}
	if s.heading != "" {
		c.print("%s", s.heading)
	}
	c.print("%s", uri)
	c.showQR(code)
	if !s.noText {
		c.print("%s", text)
	}
	return term.Written(c.out)
}

// fittingQR makes the QR code, so that it and what stands below it can be seen at once. Where the
// screen is too low, its margin is narrower, and what an app only shows is left out of it.
func (c *console) fittingQR(s shownSecret) (uri string, code term.QR, err error) {
	uris := s.enrolment().Forms()
	codes := make([]term.QR, len(uris))
	for i, u := range uris {
		if codes[i], err = term.NewQR(u); err != nil {
			return "", term.QR{}, err
		}
	}
	_, rows, ok := term.Size(c.out)
	if !ok {
		return uris[0], codes[0], nil
	}
	withSite := codes[:min(len(codes), 2)] // which is worth more than a margin beyond the least
	for _, round := range []struct {
		codes []term.QR
		least int
	}{{withSite, term.LeastMargin + 1}, {codes, term.LeastMargin}} {
		for i, code := range round.codes {
			if code, fits := code.Within(rows - s.below); fits &&
				code.Margin >= round.least {
				return uris[i], code, nil
			}
		}
	}
	code, _ = codes[0].Within(0)
	c.warn("the terminal has too few lines for this QR code: %d are needed, and there are %d; "+
		"\"motp qr --png\" writes a picture", code.Rows()+s.below, rows)
	return uris[0], code, nil
}

// linesOf is how many lines of the screen a text takes.
func (c *console) linesOf(text string) int {
	columns, _, ok := term.Size(c.out)
	if !ok {
		return 1
	}
	return max(1, (utf8.RuneCountInString(text)+columns-1)/columns)
}

// showQR draws a QR code on standard output. A terminal that is too narrow gets none, since a
// broken one cannot be scanned.
func (c *console) showQR(code term.QR) {
	columns, _, onTerminal := term.Size(c.out)
	if onTerminal && columns < code.Size() {
		c.warn("the terminal is too narrow for a QR code: %d columns are needed",
			code.Size())
		return
	}
	colors := term.IsTerminal(c.out) && os.Getenv("TERM") != "dumb"
	fmt.Fprint(c.out, code.HalfBlocks(colors))
}
