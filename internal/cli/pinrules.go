package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// pinFlags are the flags of the verbs that give a token a PIN.
type pinFlags struct {
	stdin bool
	weak  bool // a PIN that is easily guessed will do
}

// add gives a verb the flags.
func (f *pinFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.stdin, "pin-stdin", false, "read the PIN from standard input")
	cmd.Flags().BoolVar(&f.weak, "weak-pin", false, "take a PIN that is easily guessed, too")
}

// newPIN gets a new PIN for a token of a type from a person, or from standard input, and warns
// where it is unwise. One that is easily guessed is refused without --weak-pin. TOTP and HOTP need
// none: then it is empty. Nobody is asked if nothing is to be changed; then any PIN will do.
func (a *app) newPIN(user string, of motp.Type, how pinFlags) (pin string, err error) {
	switch {
	case how.stdin:
		pin, err = a.readPIN(user, of, how)
	case a.dryRun:
		return "5917", nil
	default:
		pin, err = a.askPIN(user, of, how)
	}
	if err != nil || pin == "" {
		return "", err
	}
	for _, w := range weaknesses(of, pin) {
		a.warn("the PIN of %s %s", shown.Name(user), w)
	}
	return pin, nil
}

// askPIN asks for a PIN on the terminal.
func (a *app) askPIN(user string, of motp.Type, how pinFlags) (string, error) {
	question := "PIN of " + shown.Name(user) + ": "
	if of != motp.MobileOTP {
		question = "PIN of " + shown.Name(user) + ", to be typed before the code (Enter alone: none): "
	}
	t, err := term.Open()
	if err != nil && of != motp.MobileOTP {
		a.say("%v for a PIN of %s: there is none", err, shown.Name(user))
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%w for the PIN of %s: start motp in one, or give the PIN with --pin-stdin", err, shown.Name(user))
	}
	defer t.Close()
	pin, err := askPINTwice(t, question, of, how)
	if err != nil {
		return "", fmt.Errorf("the PIN of %s: %w", shown.Name(user), err)
	}
	return pin, nil
}

// pinTries is how many pairs of PINs may be typed, until the two are the same: as many as with passwd.
const pinTries = 3

// askPINTwice asks for a PIN until a good one was typed twice, a few times. An empty one is asked
// for once.
func askPINTwice(t *term.Terminal, question string, of motp.Type, how pinFlags) (string, error) {
	for try := 1; ; try++ {
		pin, err := t.AskHidden(question)
		if err == nil {
			err = checkPIN(of, pin)
		}
		if err != nil || pin == "" {
			return "", err
		}
		again, gaveUp := "The two are not the same: once more.", "the two were not the same, three times"
		if why := weakPIN(pin); why != "" && !how.weak {
			again, gaveUp = "The PIN "+why+": choose another.", why+"; --weak-pin takes it"
		} else if second, err := t.AskHidden("The same PIN again: "); err != nil || second == pin {
			return pin, err
		}
		if try == pinTries {
			return "", errors.New(gaveUp)
		}
		t.Tell(again)
	}
}

// readPIN reads a PIN from standard input, for scripts.
func (a *app) readPIN(user string, of motp.Type, how pinFlags) (string, error) {
	pin, err := a.readOneLine("the PIN of " + shown.Name(user))
	if err != nil {
		return "", err
	}
	if err := checkPIN(of, pin); err != nil {
		return "", fmt.Errorf("the PIN of %s: %w", shown.Name(user), err)
	}
	if why := weakPIN(pin); pin != "" && why != "" && !how.weak {
		const next = "choose another, or take it with --weak-pin"
		return "", fmt.Errorf("the PIN of %s %s: %s", shown.Name(user), why, next)
	}
	return pin, nil
}

// readOneLine reads the one line that stands in standard input.
func (a *app) readOneLine(what string) (string, error) {
	content, err := io.ReadAll(io.LimitReader(a.in, term.MaxLine))
	if err != nil {
		return "", fmt.Errorf("read %s from standard input: %w", what, err)
	}
	line, rest, _ := strings.Cut(string(content), "\n")
	if rest != "" {
		return "", fmt.Errorf("standard input must hold one line, %s", what)
	}
	return strings.TrimSuffix(line, "\r"), nil
}

// checkPIN refuses PINs that cannot be kept.
func checkPIN(of motp.Type, pin string) error {
	switch {
	case pin == "" && of != motp.MobileOTP:
		return nil
	case pin == "":
		return errors.New("is empty")
	case len(pin) > 64:
		return errors.New("is longer than 64 characters")
	case strings.Trim(pin, " ") != pin:
		return errors.New("begins or ends with a blank, which the table cannot hold")
	case !utf8.ValidString(pin) || strings.ContainsFunc(pin, func(r rune) bool { return !unicode.IsPrint(r) }):
		return errors.New("has characters that cannot be printed")
	case conf.BeginsQuote(pin):
		return errors.New("begins with a backquote or three double quotes, " +
			"which the table cannot hold: choose another")
	}
	return nil
}

// weaknesses tells what is unwise about a PIN, so that it is easily guessed or that tokens have
// trouble with it.
func weaknesses(of motp.Type, pin string) (warnings []string) {
	if why := weakPIN(pin); why != "" {
		warnings = append(warnings, why)
	}
	if of != motp.MobileOTP {
		return warnings
	}
	if pin == "0000" {
		warnings = append(warnings, "makes the original token erase its secret")
	}
	if len(pin) != 4 || strings.Trim(pin, "0123456789") != "" {
		warnings = append(warnings, "is not four digits, and many tokens take nothing else")
	}
	return warnings
}

// weakPIN says why a PIN is one of those that anybody would try first, or nothing.
func weakPIN(pin string) string {
	all := []rune(pin)
	different := map[rune]bool{}
	for _, r := range all {
		different[r] = true
	}
	switch {
	case len(all) < 4:
		return "is shorter than four characters"
	case len(different) == 1:
		return "is one character over and over"
	case len(different) == 2:
		return "has only two different characters"
	case isRow(all):
		if all[0] > '9' {
			return "is a row of neighbouring letters"
		}
		return "is a row of neighbouring digits"
	case isRepeated(all):
		return "is the same few characters over and over"
	}
	return ""
}

// isRow tells whether each character follows the one before it, up or down; 0 follows 9, as on
// a keyboard.
func isRow(pin []rune) bool {
	follows := func(a, b rune) bool { return b == a+1 || a == '9' && b == '0' }
	up, down := true, true
	for i := 1; i < len(pin); i++ {
		up = up && follows(pin[i-1], pin[i])
		down = down && follows(pin[i], pin[i-1])
	}
	return up || down
}

// isRepeated tells whether a PIN is a shorter one, twice or more often.
func isRepeated(pin []rune) bool {
	for n := 1; n <= len(pin)/2; n++ {
		if len(pin)%n == 0 && slices.Equal(pin, slices.Repeat(pin[:n], len(pin)/n)) {
			return true
		}
	}
	return false
}
