package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// sealFlags are what "motp seal" is told.
type sealFlags struct{ newKey, sections, rotate, printKey bool }

// seal puts secrets and PINs under a key.
func (a *app) seal() *cobra.Command {
	var f sealFlags
	cmd := &cobra.Command{
		Use: "seal [USER...] [--new-key] [--sections] [--dry-run] [--json]\n" +
			"  seal --rotate [--dry-run] [--json]\n" +
			"  seal --print-key [FILE]",
		Short: "Seal secrets and PINs with a key, so that a stolen table is of no use",
		Long: `Seal the secrets and PINs of the table, of the files beside it, and the PINs
that users have set, which are in the records: each stands as
sealed:v1:KEYID:… then, and opens with the key, for its user, token, and field
only. What is written later is sealed as well. Without USER it is done for all,
also in other tables that PAM's services name with the same folder of records.

Once all are sealed, a plain secret or PIN, in a table or in a record, keeps its
user out, since whoever wrote it has no key: the file .sealed, in the folder of
records, says so. "motp seal" again seals what is plain, if it is yours, and
names those who were refused. "motp unseal" takes .sealed away.

The key is in .keys in the folder of records, or a credential that systemd
decrypts for motpd. A new one is made if you say so, with --new-key or when
asked. Who has the key and the table has the secrets: keep copies of the two
apart. Without the key nobody gets in whose secret is sealed: print it with
--print-key, as text and QR code, or into FILE, which must not be there yet.

A table of four columns has no room for sealed values. With --sections it
becomes one of sections in the same step.

With --rotate, a new key takes the old one's place. While it runs both open; if
it is interrupted, run it again. What is refused as plain stays as it is.`,
		Example: `  motp seal --new-key     the first time
  motp seal --print-key   to keep it on paper
  motp seal --dry-run     is anything left that is plain?
  motp seal --rotate`,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			switch {
			case f.printKey:
				return a.printKey(args)
			case f.rotate && (len(args) > 0 || f.newKey || f.sections):
				return usagef("--rotate is for all, and goes with --dry-run alone")
			case f.rotate:
				return a.rotate()
			}
			return a.sealUsers(args, f)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.newKey, "new-key", false, "make a key if there is none")
	flags.BoolVar(&f.sections, "sections", false,
		"write a table of four columns as sections")
	flags.BoolVar(&f.rotate, "rotate", false, "seal everything with a new key")
	flags.BoolVar(&f.printKey, "print-key", false, "show the key, or write it into FILE")
	a.changes(cmd)
	return cmd
}

// onPurpose does what an administrator says with plain values, also where logins refuse them.
type onPurpose struct{ *seal.Ring }

// RefusesPlain says that a plain value is to be sealed, or to stay.
func (onPurpose) RefusesPlain() bool { return false }

// sealUsers seals what is plain of some users, or of all.
func (a *app) sealUsers(users []string, f sealFlags) error {
	keys := a.keys()
	has, err := keys.HasKey()
	if err != nil {
		return err
	}
	values, err := a.mayReseal(users, has)
	if err != nil {
		if !errors.Is(err, conf.ErrFourColumns) {
			return err
		}
		if err = a.agreeSections(&f); err != nil {
			return err
		}
	}
	refused := a.refusedAsPlain(users)
	switch {
	case has:
	case a.dryRun:
		err = keys.Rehearse()
	default:
		err = a.makeKey(keys, f.newKey)
	}
	if err != nil {
		return err
	}
	if f.sections {
		err := a.commit("the table has sections; \"motp seal\" goes on", func() error {
			return a.site().EditWith(keys, a.dryRun).Sections()
		})
		if err != nil {
			return a.explain("", err)
		}
		a.say("%s %s", a.confPath, sectionsSaid(a.dryRun))
		if a.dryRun {
			return nil // whose text the rest would need
		}
	}
	bar := term.NewProgress(a.err, "sealing", values)
	done, err := a.reseal(users, stepping{onPurpose{keys}, bar})
	bar.End()
	if err != nil {
		return err
	}
	told := a.tellResealed(done, "sealed")
	a.tellTaken(slices.DeleteFunc(refused, done.leaves))
	if told != nil || len(users) > 0 && !a.allSealed() {
		return told
	}
	return a.refusePlain(keys)
}

// refusePlain has logins refuse what is plain.
func (a *app) refusePlain(keys *seal.Ring) error {
	if a.dryRun {
		return nil
	}
	if keys.RefusesPlain() {
		return keys.RefusePlain(true)
	}
	err := a.commit("everything is sealed", func() error { return keys.RefusePlain(true) })
	if err == nil {
		a.say("what is plain is refused from now on")
	}
	return err
}

// stepping seals, and moves a bar on.
type stepping struct {
	onPurpose
	bar term.Progress
}

// Seal seals a value, which is a step.
func (s stepping) Seal(user, token, field, value string) (string, error) {
	s.bar.Step()
	return s.Ring.Seal(user, token, field, value)
}

func sectionsSaid(dryRun bool) string {
	if dryRun {
		return "would become sections, and sealed; nothing is changed"
	}
	return "has sections now, and is sealed"
}

// mayReseal says whether the table could be sealed, and how many of its values would be, before a
// key is made.
func (a *app) mayReseal(users []string, has bool) (values int, err error) {
	trial := a.keys()
	if !has {
		if err := trial.Rehearse(); err != nil {
			return 0, err
		}
	}
	would, err := a.site().EditWith(onPurpose{trial}, true).Reseal(among(users))
	if err != nil || has {
		return would.Values, a.explain("", err)
	}
	_, entries, err := a.table().Users()
	for _, e := range entries {
		if errors.Is(e.Err, motp.ErrSealed) && slices.ContainsFunc(e.Values(),
			func(v conf.Value) bool { return v.Text != "" }) {
			return 0, fmt.Errorf("%w; a new key would not open it", e.Err)
		}
	}
	if err != nil {
		return 0, a.explain("", err)
	}
	return would.Values, a.mustHoldNothingSealed()
}

// among says who is meant; nil is everybody.
func among(users []string) func(string) bool {
	if len(users) == 0 {
		return nil
	}
	return func(user string) bool { return slices.Contains(users, user) }
}

// agreeSections asks whether the table may become one of sections.
func (a *app) agreeSections(f *sealFlags) error {
	if f.sections {
		return nil
	}
	const how = "four columns have no room for sealed values: \"motp seal --sections\" " +
		"writes the table as sections, which say the same"
	yes, err := a.asks(a.confPath + " is a table of four columns, which have no room for " +
		"sealed values. Write it as sections?")
	if err != nil || !yes {
		return fmt.Errorf("%s: %s", a.confPath, how)
	}
	f.sections = true
	return nil
}

// asks asks a question, if there is somebody to ask.
func (a *app) asks(question string) (bool, error) {
	if a.dryRun {
		return true, nil
	}
	t, err := term.Open()
	if err != nil {
		return false, err
	}
	defer t.Close()
	return t.Confirm(question)
}
