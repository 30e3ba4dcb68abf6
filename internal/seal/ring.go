package seal

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

const (
	// FileName is a key file beside the records.
	FileName = ".keys"

	// Credential is what systemd's credential is called that holds the lines of a key file.
	Credential = "motp.keys"
)

// A Reader reads a file that nobody but root, or whoever runs the program, can have written or
// read. free gives its memory back.
type Reader func(path string) (text []byte, free func(), err error)

// A Ring is the keys of a site: those of a file, or of a credential that systemd has decrypted for
// this service. It reads them when the first sealed value asks for one. It is a [motp.Sealer], for
// many goroutines at once.
type Ring struct {
	file string
	read Reader

	// fetch is where the keys come from if there is no file; nil if from nowhere.
	fetch func() ([]byte, error)
	first bool // fetch comes before the file

	now func() time.Time

	// given are keys that stand in no file: for a rehearsal, or made of what a person knows.
	given []*key

	mu    sync.Mutex
	asked bool // and the rest says what came of it
	keys  []*key
	stamp stamp
	err   error
}

var _ motp.Sealer = (*Ring)(nil)

// In returns the keys beside a folder of records.
func In(records string, read Reader) *Ring {
	return &Ring{file: filepath.Join(records, FileName), read: read, now: time.Now}
}

// Of returns a ring with one key that stands in no file.
func Of(bytes [keyBytes]byte) (*Ring, error) {
	k := &key{id: newID(bytes), bytes: bytes}
	return &Ring{given: []*key{k}}, k.prepare()
}

// WithCredential has the ring take its keys from a folder of credentials that systemd has made for
// this service, if they are there; empty if it has made none.
func (r *Ring) WithCredential(folder string) *Ring {
	if folder == "" {
		return r
	}
	path := filepath.Join(folder, Credential)
	var st unix.Stat_t
	if unix.Lstat(path, &st) != nil {
		return r
	}
	credential := &Ring{file: path, read: r.read}
	r.first = true
	r.fetch = func() ([]byte, error) {
		text, free, err := credential.read(path)
		if err != nil {
			return nil, err
		}
		defer free()
		return append([]byte(nil), text...), nil
	}
	return r
}

// WithFetch has the ring get the lines of a key file by a call where there is no file, for whoever
// may have a credential decrypted. The error is fs.ErrNotExist if there is none.
func (r *Ring) WithFetch(fetch func() ([]byte, error)) *Ring {
	r.fetch = fetch
	return r
}

// File is the path of the key file.
func (r *Ring) File() string { return r.file }

// A stamp tells a file from another one.
type stamp struct {
	dev, ino     uint64
	size         int64
	mode, uid    uint32
	mtime, ctime unix.Timespec
	missing      bool
}

// settling is how young a file may be without its times telling whether it has changed.
const settling = 2 * time.Second

func stampOf(path string) stamp {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		return stamp{missing: true}
	}
	return stamp{uint64(st.Dev), st.Ino, st.Size, st.Mode, st.Uid, st.Mtim, st.Ctim, false}
}

// settled says whether the file's times can be relied on.
func (s stamp) settled(now time.Time) bool {
	age := now.Sub(time.Unix(s.ctime.Unix()))
	return !s.missing && age > settling
}

// current returns the keys as they are now; anew has them read whatever is known. What was read
// once is good as long as the file's stamp says so.
func (r *Ring) current(anew bool) ([]*key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.given != nil {
		return r.given, nil
	}
	if r.first && r.keys != nil {
		return r.keys, nil // a credential stays as it was while its service runs
	}
	now := stampOf(r.file)
	if same := r.asked && now == r.stamp; same && now.missing ||
		same && !anew && r.err == nil && now.settled(r.now()) {
		return r.keys, r.err
	}
	r.keys, r.err = r.load()
	r.stamp, r.asked = now, true
	return r.keys, r.err
}

// load reads the keys. The error is fs.ErrNotExist if there are none.
func (r *Ring) load() ([]*key, error) {
	if r.first {
		return r.fetched()
	}
	text, free, err := r.read(r.file)
	if errors.Is(err, fs.ErrNotExist) && r.fetch != nil {
		return r.fetched()
	}
	if err != nil {
		return nil, err
	}
	defer free()
	return r.parse(r.file, text)
}

func (r *Ring) fetched() ([]*key, error) {
	text, err := r.fetch()
	if err != nil {
		return nil, err
	}
	defer clear(text)
	return r.parse("the credential "+Credential, text)
}

func (r *Ring) parse(whence string, text []byte) ([]*key, error) {
	keys, err := parseKeys(string(text))
	if err != nil {
		return nil, errors.New(whence + ": " + err.Error())
	}
	return keys, nil
}

// sealing is the key that seals; nil if there is none. A key that was put in front of another is
// the one from then on.
func (r *Ring) sealing() (*key, error) {
	keys, err := r.current(false)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, r.trouble(err)
	}
	return keys[0], nil
}

// HasKey says whether there is a key to seal with. The error is why nobody knows.
func (r *Ring) HasKey() (bool, error) {
	k, err := r.sealing()
	return k != nil, err
}

// IDs are those of the keys, the one that seals first. There may be none.
func (r *Ring) IDs() ([]string, error) {
	keys, err := r.current(true)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, r.trouble(err)
	}
	var ids []string
	for _, k := range keys {
		ids = append(ids, k.id)
	}
	return ids, nil
}

// Seal seals a value for a place, or returns it as it is where there is no key. What looks like a
// sealed value is none to be sealed.
func (r *Ring) Seal(user, token, field, value string) (string, error) {
	if len(value) > maxValue || strings.HasPrefix(value, Mark) {
		return "", errSealed("is too long to be sealed, or begins with " + Mark)
	}
	k, err := r.sealing()
	if err != nil {
		return value, &sealError{"cannot be sealed: " + err.Error(), err}
	}
	if k == nil {
		return value, nil
	}
	return k.seal(place{user, token, field}, value), nil
}

// Open opens what was sealed for a place.
func (r *Ring) Open(user, token, field, sealed string) (string, error) {
	id, box, err := parts(sealed)
	if err != nil {
		return "", err
	}
	keys, err := r.current(false)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errSealed("is sealed with the key " + id + ", and there is no " +
			r.file + r.remedy())
	}
	if err != nil {
		return "", &sealError{"is sealed, and " + r.trouble(err).Error(), err}
	}
	for _, k := range keys {
		if k.id == id {
			return k.open(place{user, token, field}, box)
		}
	}
	return "", errSealed("is sealed with the key " + id + ", which is not among those of " +
		r.whence() + ": put its line there (motp seal --print-key shows it, where it is)")
}

// Fresh says whether a value is sealed with the key that seals now.
func (r *Ring) Fresh(sealed string) bool {
	keys, err := r.current(false)
	return err == nil && KeyID(sealed) == keys[0].id
}

func (r *Ring) whence() string {
	if r.first {
		return "the credential " + Credential
	}
	return r.file
}

// remedy says what to do where there is no key.
func (r *Ring) remedy() string {
	return ": restore it from where it was printed or kept; if motpd alone has the key, as a " +
		"credential, start motpd, and see that the PAM line has no motpd=never"
}

// trouble is why the keys cannot be read.
func (r *Ring) trouble(err error) error {
	return &sealError{"the keys cannot be read: " + err.Error(), err}
}
