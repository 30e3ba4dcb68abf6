package main

import "github.com/spf13/cobra"

// pin changes a user's PIN.
func (a *app) pin() *cobra.Command {
	var stdin bool
	cmd := &cobra.Command{
		Use:   "pin USER [--pin-stdin] [--dry-run]",
		Short: "Change the PIN of a user's token",
		Long: `Change the PIN of a user's token in the table: the PIN that the user types into
the token, from then on. Codes made with the old PIN are refused at once. An
entry without a PIN gets one.`,
		Example: `  motp pin alice
  echo 5917 | motp pin alice --pin-stdin`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			name := args[0]
			if _, err := a.find(name); err != nil {
				return err
			}
			pin, err := a.newPIN(name, stdin)
			if err != nil {
				return err
			}
			if err := a.editor().Set(name, "pin", pin); err != nil {
				return a.explain(name, err)
			}
			a.did(name, "given the new PIN")
			return nil
		},
	}
	cmd.Flags().BoolVar(&stdin, "pin-stdin", false, "read the PIN from standard input")
	a.changes(cmd)
	return cmd
}
