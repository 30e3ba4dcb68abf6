package resident

import (
	"os"
	"strings"

	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// shownMost is the longest text that a program is sure to show: PAM_MAX_MSG_SIZE, less the byte at
// its end.
const shownMost = 511

// HandOut draws the token of somebody who was invited, as "motp add" does: a QR code, and below it
// the URI that is in it, and the secret.
func (h host) HandOut(user string, token motp.Token) ([]string, error) {
	site, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	text := uri.Enrolment{Site: site, User: user, Token: token}.URI()
	code, err := term.NewQR(text)
	if err != nil {
		return nil, err
	}
	texts := []string{"Scan this with your token, or type in the secret below it:"}
	texts = append(texts, inPieces(code.HalfBlocks(false))...)
	return append(texts, text, "The secret: "+uri.SecretInWords(token)), nil
}

// inPieces parts a text between its lines. Programs end each piece as they end a line.
func inPieces(text string) (pieces []string) {
	piece := ""
	for line := range strings.Lines(text) {
		if len(piece)+len(line) > shownMost {
			pieces = append(pieces, strings.TrimSuffix(piece, "\n"))
			piece = ""
		}
		piece += line
	}
	return append(pieces, strings.TrimSuffix(piece, "\n"))
}
