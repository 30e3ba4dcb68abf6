package cli

import (
	"fmt"
	"os"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/credstore"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/internal/shown"
)

// rotate gives everything another key. The old one goes when nothing is sealed with it.
func (a *app) rotate() error {
	keys := a.keys()
	has, err := keys.HasKey()
	switch {
	case err != nil:
		return err
	case !has:
		return fmt.Errorf("there is no key to rotate: \"motp seal --new-key\" makes one")
	case a.dryRun:
		if err := keys.Rehearse(); err != nil {
			return err
		}
		done, err := a.reseal(nil, keys)
		if err != nil {
			return err
		}
		return a.tellResealed(done, "sealed")
	}
	if _, err := os.Lstat(keys.File()); err != nil {
		return seal.ErrCredential
	}
	if err := a.mustBeMotpdsKey(); err != nil {
		return err
	}
	var id string
	err = a.commit("both keys open; run \"motp seal --rotate\" again", func() (err error) {
		id, err = keys.Renew()
		return err
	})
	if err != nil {
		return a.explain("", err)
	}
	done, err := a.reseal(nil, keys)
	if err != nil {
		return fmt.Errorf("%w; both keys open until \"motp seal --rotate\" has ended", err)
	}
	told := a.tellResealed(done, "sealed")
	if told != nil && !done.leavesPlain() {
		return fmt.Errorf("%w; until then both keys stay in %s", told, keys.File())
	}
	err = a.commit("everything is sealed with the new key", func() error {
		return keys.Retire(id)
	})
	if err != nil {
		return a.explain("", err)
	}
	a.say("%s has the key %s now, and no other: replace the copy that you keep",
		keys.File(), shown.Name(id))
	return told
}

// mustBeMotpdsKey is an error if motpd has its key as a credential, and not from the file that is
// to be changed: it would open nothing that is sealed with the new key, and let nobody in.
func (a *app) mustBeMotpdsKey() error {
	path := credstore.Path()
	if path == "" || a.state != conf.DefaultState {
		return nil
	}
	return fmt.Errorf("%s is there, and motpd would not have the new key: take the "+
		"credential out of motpd's unit and rename that file first, as "+
		"docs/sealing.md says", path)
}
