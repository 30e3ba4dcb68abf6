package softtoken

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/internal/seal"
	"golang.org/x/crypto/argon2"
)

// LeastPassphrase is how many characters a passphrase has at least: as that of the web token.
const LeastPassphrase = 8

// A recipe says how a passphrase's key is made, by Argon2id (RFC 9106). It stands in the token's
// file as password hashes do in theirs, without the hash.
type recipe struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
	salt    [16]byte
}

// usual is what RFC 9106 recommends where memory is dear: a fraction of a second for whoever knows
// the passphrase, and as much for each guess.
var usual = recipe{memory: 64 << 10, passes: 3, threads: 4}

// What a file may ask for, lest reading one takes all memory, or forever.
const (
	maxMemory  = 1 << 20 // KiB
	maxPasses  = 10
	maxThreads = 16
)

var saltEncoding = base64.RawStdEncoding.Strict()

func (r recipe) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s", argon2.Version, r.memory, r.passes,
		r.threads, saltEncoding.EncodeToString(r.salt[:]))
}

// parseRecipe reads what String wrote, and nothing that is written another way.
func parseRecipe(text string) (r recipe, err error) {
	numbers, salt, _ := strings.Cut(strings.TrimPrefix(text, "$argon2id$v=19$"), "$")
	raw, err := saltEncoding.DecodeString(salt)
	_, scanErr := fmt.Sscanf(numbers, "m=%d,t=%d,p=%d", &r.memory, &r.passes, &r.threads)
	if err != nil || scanErr != nil || len(raw) != len(r.salt) {
		return recipe{}, errRecipe
	}
	copy(r.salt[:], raw)
	switch {
	case r.String() != text:
		return recipe{}, errRecipe
	case r.passes < 1 || r.threads < 1 || r.memory < 8*uint32(r.threads):
		return recipe{}, errRecipe
	case r.memory > maxMemory || r.passes > maxPasses || r.threads > maxThreads:
		return recipe{}, errors.New("asks for more work than a token may: take the file " +
			"from a backup")
	}
	return r, nil
}

var errRecipe = errors.New("is not $argon2id$v=19$m=KIB,t=PASSES,p=THREADS$SALT: take the file " +
	"from a backup, or upgrade, if a later version sealed it")

// key makes a passphrase's key.
func (r recipe) key(passphrase string) (*Key, error) {
	const bytes = 32
	ring, err := seal.Of([bytes]byte(argon2.IDKey([]byte(passphrase), r.salt[:], r.passes,
		r.memory, r.threads, bytes)))
	return &Key{r, ring}, err
}

// A Key seals tokens, and opens those that were sealed with the same passphrase and salt.
type Key struct {
	recipe recipe
	ring   *seal.Ring
}

// NewKey makes the key of a new passphrase.
func NewKey(passphrase string) (*Key, error) {
	if err := CheckPassphrase(passphrase); err != nil {
		return nil, err
	}
	r := usual
	if _, err := rand.Read(r.salt[:]); err != nil {
		return nil, err
	}
	return r.key(passphrase)
}

// CheckPassphrase says what is wrong with a new passphrase.
func CheckPassphrase(passphrase string) error {
	switch {
	case !utf8.ValidString(passphrase):
		return errors.New("the passphrase must be UTF-8")
	case utf8.RuneCountInString(passphrase) < LeastPassphrase:
		return fmt.Errorf("the passphrase must have at least %d characters: whoever has "+
			"the file can try as many as he likes", LeastPassphrase)
	}
	return nil
}

// makes says whether a value was sealed with the key.
func (k *Key) makes(sealed string) bool { return k.ring.Fresh(sealed) }
