package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/pam-motp/pam-motp/internal/privatefile"
	"github.com/pam-motp/pam-motp/internal/term"
)

// printKey shows the key to a person, as text and QR code, or writes it into a new file that nobody
// else can read. It goes nowhere else.
func (a *app) printKey(args []string) error {
	if len(args) > 1 {
		return usagef("--print-key takes one FILE, and no USER")
	}
	text, err := a.keys().Text()
	if errors.Is(err, fs.ErrNotExist) {
		return errors.New("there is no key: \"motp seal --new-key\" makes one")
	}
	if err != nil {
		return err
	}
	if len(args) == 1 {
		if err := privatefile.Write(args[0], []byte(text)); err != nil {
			return err
		}
		a.say("%s has the key; keep it apart from copies of the table", args[0])
		return nil
	}
	if !term.IsTerminal(a.out) {
		return errors.New(
			"the key is shown on a terminal, or written into a new FILE, and " +
				"nowhere else",
		)
	}
	yes, err := a.asks("Show the key that opens all secrets and PINs on the screen?")
	if err != nil || !yes {
		return errors.New("the key is not shown")
	}
	code, err := term.NewQR(text)
	if err != nil {
		return fmt.Errorf("the keys are too many for a QR code: name a FILE: %w", err)
	}
	a.showQR(code)
	a.print("%s", text)
	return term.Written(a.out)
}
