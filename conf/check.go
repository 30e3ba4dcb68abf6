package conf

import (
	"errors"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// Neither form has a way to quote, so some names and values cannot be written. The errors never
// show a value.

var errTokens = errors.New("a user has one to " + strconv.Itoa(motp.MaxTokens) + " tokens")

// checkUser refuses users that no table can have.
func checkUser(u motp.User) error {
	if err := checkPrintable("the user's name", u.Name); err != nil {
		return err
	}
	if n := len(u.Tokens); n == 0 || n > motp.MaxTokens {
		return errTokens
	}
	for i, t := range u.Tokens {
		if err := checkToken(t); err != nil {
			return err
		}
		switch {
		case (i == 0) != (t.Name == ""):
			return errors.New("the first token has no name, the others have")
		case indexOf(u, t.Name) != i:
			return errors.New("has two tokens " + showName(t.Name))
		}
	}
	return nil
}

func checkToken(t motp.Token) error {
	if t.Name != "" && !tokenName(t.Name) {
		return errors.New(wrongTokenName)
	}
	if kind := t.Kind(); kind != nil && kind.PINInCode && t.PIN == "" {
		return errors.New("pin: must have 1 to 64 characters")
	}
	for _, s := range settingsOf(t) {
		if err := checkValue(t.Type, s.key, s.value); err != nil {
			return err
		}
	}
	return nil
}

// checkValue refuses values that the reader would refuse, or not read as they are. What a key may
// hold depends on the type of token.
func checkValue(of motp.Type, key, value string) error {
	var p person
	t := motp.Token{Type: of}
	if msg := setLine(&p, &t, key, value); msg != "" {
		return errors.New(shownKey(key) + ": " + msg)
	}
	return checkPrintable(key, value)
}

// checkHeader refuses a name that cannot stand between brackets.
func checkHeader(name string) error {
	if strings.ContainsAny(name, "[]/") {
		return errors.New("the user's name must have no [, ] or /")
	}
	return nil
}

// checkQuotes refuses values that the INI form cannot hold.
func checkQuotes(all []setting) error {
	for _, s := range all {
		if BeginsQuote(s.value) {
			return errors.New(shownKey(s.key) + ": " + quoteBegins)
		}
	}
	return nil
}

// checkPrintable refuses what would not be read back as it was written.
func checkPrintable(what, s string) error {
	switch {
	case s == "":
		return errors.New(what + " must not be empty")
	case strings.Trim(s, " ") != s:
		return errors.New(what + " must not begin or end with a blank")
	case !printable(s):
		return errors.New(what + " must have printable characters only")
	}
	return nil
}

// checkColumn refuses what cannot stand between blanks.
func checkColumn(what, s string) error {
	if strings.Contains(s, " ") {
		return &formError{what + " if it has a blank in it"}
	}
	return nil
}

// checkFirstColumn refuses a name that would make its row a comment, or a line of the INI form.
func checkFirstColumn(name string) error {
	if strings.HasPrefix(name, "#") || strings.HasPrefix(name, ";") ||
		strings.HasPrefix(name, "[") {
		return &formError{"a user's name that begins with " + name[:1]}
	}
	return nil
}
