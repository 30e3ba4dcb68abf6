// Package files reads what another program has left on disk, for the importers: files of other
// people's programs, in other people's folders. It waits for nobody, follows no link that somebody
// else could have put there, and reads nothing of any size.
//
// The package must not know what stands in the files, nor the table.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/internal/importers/picture"
	"github.com/pam-motp/pam-motp/internal/regular"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"golang.org/x/sys/unix"
)

// maxImport is the largest file that is read: the size of the largest table.
const maxImport = 90 << 20

// DefaultCounters is where openvpn-otp keeps the counters of HOTP tokens.
const DefaultCounters = "/var/spool/openvpn/hotp-counters"

// maxCounterFile is far more than a file of a counter has.
const maxCounterFile = 64

// An Order is what is to be read.
type Order struct {
	Format   importers.Format
	Files    []string  // or one folder
	Stdin    io.Reader // in the place of Files, if it is set
	KeyFile  string    // with multiOTP's key, or that of PSKC; may be empty
	Counters string    // the folder of openvpn-otp's counters

	User string // whose all tokens are, of a format with serial numbers; may be empty
	Map  string // a list of serial numbers and users; may be empty
	// Columns are what those of a list are, of csv.
	Columns importers.Columns
	PIN     func(user string) string // asks for the PIN of a token of Mobile-OTP
	// Password asks for the password of what is encrypted.
	Password func() (string, error)
}

// Read reads the file, or the files of a folder, with multiOTP's key. Where each file is one
// user's, one that cannot be read is skipped, so that nobody keeps the others from moving.
func (o Order) Read() (sources []importers.Source, skipped []importers.Skipped, err error) {
	key, err := readKey(o.KeyFile)
	if err != nil {
		return nil, nil, err
	}
	owners, err := o.owners()
	if err != nil {
		return nil, nil, err
	}
	with := importers.Source{
		Key: key, Owners: owners, Columns: o.Columns,
		Beside: o.beside(), Password: o.Password, PIN: o.PIN,
	}
	if o.Counters != DefaultCounters && o.beside() == nil {
		return nil, nil, fmt.Errorf("--counters: %s is no folder", shown.Name(o.Counters))
	}
	if o.Stdin != nil {
		source, err := o.readStdin(with)
		return []importers.Source{source}, nil, err
	}
	files, many := o.Files, o.Format.OneUser
	if info, err := os.Stat(files[0]); err == nil && info.IsDir() && !many {
		if files, err = filesIn(files[0], o.Format); err != nil {
			return nil, nil, err
		}
		many = true
	}
	for _, f := range files {
		source := with
		source.File = filepath.Base(f)
		if o.Format.OneUser {
			source.File, source.Owner = f, ownerOf(f)
		}
		if err = readForeign(&source, f, o.Format); err == nil && o.Format.Picture {
			err = readCodes(&source)
		}
		if err == nil {
			sources = append(sources, source)
			continue
		}
		if !many {
			return nil, nil, fmt.Errorf("%s: %w", shown.Name(f), err)
		}
		skipped = append(skipped, importers.Skipped{File: source.File, Reason: err.Error()})
	}
	return sources, skipped, nil
}

func (o Order) readStdin(source importers.Source) (importers.Source, error) {
	limit := limitOf(o.Format)
	content, err := io.ReadAll(io.LimitReader(o.Stdin, int64(limit)+1))
	switch {
	case err != nil:
		return source, fmt.Errorf("read standard input: %w", err)
	case len(content) > limit:
		return source, fmt.Errorf("standard input: is larger than %s", words.Bytes(limit))
	}
	source.File, source.Text = "standard input", string(content)
	if o.Format.Picture {
		if err := readCodes(&source); err != nil {
			return source, fmt.Errorf("standard input: %w", err)
		}
	}
	return source, nil
}

// readCodes puts what stands in the QR codes of a picture in its place.
func readCodes(source *importers.Source) error {
	texts, err := picture.Texts([]byte(source.Text))
	source.Text = strings.Join(texts, "\n")
	return err
}

// limitOf is the size beyond which a file is not read.
func limitOf(f importers.Format) int {
	if f.Limit > 0 {
		return f.Limit
	}
	return maxImport
}

// maxOwners is a list of a hundred thousand tokens.
const maxOwners = 8 << 20

// owners reads whose the tokens with serial numbers are.
func (o Order) owners() (importers.Owners, error) {
	owners := importers.Owners{User: o.User}
	if o.Map == "" {
		return owners, nil
	}
	content, _, err := readRegular(o.Map, maxOwners, "")
	if err == nil {
		owners.Serial, err = importers.ParseOwners(content)
	}
	if err != nil {
		return owners, fmt.Errorf("%s: %w", shown.Name(o.Map), err)
	}
	return owners, nil
}

// beside reads the counters of openvpn-otp. OpenVPN writes them as a user of its own.
func (o Order) beside() func(string) (string, error) {
	if info, err := os.Stat(o.Counters); err != nil || !info.IsDir() {
		return nil
	}
	return func(name string) (string, error) {
		path := filepath.Join(o.Counters, name)
		content, _, err := readRegular(path, maxCounterFile, "OpenVPN's user")
		return content, err
	}
}

// readKey reads multiOTP's encryption key, or that of PSKC.
func readKey(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	content, _, err := readRegular(path, maxImport, "")
	if err != nil {
		return "", fmt.Errorf("%s: %w", shown.Name(path), err)
	}
	key, _, _ := strings.Cut(content, "\n")
	return strings.TrimSpace(key), nil
}

// readForeign reads a file of another program's. Google's module refuses one that others may read.
func readForeign(source *importers.Source, path string, f importers.Format) (err error) {
	var mode fs.FileMode
	source.Text, mode, err = readRegular(path, limitOf(f), f.Writer)
	if f.OneUser && mode&0o077 != 0 {
		source.Note = fmt.Sprintf("warning: the file has mode %04o, with which the module "+
			"refuses it unless allowed_perm= says otherwise: others may know the "+
			"secret", mode)
	}
	return err
}

// readRegular reads a regular file. Where it may be another writer's than root's, no link is
// followed. The errors do not show the path.
func readRegular(
	path string, limit int, writer string,
) (content string, mode fs.FileMode, err error) {
	var text []byte
	if writer == "" {
		text, err = regular.Read(path, limit)
	} else {
		text, mode, err = regular.ReadForeign(path, limit)
	}
	if err != nil {
		return "", 0, whyUnread(err, writer)
	}
	return string(text), mode, nil
}

// whyUnread says why a file cannot be read.
func whyUnread(err error, writer string) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	var size regular.SizeError
	switch {
	case errors.As(err, &size):
		return fmt.Errorf("is larger than %s", words.Bytes(size.Limit))
	case errors.Is(err, unix.ELOOP) && writer != "":
		return fmt.Errorf("is a symbolic link, which is not followed, since %s could have "+
			"put it there: name the file itself", writer)
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("no such file")
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: run motp as root", err)
	}
	return err
}

// ownerOf tells from the path of a user's file whose it is: of a hidden file, the one whose home
// folder it stands in. Else the file is named like the user.
func ownerOf(path string) string {
	name := filepath.Base(path)
	if !strings.HasPrefix(name, ".") {
		return name
	}
	whole, err := filepath.Abs(path)
	if home := filepath.Base(filepath.Dir(whole)); err == nil && home != "/" {
		return home
	}
	return ""
}

// filesIn lists the files of users in a folder.
func filesIn(folder string, f importers.Format) (files []string, err error) {
	if f.Ending == "" {
		return nil, fmt.Errorf("%s is a folder, and %s keeps its users in one file: name "+
			"that",
			folder, f.Name)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), f.Ending) {
			files = append(files, filepath.Join(folder, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s has no file that ends with %s", folder, f.Ending)
	}
	return files, nil
}
