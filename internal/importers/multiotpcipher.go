package importers

import (
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// keyMultiOTP is the encryption key that the command multiotp comes with, and that most
// installations never changed.
const keyMultiOTP = "DefaultCliEncryptionKey"

const cannotDecryptMultiOTP = "is encrypted with another key than multiOTP comes with: " +
	"--key-file names a file with the right one"

// plain returns the value behind a key, decrypted if need be. A key is used only if the file proves
// it to be the right one: encryption_hash is a hash of it.
func (f *fileMultiOTP) plain(key, given string) (string, bool) {
	s := f.setting(key)
	if !s.encrypted || s.value == "" {
		return s.value, true
	}
	for _, k := range []string{given, keyMultiOTP} {
		if k != "" && strings.EqualFold(hashMultiOTP(k), f.get("encryption_hash")) {
			cipher, err := base64.StdEncoding.Strict().DecodeString(s.value)
			if err != nil {
				return "", false
			}
			return string(xorMultiOTP(cipher, key, k)), true
		}
	}
	return "", false
}

// xorMultiOTP encrypts and decrypts: each byte with a byte of the setting's name and a byte of the
// key.
func xorMultiOTP(text []byte, name, key string) []byte {
	out := make([]byte, len(text))
	for i := range text {
		out[i] = text[i] ^ name[i%len(name)] ^ key[i%len(key)]
	}
	return out
}

// hashMultiOTP is by what a file tells with which key it was encrypted.
func hashMultiOTP(key string) string {
	sum := md5.Sum([]byte("CaLcUlAtE" + key + "cOnTrOlHaSh"))
	return hex.EncodeToString(sum[:])
}
