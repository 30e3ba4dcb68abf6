// Package pin has the rules for PINs: which can be kept, and which are unwise because somebody
// would guess them or tokens have trouble with them. Whatever gives a token a PIN, or judges one,
// goes by them: add, pin, import, doctor, and passwd by way of the module.
//
// The package must not know where a PIN comes from or how a warning is shown, and says nothing that
// holds one; nor may it know package fmt, since it is linked into the module.
package pin

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// Trial is a PIN that is good, for those who only try whether one could be kept.
const Trial = "5917"

// Check refuses PINs that cannot be kept.
func Check(of *motp.Kind, pin string) error {
	switch {
	case pin == "" && !of.PINInCode:
		return nil
	case pin == "":
		return errors.New("is empty")
	case len(pin) > motp.MaxPIN:
		return errors.New("is longer than " + strconv.Itoa(motp.MaxPIN) + " characters")
	case strings.Trim(pin, " ") != pin:
		return errors.New("begins or ends with a blank, which the table cannot hold")
	case !utf8.ValidString(pin) || strings.ContainsFunc(pin, unprintable):
		return errors.New("has characters that cannot be printed")
	case conf.BeginsQuote(pin):
		return errors.New("begins with a backquote or three double quotes, " +
			"which the table cannot hold: choose another")
	}
	return nil
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }

// Warnings tells what is unwise about a PIN, so that it is easily guessed or that tokens have
// trouble with it.
func Warnings(of *motp.Kind, pin string) (warnings []string) {
	if why := Weak(pin); why != "" {
		warnings = append(warnings, why)
	}
	if !of.PINInCode {
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

// Weak says why a PIN is one of those that anybody would try first, or nothing.
func Weak(pin string) string {
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
			return "is a row of neighboring letters"
		}
		return "is a row of neighboring digits"
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
