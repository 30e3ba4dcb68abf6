package login

import (
	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/motp"
)

// A choice is a new PIN on its way: it is typed twice, and has to be a good one.
type choice struct {
	tries byte   // that would not do
	pin   string // while it is asked for again, and afterward

	// not is what may be no PIN: the code before it. A program that has one answer for every
	// question would leave its user with a PIN that nobody knows.
	not string
}

// The questions for a PIN, which is never shown.
const (
	newPrompt   = "New PIN: "
	againPrompt = "The new PIN again: "
)

// pinTries is how many new PINs may be typed: as many as with passwd.
const pinTries = 3

// take takes what was typed: the PIN, or the same again. It says why it will not do; then the PIN
// is to be asked for anew.
func (c *choice) take(of *motp.Kind, typed Text) (why string) {
	switch {
	case c.pin != "" && typed.S != c.pin:
		why = "The two are not the same: once more"
	case c.pin != "":
		return ""
	case typed.S == c.not && c.not != "":
		why = "The PIN is the code: choose another"
	default:
		if why = flaw(of, typed); why == "" {
			c.pin = typed.S
			return ""
		}
		why = "The PIN " + why + ": choose another"
	}
	c.pin = ""
	c.tries++
	return why
}

// flaw is why a PIN will not do, if so. No PIN is none, whatever the kind: passwd takes no empty
// password either.
func flaw(of *motp.Kind, typed Text) string {
	switch err := pin.Check(of, typed.S); {
	case typed.TooLong:
		return "is too long"
	case typed.S == "":
		return "is empty"
	case err != nil:
		return err.Error()
	}
	return pin.Weak(typed.S)
}
