package cli

import (
	"errors"
	"fmt"

	"github.com/pam-motp/pam-motp/internal/pin"
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

// newPIN gets a new PIN for a token of a kind from a person, or from standard input, and warns
// where it is unwise. One that is easily guessed is refused without --weak-pin. Kinds that do not
// hash it need none: then it is empty. Nobody is asked if nothing is to be changed; then any PIN
// will do.
func (a *app) newPIN(user string, of *motp.Kind, how pinFlags) (typed string, err error) {
	switch {
	case how.stdin:
		typed, err = a.readPIN(user, of, how)
	case a.dryRun:
		return pin.Trial, nil
	default:
		typed, err = a.askPIN(user, of, how)
	}
	if err != nil || typed == "" {
		return "", err
	}
	for _, w := range pin.Warnings(of, typed) {
		a.warn("the PIN of %s %s", shown.Name(user), w)
	}
	return typed, nil
}

// askPIN asks for a PIN on the terminal.
func (a *app) askPIN(user string, of *motp.Kind, how pinFlags) (string, error) {
	name := shown.Name(user)
	question := "PIN of " + name + ": "
	if !of.PINInCode {
		question = "PIN of " + name + ", to be typed before the code (Enter alone: none): "
	}
	t, err := term.Open()
	if err != nil && !of.PINInCode {
		a.say("%v for a PIN of %s: there is none", err, name)
		return "", nil
	}
	if err != nil {
		const next = "start motp in one, or give the PIN with --pin-stdin"
		return "", fmt.Errorf("%w for the PIN of %s: "+next, err, name)
	}
	defer t.Close()
	typed, err := askPINTwice(t, question, of, how)
	if err != nil {
		return "", fmt.Errorf("the PIN of %s: %w", name, err)
	}
	return typed, nil
}

// pinTries is how many pairs of PINs may be typed, until the two are the same: as many as with
// passwd.
const pinTries = 3

// askPINTwice asks for a PIN until a good one was typed twice, a few times. An empty one is asked
// for once.
func askPINTwice(
	t *term.Terminal, question string, of *motp.Kind, how pinFlags,
) (string, error) {
	for try := 1; ; try++ {
		typed, err := t.AskHidden(question)
		if err == nil {
			err = pin.Check(of, typed)
		}
		if err != nil || typed == "" {
			return "", err
		}
		again := "The two are not the same: once more."
		gaveUp := "the two were not the same, three times"
		if why := pin.Weak(typed); why != "" && !how.weak {
			again, gaveUp = "The PIN "+why+": choose another.",
				why+"; --weak-pin takes it"
		} else if second, err := t.AskHidden("The same PIN again: "); err != nil ||
			second == typed {
			return typed, err
		}
		if try == pinTries {
			return "", errors.New(gaveUp)
		}
		t.Tell(again)
	}
}

// readPIN reads a PIN from standard input, for scripts.
func (a *app) readPIN(user string, of *motp.Kind, how pinFlags) (string, error) {
	name := shown.Name(user)
	typed, err := a.readOneLine("the PIN of " + name)
	if err != nil {
		return "", err
	}
	if err := pin.Check(of, typed); err != nil {
		return "", fmt.Errorf("the PIN of %s: %w", name, err)
	}
	if why := pin.Weak(typed); typed != "" && why != "" && !how.weak {
		const next = "choose another, or take it with --weak-pin"
		return "", fmt.Errorf("the PIN of %s %s: %s", name, why, next)
	}
	return typed, nil
}
