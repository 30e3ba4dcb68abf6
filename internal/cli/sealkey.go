package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// makeKey makes a key, if that is wanted.
func (a *app) makeKey(keys *seal.Ring, wanted bool) error {
	if !wanted {
		yes, err := a.asks("There is no key. Make one, in " + keys.File() + "?")
		if err != nil || !yes {
			return fmt.Errorf("there is no key: --new-key makes one, in %s; nothing "+
				"is changed", keys.File())
		}
	}
	if err := a.begin(); err != nil {
		return a.explain("", err)
	}
	var id string
	err := a.commit("there is a key, and \"motp seal\" goes on", func() (err error) {
		id, err = keys.Create()
		return err
	})
	if err != nil {
		return a.explain("", err)
	}
	a.say("%s has a new key, %s: keep a copy apart from those of the table "+
		"(motp seal --print-key)", keys.File(), id)
	return nil
}

// mustHoldNothingSealed is an error if anything here is sealed, with a key that is not here: in an
// entry that has a mistake, in another table with the same records, or in a record.
func (a *app) mustHoldNothingSealed() error {
	const why = "%s holds what is sealed, and there is no key: restore it; a new key would " +
		"not open that"
	tables, err := a.sharedTables()
	if err != nil {
		return err
	}
	for _, t := range tables {
		if file := (conf.Table{Path: t.path}).SealedIn(); file != "" {
			return fmt.Errorf(why, file)
		}
	}
	names, err := a.store().Names(context.Background())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return a.explain("", err)
	}
	verifier := a.verifier(motp.DefaultPolicy)
	for _, name := range names {
		sealed, _, err := verifier.SealedPINs(context.Background(), name)
		if err == nil && len(sealed) > 0 {
			return fmt.Errorf(why, "the record of "+shown.Name(name))
		}
	}
	return nil
}
