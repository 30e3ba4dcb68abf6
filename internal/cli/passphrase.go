package cli

import (
	"errors"
	"fmt"

	"github.com/pam-motp/pam-motp/internal/regular"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/softtoken"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/spf13/cobra"
)

// passphraseFlags say where the passphrase of a token comes from, if not from the terminal. It
// never stands on the command line, which everybody on the machine can read.
type passphraseFlags struct {
	file  string
	stdin bool
}

const passphraseUsage = "[--passphrase-file FILE | --passphrase-stdin]"

func (p *passphraseFlags) on(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.file, "passphrase-file", "",
		"read the passphrase from this file, not the terminal")
	cmd.Flags().BoolVar(&p.stdin, "passphrase-stdin", false,
		"read the passphrase from standard input")
}

func (p passphraseFlags) given() bool { return p.file != "" || p.stdin }

// check finds what cannot be meant.
func (p passphraseFlags) check() error {
	if p.file != "" && p.stdin {
		return usagef("--passphrase-file or --passphrase-stdin, not both")
	}
	return nil
}

const (
	passphraseWhat  = "the token's passphrase"
	passphraseTries = 3
)

// tokenKey gets the key of a sealed token; nil if it is plain. Whoever mistypes the passphrase on
// the terminal is asked again, as by ssh.
func (a *app) tokenKey(f softtoken.File, from passphraseFlags) (*softtoken.Key, error) {
	if !f.IsSealed() {
		if from.given() {
			return nil, usagef("the token is not sealed, and has no passphrase: "+
				"\"motp token seal%s\" gives it one", profileArgument(f.Profile()))
		}
		return nil, nil
	}
	if from.given() {
		typed, err := a.givenPassphrase(from, passphraseWhat)
		if err != nil {
			return nil, err
		}
		return f.Key(typed)
	}
	t, err := openForPassphrase()
	if err != nil {
		return nil, err
	}
	defer t.Close()
	for try := 1; ; try++ {
		typed, err := t.AskHidden("Passphrase: ")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", passphraseWhat, err)
		}
		k, err := f.Key(typed)
		if !errors.Is(err, softtoken.ErrPassphrase) || try == passphraseTries {
			return k, err
		}
		t.Tell("That is not the passphrase: once more.")
	}
}

// newTokenKey gets the key of a new passphrase, which is asked for twice.
func (a *app) newTokenKey(from passphraseFlags) (*softtoken.Key, error) {
	const what = "the token's new passphrase"
	if from.given() {
		typed, err := a.givenPassphrase(from, what)
		if err != nil {
			return nil, err
		}
		return softtoken.NewKey(typed)
	}
	t, err := openForPassphrase()
	if err != nil {
		return nil, err
	}
	defer t.Close()
	for try := 1; ; try++ {
		typed, err := t.AskHidden("New passphrase: ")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", what, err)
		}
		why := softtoken.CheckPassphrase(typed)
		if why == nil {
			again, err := t.AskHidden("The same passphrase again: ")
			if err != nil {
				return nil, fmt.Errorf("%s: %w", what, err)
			}
			if again == typed {
				return softtoken.NewKey(typed)
			}
			why = errors.New("the two are not the same")
		}
		if try == passphraseTries {
			return nil, why
		}
		t.Tell("motp: " + why.Error() + ".")
	}
}

// givenPassphrase reads what the flags name.
func (a *app) givenPassphrase(from passphraseFlags, what string) (string, error) {
	if from.stdin {
		return a.nextLine(what)
	}
	content, err := regular.Read(from.file, term.MaxLine)
	if err != nil {
		return "", err
	}
	return onlyLine(string(content), shown.Name(from.file))
}

func openForPassphrase() (*term.Terminal, error) {
	t, err := term.Open()
	if err != nil {
		return nil, fmt.Errorf("%w for %s: start motp in one, or give it with "+
			"--passphrase-stdin or --passphrase-file", err, passphraseWhat)
	}
	return t, nil
}
