package softtoken

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/privatefile"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// A token's file holds "secret = …", and what else there is to say of it, with the keys of
// motp.conf. It is in a folder of the user who runs motp, and for nobody else to read.

// DefaultProfile is the token of somebody who has one.
const DefaultProfile = "default"

const (
	tokenEnding  = ".token"
	maxTokenFile = 4096
)

// ErrProfile is the error for a profile that cannot have a file.
var ErrProfile = errors.New("profile must have 1 to 64 characters")

// folder is where the user's own tokens are.
func folder() (string, error) {
	// as the XDG base directory specification says, a relative path does not count
	if data := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(data) {
		return filepath.Join(data, "motp"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("your tokens: no home folder: %w", err)
	}
	return filepath.Join(home, ".local/share/motp"), nil
}

// Path is the file of a profile.
func Path(profile string) (string, error) {
	if profile == "" || len(profile) > 64 {
		return "", ErrProfile
	}
	in, err := folder()
	return filepath.Join(in, motp.EncodeName(profile)+tokenEnding), err
}

// Save writes a new token, or only sees whether it could, and returns its file. The error is
// fs.ErrExist if there is one.
func Save(profile string, t motp.Token, dryRun bool) (string, error) {
	path, err := Path(profile)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); err == nil {
		return "", &fs.PathError{Op: "make", Path: path, Err: fs.ErrExist}
	}
	text, err := tokenText(t)
	if err != nil || dryRun {
		return path, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	dir, err := openOwn(filepath.Dir(path), unix.O_DIRECTORY)
	if err != nil {
		return "", err
	}
	defer dir.Close()
	if err := privatefile.Write(path, text); err != nil {
		return "", err
	}
	return path, nil
}

// Load returns the token of a profile, without its PIN.
func Load(profile string) (motp.Token, error) {
	path, err := Path(profile)
	if err != nil {
		return motp.Token{}, err
	}
	dir, err := openOwn(filepath.Dir(path), unix.O_DIRECTORY)
	if err != nil {
		return motp.Token{}, err
	}
	defer dir.Close()
	return readTokenFile(path)
}

func readTokenFile(path string) (motp.Token, error) {
	file, err := openOwn(path, 0)
	if err != nil {
		return motp.Token{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxTokenFile))
	if err != nil {
		return motp.Token{}, err
	}
	return conf.ParseToken(path, text)
}

// Next returns a HOTP token and has its counter one further on disk, so that no code is shown
// twice. Two who ask at once get two codes.
func Next(profile string) (motp.Token, error) {
	path, err := Path(profile)
	if err != nil {
		return motp.Token{}, err
	}
	dir, err := openOwn(filepath.Dir(path), unix.O_DIRECTORY)
	if err != nil {
		return motp.Token{}, err
	}
	defer dir.Close()
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != nil {
		return motp.Token{}, fmt.Errorf("lock %s: %w", dir.Name(), err)
	}
	t, err := readTokenFile(path)
	if err != nil {
		return motp.Token{}, err
	}
	next := t
	next.Counter++
	temporary := filepath.Join(filepath.Dir(path), ".new")
	_ = os.Remove(temporary) // left by a crash
	text, err := tokenText(next)
	if err == nil {
		err = privatefile.Write(temporary, text)
	}
	if err != nil {
		return motp.Token{}, err
	}
	return t, os.Rename(temporary, path)
}

func tokenText(t motp.Token) ([]byte, error) {
	text, err := conf.FormatToken(t)
	return []byte("# A token of motp. Whoever reads this has its secret.\n" + text), err
}

// openOwn opens a file or folder that belongs to whoever runs this, and that nobody else can read
// or write.
func openOwn(path string, flags int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|flags, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, fmt.Errorf("%s: is a symbolic link, which is not followed", path)
	}
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = mustBeOwn(path, info, flags&unix.O_DIRECTORY != 0)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

func mustBeOwn(path string, info fs.FileInfo, folder bool) error {
	mode := 0o600
	if folder {
		mode = 0o700
	}
	switch {
	case !folder && !info.Mode().IsRegular():
		return fmt.Errorf("%s: is not a file", path)
	case int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid():
		return fmt.Errorf("%s: is somebody else's: run motp token as its owner", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("%s: others can read it: if nobody did, \"chmod %04o %s\", "+
			"else make a new token",
			path, mode, path)
	}
	return nil
}

// Profiles lists the names of one's tokens.
func Profiles() ([]string, error) {
	in, err := folder()
	if err != nil {
		return nil, err
	}
	files, err := os.ReadDir(in)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range files {
		if name, found := strings.CutSuffix(f.Name(), tokenEnding); found {
			names = append(names, name)
		}
	}
	return names, nil
}
