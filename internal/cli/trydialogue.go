package cli

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/internal/term"
)

// answers are where PAM's questions go: to the terminal, or to the lines of standard input.
func (c *console) answers(stdin bool) (pam.ConversationHandler, func(), error) {
	if stdin {
		return pam.ConversationFunc(c.answerFromStdin), func() {}, nil
	}
	t, err := term.Open()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: start motp in one, or give the answers with "+
			"--stdin", err)
	}
	return pam.ConversationFunc(func(style pam.Style, text string) (string, error) {
		text = printable(text)
		switch style {
		case pam.PromptEchoOff:
			return t.AskHidden(text)
		case pam.PromptEchoOn:
			return t.Ask(text)
		case pam.ErrorMsg, pam.TextInfo:
			t.Tell(text)
			return "", nil
		default:
			return "", errors.New("a question of a kind that no terminal can ask")
		}
	}), t.Close, nil
}

// A counter counts PAM's questions on their way.
type counter struct {
	pam.ConversationHandler
	questions int
}

// RespondPAM passes on what PAM says.
func (c *counter) RespondPAM(style pam.Style, text string) (string, error) {
	if style == pam.PromptEchoOff || style == pam.PromptEchoOn {
		c.questions++
	}
	return c.ConversationHandler.RespondPAM(style, text)
}

// answerFromStdin tells the question, and takes the next line for the answer.
func (c *console) answerFromStdin(style pam.Style, text string) (string, error) {
	how := map[pam.Style]string{pam.PromptEchoOff: "asked, hidden", pam.PromptEchoOn: "asked",
		pam.ErrorMsg: "told, as an error", pam.TextInfo: "told"}[style]
	if how == "" {
		return "", errors.New("a question of a kind that no line can answer")
	}
	c.print("%s: %q", how, text)
	if style != pam.PromptEchoOff && style != pam.PromptEchoOn {
		return "", nil
	}
	line, err := term.ReadLine(c.in)
	if err != nil {
		c.say("standard input holds no answer to this question")
		return "", err
	}
	return strings.TrimSuffix(line, "\r"), nil
}

// printable leaves out what would do something to a terminal. A module may show text that it has
// from elsewhere.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || unicode.IsPrint(r) {
			return r
		}
		return -1
	}, text)
}
