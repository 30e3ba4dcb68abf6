package importers

import (
	"crypto/aes"
	"crypto/cipher"
)

// What the encrypted exports of apps share: a key that a password makes, and AES in a mode that
// knows its own text again (GCM).

const (
	errSealed reason = "does not open: the password is wrong, or the file was changed"
	errSealer reason = "is encrypted in a way that is not known, or cut off"
	errWork   reason = "asks for more work or memory to open it than the app itself does: " +
		"refused"
)

// openGCM decrypts what is encrypted with AES-GCM, the tag behind it.
func openGCM(key, nonce, sealed []byte) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, errSealer
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil || len(nonce) != gcm.NonceSize() {
		return nil, errSealer
	}
	plain, err := gcm.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}
