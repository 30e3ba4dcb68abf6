// Package seal keeps secrets and PINs in a form that is of no use without a key: the values that
// stand as sealed:v1:KEYID:BASE64 in a table, in a record, and in the file of a desk token.
//
// A value is AES-256-GCM under a random nonce. What is authenticated with it is the form, the site,
// the user, the token, the field, and the key's id, each with its length, so that a value does not
// open where somebody has moved it to. The site is whoever shares a key: its id is made of the key,
// and of nothing that tells two machines apart. So a table that is handed to many hosts opens on
// each that has the key, after a move to another machine too, and never with another site's key.
//
// seal.go is the values, keys.go the lines of a key file, ring.go the keys that a program has, and
// write.go changes the file. The package must not know tables or records, nor package fmt: it is
// linked into the module.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// Mark begins every sealed value, of whatever version.
const Mark = "sealed:"

const form = "sealed:v1:"

// maxValue is the longest value that is sealed.
const maxValue = 256

// MaxSealed is more than the longest sealed value has.
const MaxSealed = len(form) + maxID + 1 + (maxValue+overhead+2)/3*4

// overhead is what a nonce and a tag add.
const overhead = 12 + 16

// KeyID is the id of the key that a value is sealed with; empty if the value is of no known form.
func KeyID(sealed string) string {
	rest, ok := strings.CutPrefix(sealed, form)
	id, _, cut := strings.Cut(rest, ":")
	if !ok || !cut || !isID(id) {
		return ""
	}
	return id
}

// A sealError is why a value does not open. It wraps [motp.ErrSealed] and shows no value.
type sealError struct {
	msg   string
	cause error
}

func (e *sealError) Error() string { return e.msg }

func (e *sealError) Is(target error) bool { return target == motp.ErrSealed }

func (e *sealError) Unwrap() error { return e.cause }

func errSealed(msg string) error { return &sealError{msg: msg} }

// encoding is strict, so that a value has one form alone.
var encoding = base64.RawStdEncoding.Strict()

// parts takes a value apart.
func parts(sealed string) (id string, box []byte, err error) {
	rest, ok := strings.CutPrefix(sealed, form)
	if !ok {
		return "", nil, errSealed("is sealed in a form that this version does not know, " +
			"which is " + form + "KEYID:BASE64: was it made by a later version?")
	}
	id, text, ok := strings.Cut(rest, ":")
	if !ok || !isID(id) || len(sealed) > MaxSealed {
		return "", nil, errSealed(notWhole)
	}
	box, err = encoding.DecodeString(text)
	// the decoder leaves out ends of lines
	broken := strings.IndexByte(text, '\r') >= 0 || strings.IndexByte(text, '\n') >= 0
	if err != nil || len(box) <= overhead || broken {
		return "", nil, errSealed(notWhole)
	}
	return id, box, nil
}

const notWhole = "is sealed, and not whole: take the line from a backup, or give the token a new " +
	"value"

// A place is where a value belongs.
type place struct{ user, token, field string }

// data is what is authenticated with a value.
func (k *key) data(p place) []byte {
	b := make([]byte, 0, 128)
	for _, part := range []string{form, string(k.site[:]), p.user, p.token, p.field, k.id} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

// prepare makes of a key's bytes what seals and opens.
func (k *key) prepare() error {
	sum := sha256.Sum256(append([]byte("pam_motp site\x00"), k.bytes[:]...))
	copy(k.site[:], sum[:])
	block, err := aes.NewCipher(k.bytes[:])
	if err != nil {
		return err
	}
	k.aead, err = cipher.NewGCMWithRandomNonce(block)
	return err
}

func (k *key) seal(p place, value string) string {
	box := k.aead.Seal(nil, nil, []byte(value), k.data(p))
	return form + k.id + ":" + encoding.EncodeToString(box)
}

func (k *key) open(p place, box []byte) (string, error) {
	value, err := k.aead.Open(nil, nil, box, k.data(p))
	if err != nil {
		return "", errSealed("does not open with the key " + k.id + ": it was changed, " +
			"or belongs to another user, token, or field, or to another site's key; " +
			"take the line from a backup, or give the token a new value")
	}
	text := string(value)
	clear(value)
	return text, nil
}
