package softtoken

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/motp"
)

// A token's file holds "secret = …", and what else there is to say of it, with the keys of
// motp.conf. It is in a folder of the user who runs motp, and for nobody else to read. Where the
// secret is sealed, "kdf = …" says how a passphrase's key is made.

const (
	maxTokenFile = 4096
	recipeKey    = "kdf"
)

// ErrPassphrase means that a token does not open with a passphrase.
var ErrPassphrase = errors.New("wrong passphrase")

// A File is a token as its file has it.
type File struct {
	path, profile string
	token         conf.LoneToken

	// recipe makes the key of a passphrase; nil if nothing is sealed.
	recipe *recipe
}

// Load reads the file of a profile.
func Load(profile string) (File, error) {
	path, err := Path(profile)
	if err != nil {
		return File{}, err
	}
	dir, err := openFolder(path)
	if err != nil {
		return File{}, err
	}
	defer dir.Close()
	return read(path, profile)
}

func read(path, profile string) (File, error) {
	file, err := openOwn(path, 0)
	if err != nil {
		return File{}, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxTokenFile))
	if err != nil {
		return File{}, err
	}
	return parse(path, profile, string(text))
}

// parse reads the text of a file.
func parse(path, profile, text string) (f File, err error) {
	f = File{path: path, profile: profile}
	rest, said, err := cutRecipe(text)
	if err == nil && said != nil {
		f.recipe = new(recipe)
		*f.recipe, err = parseRecipe(*said)
	}
	if err != nil {
		return File{}, fmt.Errorf("%s: %s: %w", path, recipeKey, err)
	}
	if f.token, err = conf.ParseToken(path, []byte(rest)); err != nil {
		return File{}, err
	}
	switch sealed := len(f.token.Sealed()) > 0; {
	case sealed && f.recipe == nil:
		return File{}, sealError(path, "the secret is sealed, and the line \""+recipeKey+
			" = …\" is missing: take the file from a backup")
	case f.recipe != nil && f.token.HoldsPlain():
		return File{}, sealError(path, "is sealed, and a secret or PIN in it is plain: "+
			"whoever put it there is not who sealed the file; take the file from a "+
			"backup, or make a new token")
	}
	return f, nil
}

// sealError is an error that wraps [motp.ErrSealed].
func sealError(path, msg string) error {
	return fmt.Errorf("%s: %w", path, sealedError(msg))
}

type sealedError string

func (e sealedError) Error() string { return string(e) }

func (sealedError) Is(target error) bool { return target == motp.ErrSealed }

// cutRecipe takes the line that makes the key out of a text, whose other lines keep their numbers;
// said is nil if there is none.
func cutRecipe(text string) (rest string, said *string, err error) {
	var b strings.Builder
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(line, "=")
		if strings.TrimSpace(key) != recipeKey {
			b.WriteString(line)
			continue
		}
		if said != nil {
			return "", nil, errors.New("is set twice")
		}
		value = strings.TrimSpace(value)
		said = &value
		b.WriteString("\n")
	}
	return b.String(), said, nil
}

// text is what is to stand in the file.
func (f File) text() ([]byte, error) {
	said, err := f.token.Text()
	if f.recipe == nil {
		return []byte("# A token of motp. Whoever reads this has its secret.\n" + said), err
	}
	return []byte("# A token of motp, sealed with a passphrase.\n" + recipeKey + " = " +
		f.recipe.String() + "\n" + said), err
}

// Path is where the token is.
func (f File) Path() string { return f.path }

// Profile is whose token it is of its owner's.
func (f File) Profile() string { return f.profile }

// IsSealed says whether it takes a passphrase to open the token.
func (f File) IsSealed() bool { return f.recipe != nil }

// Token is the token without its PIN; without its secret if that is sealed.
func (f File) Token() motp.Token { return f.token.Token }

// Key makes the key of a passphrase for a sealed token. The error wraps [ErrPassphrase] if it opens
// nothing.
func (f File) Key(passphrase string) (*Key, error) {
	k, err := f.recipe.key(passphrase)
	if err != nil {
		return nil, err
	}
	return k, f.fits(k)
}

// fits says whether a sealed token is sealed with a key.
func (f File) fits(k *Key) error {
	for _, text := range f.token.Sealed() {
		if seal.KeyID(text) != "" && !k.makes(text) {
			return fmt.Errorf("%s: %w: if it is the right one, the file was changed: "+
				"take it from a backup", f.path, ErrPassphrase)
		}
	}
	return nil
}

// Open returns the token with its secret. k may be nil if nothing is sealed.
func (f File) Open(k *Key) (motp.Token, error) {
	opened, err := f.open(k)
	return opened.token.Token, err
}

// open returns the file as it is without a key.
func (f File) open(k *Key) (File, error) {
	if f.recipe == nil {
		return f, nil
	}
	if k == nil || k.recipe != *f.recipe {
		return File{}, sealError(f.path, "was sealed with another passphrase meanwhile: "+
			"run this again")
	}
	err := f.fits(k)
	if err == nil {
		f.token, err = f.token.Open(k.ring, owner(), f.profile)
	}
	if err != nil {
		return File{}, err
	}
	f.recipe = nil
	return f, nil
}

// seal returns the file as it is with a key; without one, as it is.
func (f File) seal(k *Key) (sealed File, err error) {
	if k == nil {
		return f, nil
	}
	if f.token, err = f.token.Seal(k.ring, owner(), f.profile); err != nil {
		return File{}, err
	}
	f.recipe = &k.recipe
	return f, nil
}

// owner is what a sealed value knows its owner by: the number, since the name may be one that only
// a directory service knows, which may be away.
func owner() string { return strconv.Itoa(os.Geteuid()) }
