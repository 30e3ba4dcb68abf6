package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/motp"
)

// newPIN gets a new PIN for a token of a type from a person, or from standard input, and warns where it is weak. TOTP and HOTP need none: then it is empty. Nobody
// is asked if nothing is to be changed; then any PIN will do.
func (a *app) newPIN(user string, of motp.Type, stdin bool) (pin string, err error) {
	switch {
	case stdin:
		pin, err = a.readPIN(user, of)
	case a.dryRun:
		return "5917", nil
	default:
		pin, err = a.askPIN(user, of)
	}
	if err != nil || pin == "" {
		return "", err
	}
	for _, w := range weaknesses(of, pin) {
		a.warn("the PIN of %s %s", show(user), w)
	}
	return pin, nil
}

// askPIN asks for a PIN on the terminal.
func (a *app) askPIN(user string, of motp.Type) (string, error) {
	question := "PIN of " + show(user) + ": "
	if of != motp.MobileOTP {
		question = "PIN of " + show(user) + ", to be typed before the code (Enter alone: none): "
	}
	t, err := openTerminal()
	if err != nil && of != motp.MobileOTP {
		a.say("%v for a PIN of %s: there is none", err, show(user))
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("%w for the PIN of %s: start motp in one, or give the PIN with --pin-stdin", err, show(user))
	}
	defer t.close()
	pin, err := t.askPINTwice(question, of)
	if err != nil {
		return "", fmt.Errorf("the PIN of %s: %w", show(user), err)
	}
	return pin, nil
}

// pinTries is how many pairs of PINs may be typed, until the two are the same: as many as with passwd.
const pinTries = 3

// askPINTwice asks for a PIN until it was typed twice the same, a few times. An empty one is asked for once.
func (t *terminal) askPINTwice(question string, of motp.Type) (string, error) {
	for try := 1; ; try++ {
		pin, err := t.askHidden(question)
		if err == nil {
			err = checkPIN(of, pin)
		}
		if err != nil || pin == "" {
			return "", err
		}
		switch again, err := t.askHidden("The same PIN again: "); {
		case err != nil:
			return "", err
		case again == pin:
			return pin, nil
		case try == pinTries:
			return "", errors.New("the two were not the same, three times")
		}
		t.tell("The two are not the same: once more.")
	}
}

// readPIN reads a PIN from standard input, for scripts.
func (a *app) readPIN(user string, of motp.Type) (string, error) {
	pin, err := a.readOneLine("the PIN of " + show(user))
	if err == nil {
		if err = checkPIN(of, pin); err != nil {
			err = fmt.Errorf("the PIN of %s: %w", show(user), err)
		}
	}
	return pin, err
}

// readOneLine reads the one line that stands in standard input.
func (a *app) readOneLine(what string) (string, error) {
	content, err := io.ReadAll(io.LimitReader(a.in, maxLine))
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
	}
	return nil
}

// weaknesses tells what is unwise about a PIN.
func weaknesses(of motp.Type, pin string) (warnings []string) {
	switch {
	case len(pin) < 4:
		warnings = append(warnings, "is shorter than four characters")
	case strings.Trim(pin, pin[:1]) == "":
		warnings = append(warnings, "is one character over and over")
	case isRow(pin):
		warnings = append(warnings, "is a row of neighbouring digits")
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

// isRow tells whether each character follows the one before it, up or down.
func isRow(pin string) bool {
	up, down := true, true
	for i := 1; i < len(pin); i++ {
		up = up && pin[i] == pin[i-1]+1
		down = down && pin[i] == pin[i-1]-1
	}
	return up || down
}
