package seal

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrCredential means that the keys are a credential, which only whoever made it can change.
var ErrCredential = errors.New("the key is a credential of systemd's, which is changed where it " +
	"was made: see docs/sealing.md")

// random makes the bytes of a key.
func random(b []byte) error {
	for len(b) > 0 {
		n, err := unix.Getrandom(b, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func newKey() (*key, error) {
	k := &key{}
	if err := random(k.bytes[:]); err != nil {
		return nil, err
	}
	k.id = newID(k.bytes)
	return k, k.prepare()
}

// Create makes the key file with one new key, and returns the key's id. With an error there is
// none: fs.ErrExist if there is a file already.
func (r *Ring) Create() (id string, err error) {
	err = r.alone(func() error {
		id, err = r.create()
		return err
	})
	return id, err
}

func (r *Ring) create() (string, error) {
	if _, err := os.Lstat(r.file); err == nil {
		return "", &fs.PathError{Op: "make", Path: r.file, Err: fs.ErrExist}
	}
	k, err := newKey()
	if err != nil {
		return "", err
	}
	return k.id, r.write([]*key{k})
}

// Renew puts a new key in front of the others and returns its id: it seals from now on, and all
// open. Where there are several keys already, an earlier rotation has not ended, and its key is the
// new one.
func (r *Ring) Renew() (id string, err error) {
	err = r.alone(func() error {
		id, err = r.renew()
		return err
	})
	return id, err
}

func (r *Ring) renew() (string, error) {
	keys, err := r.inFile()
	if err != nil {
		return "", err
	}
	if len(keys) > 1 {
		return keys[0].id, nil
	}
	k, err := newKey()
	if err != nil {
		return "", err
	}
	return k.id, r.write(append([]*key{k}, keys...))
}

// Rehearse has the ring act as if there were a new key, which is kept nowhere.
func (r *Ring) Rehearse() error {
	keys, err := r.current(true)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	k, err := newKey()
	if err != nil {
		return err
	}
	r.given = append([]*key{k}, keys...)
	return nil
}

// Retire takes all keys out but the one that seals, whose id must be the given one still.
func (r *Ring) Retire(id string) error {
	return r.alone(func() error { return r.retire(id) })
}

func (r *Ring) retire(id string) error {
	keys, err := r.inFile()
	switch {
	case err != nil:
		return err
	case keys[0].id != id:
		return errors.New(r.file + ": has changed meanwhile: run it again")
	case len(keys) == 1:
		return nil
	}
	return r.write(keys[:1])
}

// alone does something while nobody else changes the file: of two who make a key at once, one would
// write over the other's, with which something is sealed already.
func (r *Ring) alone(do func() error) error {
	folder, err := os.Open(filepath.Dir(r.file))
	if err != nil {
		return err
	}
	defer folder.Close()
	for {
		if err = unix.Flock(int(folder.Fd()), unix.LOCK_EX); err != unix.EINTR {
			break
		}
	}
	if err != nil {
		return &fs.PathError{Op: "lock", Path: folder.Name(), Err: err}
	}
	return do()
}

// Text is what the file of the keys says, to be printed and kept.
func (r *Ring) Text() (string, error) {
	keys, err := r.current(true)
	if err != nil {
		return "", err
	}
	return lines(keys), nil
}

func (r *Ring) inFile() ([]*key, error) {
	text, free, err := r.read(r.file)
	if errors.Is(err, fs.ErrNotExist) && r.fetch != nil {
		return nil, ErrCredential
	}
	if err != nil {
		return nil, err
	}
	defer free()
	return r.parse(r.file, text)
}

func lines(keys []*key) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(k.line())
	}
	return b.String()
}

const header = "# Keys that open sealed secrets and PINs: read by pam_motp, motpd, and motp.\n" +
	"# Keep a copy apart from those of motp.conf (motp seal --print-key).\n" +
	"# The first key seals, all of them open.\n"

// write puts keys in the file's place, in one step: whoever reads it, or finds it after a crash,
// has the old ones or the new ones.
func (r *Ring) write(keys []*key) (err error) {
	temporary := r.file + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL | unix.O_NOFOLLOW
	file, err := os.OpenFile(temporary, flags, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		file.Close()
		if err != nil {
			os.Remove(temporary)
		}
	}()
	if _, err := file.WriteString(header + lines(keys)); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := os.Rename(temporary, r.file); err != nil {
		return err
	}
	return r.syncFolder()
}

// OnlyName is a file beside the keys: where it is, everything was sealed, and what is plain was
// written by somebody without a key.
const OnlyName = ".sealed"

func (r *Ring) only() string { return filepath.Join(filepath.Dir(r.file), OnlyName) }

// RefusesPlain says whether a plain secret or PIN is refused. Where the folder is missing or cannot
// be searched it is not, and nobody gets in for want of a record; where nobody can tell, it is.
func (r *Ring) RefusesPlain() bool {
	if r.file == "" {
		return false
	}
	var st unix.Stat_t
	return mayRefuse(unix.Lstat(r.only(), &st))
}

func mayRefuse(err error) bool {
	return err != unix.ENOENT && err != unix.ENOTDIR && err != unix.EACCES
}

// RefusePlain has plain values be refused from now on, or no more, and has that on disk when it
// returns.
func (r *Ring) RefusePlain(refuse bool) error {
	if refuse != r.RefusesPlain() {
		if err := r.refusePlain(refuse); err != nil {
			return err
		}
	}
	return r.syncFolder() // also behind somebody who was cut off
}

func (r *Ring) refusePlain(refuse bool) error {
	if !refuse {
		return os.Remove(r.only())
	}
	f, err := os.OpenFile(r.only(), os.O_CREATE|os.O_WRONLY|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// syncFolder has the names of the files on disk.
func (r *Ring) syncFolder() error {
	folder, err := os.Open(filepath.Dir(r.file))
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}
