package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// secretDigits is the length of a new secret, in hex digits: what the first token had, and what every token takes.
const secretDigits = 16

// add enrols a user.
func (a *app) add() *cobra.Command {
	var secret, offset string
	var pinStdin bool
	cmd := &cobra.Command{
		Use:   "add USER [--secret TEXT] [--offset O] [--pin-stdin]",
		Short: "Enrol a user: make a secret, ask for the PIN, write the table",
		Long: `Enrol a user: make a secret, ask for the token's PIN, write both into the table,
and print the secret, which is then typed into the token. A missing table is
made. The name is the login name, letter for letter.`,
		Example: `  motp add alice
  motp add alice --offset 1h      her phone's clock is an hour ahead
  echo 5917 | motp add alice --pin-stdin`,
		Args:              oneUser,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			token := motp.Token{Secret: secret}
			var err error
			if token.Offset, err = parseOffset(offset); err != nil {
				return err
			}
			if cmd.Flags().Changed("secret") {
				if err := checkSecret(secret); err != nil {
					return err
				}
			} else if token.Secret, err = newSecret(); err != nil {
				return err
			}
			user := motp.User{Name: args[0], Tokens: []motp.Token{token}}
			if err := a.mayAdd(user); err != nil {
				return err
			}

			ask := a.askPIN
			if pinStdin {
				ask = a.readPIN
			}
			pin, err := ask(user.Name)
			if err != nil {
				return err
			}
			for _, w := range weaknesses(pin) {
				a.warn("the PIN of %s %s", show(user.Name), w)
			}
			user.Tokens[0].PIN = pin
			if err := a.enrol(user); err != nil {
				return err
			}
			a.say("%s is in %s now; type this secret into the token, and try a login before you log out", show(user.Name), a.confPath)
			a.print("%s", user.Tokens[0].Secret)
			return nil
		},
	}
	cmd.Flags().StringVar(&secret, "secret", "", "the token's secret, if it has one already; used as the text it is")
	cmd.Flags().StringVar(&offset, "offset", "0", offsetUsage)
	cmd.Flags().BoolVar(&pinStdin, "pin-stdin", false, "read the PIN from standard input")
	return cmd
}

// newSecret makes a secret from the system's random source.
func newSecret() (string, error) {
	b := make([]byte, secretDigits/2)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return hex.EncodeToString(b), nil
}

// mayAdd finds out whether a user can be added before anybody is asked for a PIN.
func (a *app) mayAdd(user motp.User) error {
	trial := user
	trial.Tokens = []motp.Token{user.Tokens[0]}
	trial.Tokens[0].PIN = "0000"
	return a.explain(user.Name, conf.Rehearsal{Table: a.table()}.Add(trial))
}

// enrol writes a user into the table and makes the record. With an error neither is there.
func (a *app) enrol(user motp.User) error {
	table := a.table()
	if err := table.Add(user); err != nil {
		return a.explain(user.Name, err)
	}
	if err := a.verifier(motp.DefaultPolicy).Prepare(user.Name); err != nil {
		err = a.explain(user.Name, err)
		if undo := table.Remove(user.Name); undo != nil {
			return fmt.Errorf("%w; and %s stays in the table without a record: %w", err, show(user.Name), undo)
		}
		return fmt.Errorf("%w: %s is not added", err, show(user.Name))
	}
	return nil
}
