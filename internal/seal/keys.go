package seal

import (
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

const (
	// maxID is the longest id of a key.
	maxID = 32

	// maxKeys is how many keys a file may hold: two while one takes the other's place.
	maxKeys = 16

	keyBytes = 32
)

// A key seals and opens.
type key struct {
	id    string
	bytes [keyBytes]byte
	site  [16]byte
	aead  cipher.AEAD
}

// isID says whether a text may be the id of a key.
func isID(id string) bool {
	for _, c := range []byte(id) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || '9' < c) && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return id != "" && len(id) <= maxID
}

// newID is the id of a new key. It is made of the key, so that two that are made on two hosts have
// two ids; nobody learns the key from it.
func newID(b [keyBytes]byte) string {
	const digits = "0123456789abcdef" // encoding/hex would bring fmt
	sum := sha256.Sum256(append([]byte("pam_motp key\x00"), b[:]...))
	var id []byte
	for _, c := range sum[:4] {
		id = append(id, digits[c>>4], digits[c&15])
	}
	return string(id)
}

// parseKeys reads the lines of a key file: an id and 32 bytes in base64 each. The first key seals,
// all of them open. The error never shows a key.
func parseKeys(text string) (keys []*key, err error) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue // without a look at its words, which a login would pay for
		}
		id, text := line, ""
		if blank := strings.IndexAny(line, " \t"); blank > 0 {
			id, text = line[:blank], strings.TrimSpace(line[blank:])
		}
		fail := func(what string) ([]*key, error) {
			return nil, errors.New("line " + strconv.Itoa(number) + ": " + what)
		}
		if text == "" || strings.IndexByte(text, ' ') >= 0 || !isID(id) {
			return fail("must be the id of a key, a blank, and 32 bytes in base64")
		}
		k := &key{id: id}
		// 32 bytes end with one "=", which encoding does not know
		text, padded := strings.CutSuffix(text, "=")
		raw, err := encoding.DecodeString(text)
		if !padded || err != nil || len(raw) != keyBytes {
			return fail("the key " + k.id + " is not 32 bytes in base64")
		}
		copy(k.bytes[:], raw)
		clear(raw)
		for _, other := range keys {
			if other.id == k.id {
				return fail("the id " + k.id + " stands twice")
			}
		}
		if keys = append(keys, k); len(keys) > maxKeys {
			return fail("there are more than " + strconv.Itoa(maxKeys) + " keys")
		}
		if err := k.prepare(); err != nil {
			return fail(err.Error())
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("has no key in it")
	}
	return keys, nil
}

// line is a key as it stands in a file.
func (k *key) line() string {
	return k.id + " " + base64.StdEncoding.EncodeToString(k.bytes[:]) + "\n"
}
