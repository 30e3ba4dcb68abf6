package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/dryrun"
	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// mayAdd finds out whether a token can be added, before anybody is asked anything or sees a secret,
// and what policy will hold. given says that the secret is not a new one.
func (a *app) mayAdd(name string, token motp.Token, given bool) (motp.Policy, error) {
	trial := token
	if trial.Kind().PINInCode {
		trial.PIN = pin.Trial
	}
	if err := addTo(a.trial(), name, trial); err != nil {
		return motp.Policy{}, a.explainAdd(name, token.Name, err)
	}
	settings, user, _ := a.table().Lookup(name) // perhaps there is none, and no table
	user.Name = name
	_, err := a.verifier(settings.Policy).Status(context.Background(), user, a.now())
	switch {
	case err == nil || errors.Is(err, fs.ErrNotExist):
		err = a.mayKeep(name)
	default:
		err = mayBeginAnew(name, token, given, err)
	}
	if err != nil {
		whose := shown.Token(name, token.Name)
		return motp.Policy{}, fmt.Errorf("%w: %s is not added", a.explain(name, err), whose)
	}
	return settings.Policy, nil
}

// recordSize is more than a new record takes.
const recordSize = 16 << 10

// mayKeep finds out whether a user's record could be made, or written if there is one.
func (a *app) mayKeep(name string) error {
	if err := motp.CheckName(name); err != nil {
		return err
	}
	record := a.record(name)
	file, err := os.OpenFile(record, os.O_RDWR|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err == nil {
		return file.Close()
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Lstat(a.state); !errors.Is(err, fs.ErrNotExist) {
		return dryrun.Create(a.state, make([]byte, recordSize))
	}
	if err := a.mayBegin(); err != nil {
		return err
	}
	err = dryrun.Create(filepath.Dir(a.state), nil)
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = &fs.PathError{Op: "mkdir", Path: a.state, Err: failed.Err}
	}
	return err
}

// explainAdd puts the next step to an error about a token that cannot be added.
func (a *app) explainAdd(name, token string, err error) error {
	switch {
	case errors.Is(err, conf.ErrNoUser):
		const next = "\"motp add %s\" without --token adds the first token"
		return fmt.Errorf("%s: %s is not in the table: "+next, a.confPath, shown.Name(name),
			shown.Argument(name))
	case errors.Is(err, conf.ErrTokenExists):
		const next = "\"motp remove %s\" takes it away, if that is what you want"
		return fmt.Errorf("%w: "+next, err, shown.TokenArgument(name, token))
	case errors.Is(err, fs.ErrNotExist):
		const next = "\"install -d %s\" makes the folder, --conf names another table"
		return fmt.Errorf("%w: "+next, err, shown.Argument(filepath.Dir(a.confPath)))
	}
	return a.explain(name, err)
}
