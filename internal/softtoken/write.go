package softtoken

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/privatefile"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// Save writes a new token, sealed if there is a key, or only sees whether it could, and returns its
// file. The error is fs.ErrExist if there is one.
func Save(profile string, t motp.Token, k *Key, dryRun bool) (string, error) {
	path, err := Path(profile)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); err == nil {
		return "", &fs.PathError{Op: "make", Path: path, Err: fs.ErrExist}
	}
	f := File{path: path, profile: profile, token: conf.LoneToken{Token: t}}
	if _, err := f.text(); err != nil { // as it would be plain: so must it open
		return "", err
	}
	f, err = f.seal(k)
	if err != nil {
		return "", err
	}
	text, err := f.text()
	if err != nil || dryRun {
		return path, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	dir, err := openFolder(path)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	if err := privatefile.Write(path, text); err != nil {
		return "", err
	}
	return path, dir.Sync()
}

// Next returns a HOTP token and has its counter one further on disk, so that no code is shown
// twice. Two who ask at once get two codes. k may be nil if nothing is sealed.
func Next(profile string, k *Key) (t motp.Token, err error) {
	err = rewrite(profile, false, func(f File) (File, error) {
		if t, err = f.Open(k); err != nil {
			return File{}, err
		}
		f.token.Token.Counter++
		return f, nil
	})
	if err != nil {
		return motp.Token{}, err
	}
	return t, nil
}

// Reseal has a token that opens with one key be sealed with another, or sees with dryRun whether it
// could. Each may be nil, where the token is, or is to be, plain.
func Reseal(profile string, old, anew *Key, dryRun bool) error {
	return rewrite(profile, dryRun, func(f File) (File, error) {
		f, err := f.open(old)
		if err != nil {
			return File{}, err
		}
		return f.seal(anew)
	})
}

// Tidy removes what a crash may have left beside the tokens: a file that was being written, perhaps
// with a secret in it.
func Tidy(profile string) error {
	return locked(profile, func(_ *os.File, path string) error { return removeOld(path) })
}

// rewrite changes a token's file in one step: whenever it is cut off, the file is as before or as
// it is to be.
func rewrite(profile string, dryRun bool, change func(File) (File, error)) error {
	return locked(profile, func(dir *os.File, path string) error {
		f, err := read(path, profile)
		if err != nil {
			return err
		}
		if f, err = change(f); err != nil {
			return err
		}
		text, err := f.text()
		if err != nil || dryRun {
			return err
		}
		if err := removeOld(path); err != nil {
			return err
		}
		temporary := temporaryOf(path)
		if err := privatefile.Write(temporary, text); err != nil {
			return err
		}
		if err := os.Rename(temporary, path); err != nil {
			_ = os.Remove(temporary)
			return err
		}
		return dir.Sync()
	})
}

// temporaryOf is what is written before it takes the place of a token's file: one for all tokens.
func temporaryOf(path string) string { return filepath.Join(filepath.Dir(path), ".new") }

func removeOld(path string) error {
	err := os.Remove(temporaryOf(path))
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

// locked does something while nobody else changes a token.
func locked(profile string, do func(dir *os.File, path string) error) error {
	path, err := Path(profile)
	if err != nil {
		return err
	}
	dir, err := openFolder(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != nil {
		return fmt.Errorf("lock %s: %w", dir.Name(), err)
	}
	return do(dir, path)
}
