package cli

import "github.com/spf13/cobra"

// unseal takes the key off.
func (a *app) unseal() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "unseal [USER...] [--dry-run] [--json]",
		Short: "Write sealed secrets and PINs as they are",
		Long: `Write what "motp seal" has sealed as it is, byte for byte as it was: in the
table, in the files beside it, and, of PINs that users have set, in the records.
The key stays, and what is written next is sealed again, until you remove it.

The file .sealed, in the folder of records, is taken away as soon as anything
becomes plain: what is plain, of whomever, is taken as it stands then. "motp
seal" puts it back, and "motp seal USER" if everything is sealed again.`,
		Example:           "  motp unseal\n  motp unseal alice",
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			keys := a.keys()
			refused := a.refusedAsPlain(nil)
			by := &unsealing{onPurpose: onPurpose{keys}, dryRun: a.dryRun}
			done, err := a.reseal(args, by)
			if by.lifted {
				a.tellLifted(keys, refused)
			}
			if err != nil {
				return err
			}
			if err := a.tellResealed(done, "plain"); err != nil {
				return err
			}
			if ids, _ := keys.IDs(); len(ids) > 0 && len(args) == 0 {
				a.say("the key stays in %s: what is written next is sealed again "+
					"while it is there", keys.File())
			}
			return nil
		},
	}
	a.changes(cmd)
	return cmd
}

// unsealing seals nothing, and opens what is sealed.
type unsealing struct {
	onPurpose
	dryRun bool
	opened bool // something
	lifted bool // and plain values were refused until then
}

// Open opens a value, which is about to be written as it is. From the first one on nobody is
// refused for a plain value, whatever happens before all are written.
func (u *unsealing) Open(user, token, field, sealed string) (string, error) {
	value, err := u.Ring.Open(user, token, field, sealed)
	if err != nil || u.opened {
		return value, err
	}
	refuses := u.Ring.RefusesPlain()
	if !u.dryRun {
		if err := u.RefusePlain(false); err != nil {
			return "", err
		}
	}
	u.opened, u.lifted = true, refuses
	return value, nil
}

// Seal returns a value as it is.
func (*unsealing) Seal(_, _, _, value string) (string, error) { return value, nil }

// Fresh says that what is sealed is to be another way.
func (*unsealing) Fresh(string) bool { return false }
