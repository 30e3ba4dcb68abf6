package conf

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// maxFile is the largest table that is read: about 1.4 million users whose secrets are sealed.
const maxFile = 256 << 20

// mapFrom is the size from which on a file is mapped into memory and no longer copied.
const mapFrom = 256 << 10

// openSafely opens a file or folder that nobody but its owner, root or whoever runs this program,
// can have written or read.
func openSafely(at int, path, shown string, kind uint32) (fd int, st unix.Stat_t, err error) {
	// without O_NONBLOCK a FIFO would keep us waiting
	const flags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_NONBLOCK
	for {
		fd, err = unix.Openat(at, path, flags, 0)
		if err != unix.EINTR {
			break
		}
	}
	if err == unix.ELOOP {
		return -1, st, &Error{
			Kind: Unavailable,
			File: shown,
			Msg:  "is a symbolic link, which is not followed",
			Err:  err,
		}
	}
	if err != nil {
		return -1, st, systemError(shown, "open", err)
	}
	if err := unix.Fstat(fd, &st); err != nil {
		_ = unix.Close(fd)
		return -1, st, systemError(shown, "stat", err)
	}
	if err := unsafe(&st, kind); err != nil {
		_ = unix.Close(fd)
		err.File = shown
		return -1, st, err
	}
	return fd, st, nil
}

// unsafe says why a file or folder must not be trusted; nil if it may.
func unsafe(st *unix.Stat_t, kind uint32) *Error {
	allowed, should, name := uint32(0o600), "0600", "a regular file"
	if kind == unix.S_IFDIR {
		allowed, should, name = 0o700, "0700", "a folder"
	}
	switch mode := st.Mode & 0o7777; {
	case st.Mode&unix.S_IFMT != kind:
		return &Error{Kind: Unavailable, Msg: "is not " + name}
	case st.Uid != 0 && int(st.Uid) != unix.Geteuid():
		return &Error{Kind: Unavailable, Err: ErrExposed,
			Msg: "is owned by user " + strconv.Itoa(int(st.Uid)) + ", must be root's"}
	case mode&^allowed != 0:
		return &Error{Kind: Unavailable, Err: ErrExposed,
			Msg: "has mode 0" + strconv.FormatUint(uint64(mode), 8) +
				", must be " + should}
	}
	return nil
}

// readSafely reads a whole file. free gives its memory back; the text must not be used after it.
func readSafely(at int, path, shown string) (text []byte, free func(), err error) {
	fd, st, err := openSafely(at, path, shown, unix.S_IFREG)
	if err != nil {
		return nil, nil, err
	}
	defer unix.Close(fd)
	switch size := st.Size; {
	case size > maxFile:
		return nil, nil, &Error{
			Kind: Unavailable,
			File: shown,
			Msg:  "is larger than " + strconv.Itoa(maxFile>>20) + " MiB",
		}
	case size >= mapFrom:
		text, err = unix.Mmap(fd, 0, int(size), unix.PROT_READ,
			unix.MAP_PRIVATE|unix.MAP_POPULATE)
		free = func() { _ = unix.Munmap(text) }
	default:
		text, err = readAll(fd, int(size))
		free = func() { clear(text) }
	}
	if err != nil {
		return nil, nil, systemError(shown, "read", err)
	}
	if bytes.IndexByte(text, 0) >= 0 {
		free()
		return nil, nil, &Error{
			Kind: Unavailable,
			File: shown,
			Msg:  "is not text: it holds a zero byte",
		}
	}
	return text, free, nil
}

// ReadPrivate reads a whole file as a table is read: one that is open to others than its owner,
// root or whoever runs the program, is an *[Error]. free gives its memory back; the text must not
// be used after it.
func ReadPrivate(path string) (text []byte, free func(), err error) {
	return readSafely(unix.AT_FDCWD, path, path)
}

func readAll(fd, size int) ([]byte, error) {
	b := make([]byte, size)
	n, err := readAt(fd, b, 0)
	if err == nil && n < size {
		err = io.ErrUnexpectedEOF // it was cut off while we read
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// readAt fills b from a place in a file on, or as much of it as there is up to the file's end.
func readAt(fd int, b []byte, at int64) (n int, err error) {
	for n < len(b) {
		got, err := unix.Pread(fd, b[n:], at+int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil || got == 0 {
			return n, err
		}
		n += got
	}
	return n, nil
}

// ending is how the files in the folder beside the table end.
const ending = ".conf"

// findOwn reads one user's own file, or every file with the name "". No file is no entry; no folder
// is an error of that kind.
func (t Table) findOwn(name string) ([]Entry, error) {
	dir, _, err := openSafely(unix.AT_FDCWD, t.Dir(), t.Dir(), unix.S_IFDIR)
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	if name != "" {
		e, err := t.readOwn(dir, motp.EncodeName(name)+ending)
		if isNotExist(err) || errors.Is(err, unix.ENAMETOOLONG) {
			return nil, nil
		}
		if err != nil {
			return t.unreadable(name, motp.EncodeName(name)+ending, err), nil
		}
		return e, nil
	}
	names, err := list(dir)
	if err != nil {
		return nil, systemError(t.Dir(), "list", err)
	}
	var all []Entry
	for _, n := range names {
		if !strings.HasSuffix(n, ending) {
			continue
		}
		e, err := t.readOwn(dir, n)
		if err != nil {
			e = t.unreadable(strings.TrimSuffix(n, ending), n, err)
		}
		all = append(all, e...)
	}
	return all, nil
}

// unreadable is the entry of a user whose own file cannot be read.
func (t Table) unreadable(name, file string, err error) []Entry {
	return []Entry{{User: motp.User{Name: name}, File: t.Dir() + "/" + file, Err: err}}
}

// readOwn reads a file of the folder, which must hold the sections of the user for whom it is
// named, and nothing else.
func (t Table) readOwn(dir int, file string) ([]Entry, error) {
	shown := t.Dir() + "/" + file
	text, free, err := readSafely(dir, file, shown)
	if err != nil {
		return nil, err
	}
	defer free()
	s := &sections{content{file: shown, text: text}}
	entries := s.entries("")
	numberAll(text, entries)
	if l, ok := s.firstSetting(); ok {
		return nil, &Error{
			Kind: BadUser,
			File: shown,
			Line: l.number,
			Msg:  "only a [section] may stand here; settings belong into " + t.Path,
		}
	}
	for _, e := range entries {
		if motp.EncodeName(e.User.Name)+ending != file {
			return nil, &Error{
				Kind: BadUser,
				File: shown,
				Line: e.Line,
				Msg: "this section's file would be named " +
					motp.EncodeName(e.User.Name) + ending,
			}
		}
	}
	if len(entries) == 0 {
		return nil, &Error{Kind: BadUser, File: shown, Msg: "has no section"}
	}
	return entries, nil
}

// list returns the names in an open folder, sorted.
func list(dir int) ([]string, error) {
	var names []string
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.ReadDirent(dir, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if n <= 0 {
			break
		}
		_, _, names = unix.ParseDirent(buf[:n], -1, names)
	}
	slices.Sort(names)
	return names, nil
}
