package importers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"

	"golang.org/x/crypto/argon2"
)

// How encrypted backups of Stratum begin. Those of before 2023 have no MAC: a wrong password is
// known by the padding, and by the JSON that is none.
const (
	markStratum    = "AUTHENTICATORPRO"
	markOldStratum = "AuthenticatorPro"
)

// openStratum decrypts a backup: salt, nonce, and what AES-256-GCM makes under a key of Argon2id.
func (r *reader) openStratum(rest []byte) ([]byte, error) {
	const (
		saltSize, nonceSize = 16, 12

		passes, memory, threads = 3, 64 << 10, 4 // the app's own
		aes256                  = 32
	)
	if len(rest) < saltSize+nonceSize {
		return nil, errSealer
	}
	password, err := r.password()
	if err != nil {
		return nil, err
	}
	salt, rest := rest[:saltSize], rest[saltSize:]
	key := argon2.IDKey([]byte(password), salt, passes, memory, threads, aes256)
	return openGCM(key, rest[:nonceSize], rest[nonceSize:])
}

// openOldStratum decrypts one of before: salt, IV, and what AES-256-CBC makes under a key of
// PBKDF2.
func (r *reader) openOldStratum(rest []byte) ([]byte, error) {
	const (
		saltSize = 20
		rounds   = 64_000
		aes256   = 32
	)
	if len(rest) < saltSize+2*aes.BlockSize || (len(rest)-saltSize)%aes.BlockSize != 0 {
		return nil, errSealer
	}
	password, err := r.password()
	if err != nil {
		return nil, err
	}
	key, err := pbkdf2.Key(sha1.New, password, rest[:saltSize], rounds, aes256)
	if err != nil {
		return nil, errSealer
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errSealer
	}
	iv, text := rest[saltSize:saltSize+aes.BlockSize], rest[saltSize+aes.BlockSize:]
	plain := make([]byte, len(text))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, text)
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize || len(plain) == padding || plain[0] != '{' {
		return nil, errSealed
	}
	return plain[:len(plain)-padding], nil
}
