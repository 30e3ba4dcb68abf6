// Package regular reads files that somebody else may have put there: regular files only, of bounded
// size, without waiting for anybody. Opening a FIFO would wait for its writer, reading a device may
// never end, and a sparse file of many gigabytes is quickly made.
package regular

import (
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// System is enough for a file of the system's own: accounts, rules, units.
const System = 64 << 20

// A KindError says that something is there that is no regular file.
type KindError struct{}

func (KindError) Error() string { return "is no regular file, and nothing else is read" }

// A SizeError says that a file is larger than what is read of it.
type SizeError struct{ Limit int }

func (e SizeError) Error() string { return fmt.Sprintf("is larger than %d bytes", e.Limit) }

// Read reads a file of at most limit bytes to which links may lead. Use it where only root, or
// whoever runs this program, decides what is at the path.
func Read(path string, limit int) ([]byte, error) {
	text, _, err := read(path, limit, 0)
	return text, err
}

// ReadForeign reads a file that a user may own, of at most limit bytes, and returns its mode too.
// No link at the end of the path is followed, which could lead root to any file: the error is
// ELOOP.
func ReadForeign(path string, limit int) ([]byte, fs.FileMode, error) {
	return read(path, limit, unix.O_NOFOLLOW)
}

func read(path string, limit, flags int) ([]byte, fs.FileMode, error) {
	file, mode, err := open(path, flags)
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	switch {
	case err != nil:
		return nil, 0, err
	case len(text) > limit:
		return nil, 0, &fs.PathError{Op: "read", Path: path, Err: SizeError{limit}}
	}
	return text, mode, nil
}

// Open opens a file as Read does, for who does not read all of it.
func Open(path string) (*os.File, error) {
	file, _, err := open(path, 0)
	return file, err
}

func open(path string, flags int) (file *os.File, mode fs.FileMode, err error) {
	refuse := func(err error) error { return &fs.PathError{Op: "read", Path: path, Err: err} }
	// a name is looked at first: opening some devices does something already
	look := os.Stat
	if flags&unix.O_NOFOLLOW != 0 {
		look = os.Lstat
	}
	info, err := look(path)
	switch {
	case err != nil:
		return nil, 0, err
	case info.Mode()&fs.ModeSymlink != 0:
		return nil, 0, refuse(unix.ELOOP)
	case !info.Mode().IsRegular():
		return nil, 0, refuse(KindError{})
	}
	// and again what was opened, since another may stand there by now
	file, err = os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|flags, 0)
	if err != nil {
		return nil, 0, err
	}
	info, err = file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = refuse(KindError{})
	}
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Mode().Perm(), nil
}
