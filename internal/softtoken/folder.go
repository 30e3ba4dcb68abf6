package softtoken

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// DefaultProfile is the token of somebody who has one.
const DefaultProfile = "default"

const tokenEnding = ".token"

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

// openFolder opens the folder that a token's file is in.
func openFolder(path string) (*os.File, error) {
	return openOwn(filepath.Dir(path), unix.O_DIRECTORY)
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
