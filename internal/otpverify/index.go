package otpverify

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// An index finds the records that know a secret from when it had no link yet, without a look at any
// other. It is made once, by whoever comes first, out of all records; from then on whoever makes a
// link adds to it. It consists of links to text, in the folder of the links:
//
//	2-KEY, 2-KEY.2 ...   a record that knows the secret with this fingerprint
//	aside-HASH ...       a record that could not be read, by the hash of its bare name
//	of-RECORD            the secret that has the record
//	index                there once all of it is
//	cursor               how far it has come, while it is made
type index struct {
	call   Call
	folder string
	log    func(priority int, line string)
	next   map[string]int // the next number of a link, while the index is made
	left   int            // how many records were left aside
}

func (c Call) index(log func(priority int, line string)) *index {
	return &index{call: c, folder: filepath.Join(c.records(), secretsFolder), log: log}
}

const (
	secretsFolder = ".secrets"

	indexDone   = "index"
	indexCursor = "cursor"
	asidePrefix = "aside-"
	ownerPrefix = "of-"
)

// ensure returns once the index is there. If another call makes it, this one waits as long as that
// gets on with it.
func (x *index) ensure(ctx context.Context) error {
	if done, err := x.done(); done || err != nil {
		return err
	}
	if err := makeFolder(x.folder); err != nil {
		return err
	}
	folder, err := os.Open(x.folder)
	if err != nil {
		return err
	}
	defer folder.Close()
	patience := func() <-chan time.Time { return time.After(lockPatience) }
	if err := lockFolder(ctx, folder, patience); err != nil {
		return err
	}
	if done, err := x.done(); done || err != nil {
		return err
	}
	return x.make(ctx)
}

// LookAgain has the next call with a secret that has no link look through all records once more:
// some may have come back from a backup.
func LookAgain(state string) error {
	for _, name := range []string{indexDone, indexCursor} {
		err := os.Remove(filepath.Join(state, Folder, secretsFolder, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (x *index) done() (bool, error) {
	_, err := os.Lstat(filepath.Join(x.folder, indexDone))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// batch is how many records are read before it is noted how far the index has come. Whoever makes
// it may be ended by a caller who has waited enough; the next one goes on from there.
const batch = 256

func (x *index) make(ctx context.Context) error {
	names, err := x.call.recordNames()
	if err != nil {
		return err
	}
	slices.Sort(names)
	cursor, err := os.Readlink(filepath.Join(x.folder, indexCursor))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err != nil {
		if err := x.claimLinked(); err != nil {
			return err
		}
	}
	through, _ := motp.DecodeName(strings.TrimPrefix(cursor, ":"))
	x.next = map[string]int{}
	defer func() { x.next = nil }()
	for i, name := range names {
		if name <= through {
			continue
		}
		if err := x.enter(ctx, name); err != nil {
			return err
		}
		if (i+1)%batch == 0 {
			if err := x.note(indexCursor, ":"+motp.EncodeName(name)); err != nil {
				return err
			}
		}
	}
	if x.left > asideNamed {
		x.log(priorityError, fmt.Sprintf("otpverify: %d more records cannot be read and "+
			"are left aside", x.left-asideNamed))
	}
	if err := x.note(indexDone, "1"); err != nil {
		return err
	}
	_ = os.Remove(filepath.Join(x.folder, indexCursor))
	return nil
}

// claimLinked notes who has a record, of links from when that was not noted.
func (x *index) claimLinked() error {
	files, err := os.ReadDir(x.folder)
	if err != nil {
		return err
	}
	for _, file := range files {
		if strings.Contains(file.Name(), "-") {
			continue
		}
		r, err := readRecordLink(filepath.Join(x.folder, file.Name()))
		if err != nil {
			continue // concerns its secret, which is told
		}
		if _, err := x.claim(r.name, file.Name()); err != nil {
			return err
		}
	}
	return x.note(indexCursor, ":")
}

// note keeps a text under a name, on disk, after all that was kept before.
func (x *index) note(name, text string) error {
	if err := syncFolder(x.folder); err != nil {
		return err
	}
	fresh := filepath.Join(x.folder, "new-"+name)
	if err := os.Remove(fresh); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(text, fresh); err != nil {
		return err
	}
	if err := os.Rename(fresh, filepath.Join(x.folder, name)); err != nil {
		return err
	}
	return syncFolder(x.folder)
}

// enter puts a record into the index.
func (x *index) enter(ctx context.Context, name string) error {
	known, doubt, err := x.call.known(ctx, name)
	switch {
	case ofSystem(err):
		return err
	case err != nil:
		return x.leaveAside(name, err)
	case doubt:
		path := x.call.path(name)
		err := &fs.PathError{Op: "read", Path: path,
			Err: errors.New("half of the record is lost")}
		if err := x.leaveAside(name, err); err != nil {
			return err
		}
	}
	for _, secret := range known {
		if err := x.add(string(secret), name); err != nil {
			return err
		}
	}
	return nil
}

// asideNamed is how many records that are left aside are named in the log.
const asideNamed = 10

// leaveAside notes a record that cannot be read, and says so. It concerns those who have its name.
func (x *index) leaveAside(name string, why error) error {
	if x.left++; x.left <= asideNamed {
		x.log(priorityError, "otpverify: a record is left aside, and codes that are good "+
			"now are refused at the first login of whoever has its name; remove it "+
			"if it is none: "+
			strconv.QuoteToASCII(why.Error()))
	}
	return x.add(asideOf(name), name)
}

// known are the secrets that a record knows, and whether it may have known more.
func (c Call) known(
	ctx context.Context, name string,
) (known []motp.Fingerprint, doubt bool, err error) {
	current, err := c.verifier().Store.View(ctx, name)
	if err != nil {
		return nil, false, err
	}
	known, err = current.Fingerprints()
	return known, current.Doubt, err
}

// ofSystem says that a record cannot be read now, for no reason of its own.
func ofSystem(err error) bool {
	return slices.ContainsFunc([]error{
		unix.EMFILE, unix.ENFILE, unix.ENOMEM, context.Canceled, context.DeadlineExceeded,
	}, func(one error) bool { return errors.Is(err, one) })
}

// add adds a record to those with a key.
func (x *index) add(key, record string) error {
	text := motp.EncodeName(record)
	for n := max(x.next[key], 1); ; n++ {
		if x.next != nil {
			x.next[key] = n + 1
		}
		link := x.numbered(key, n)
		err := os.Symlink(text, link)
		if !errors.Is(err, fs.ErrExist) {
			return err
		}
		if there, err := os.Readlink(link); err != nil || there == text {
			return err
		}
	}
}

// find returns the records with a key.
func (x *index) find(key string) (records []string, err error) {
	for n := 1; ; n++ {
		text, err := os.Readlink(x.numbered(key, n))
		if errors.Is(err, fs.ErrNotExist) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		if name, ok := recordName(text); ok {
			records = append(records, name)
		}
	}
}

func (x *index) numbered(key string, n int) string {
	if n > 1 {
		key += "." + strconv.Itoa(n)
	}
	return filepath.Join(x.folder, key)
}

// claim gives a record to a secret, by its hash, unless another has it. It is one system call, so
// that nobody waits for anybody.
func (x *index) claim(record, secret string) (mine bool, err error) {
	link := filepath.Join(x.folder, ownerPrefix+motp.EncodeName(record))
	err = os.Symlink(secret, link)
	if !errors.Is(err, fs.ErrExist) {
		return err == nil, err
	}
	owner, err := os.Readlink(link)
	return owner == secret, err
}

// taken says whether another secret has a record.
func (x *index) taken(record, secret string) (bool, error) {
	owner, err := os.Readlink(filepath.Join(x.folder, ownerPrefix+motp.EncodeName(record)))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && owner != secret, err
}

// asideOf is the key of the records that are left aside, for all spellings of a name.
func asideOf(name string) string {
	return asidePrefix + secretHash("name\x00"+bareName(name))
}
