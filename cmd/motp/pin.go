package main

import "github.com/spf13/cobra"

// pin changes a user's PIN.
func (a *app) pin() *cobra.Command {
	var stdin bool
	cmd := &cobra.Command{
		Use:   "pin USER [--pin-stdin] [--dry-run]",
		Short: "Change the PIN of a user's token",
		Long: `Change the PIN of a user's token in the table: the PIN that the user types into
the token, from then on. Codes made with the old PIN are refused at once.`,
		Example: `  motp pin alice
  echo 5917 | motp pin alice --pin-stdin`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			_, user, err := a.lookup(args[0])
			if err != nil {
				return err
			}
			pin, err := a.newPIN(user.Name, stdin)
			if err != nil {
				return err
			}
			if err := a.editor().Set(user.Name, "pin", pin); err != nil {
				return a.explain(user.Name, err)
			}
			a.did(user.Name, "given the new PIN")
			return nil
		},
	}
	cmd.Flags().BoolVar(&stdin, "pin-stdin", false, "read the PIN from standard input")
	a.changes(cmd)
	return cmd
}
