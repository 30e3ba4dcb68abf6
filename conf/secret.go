package conf

import (
	"encoding/base32"
	"encoding/hex"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// maxSecret is long: 32 digits are the longest in use for Mobile-OTP, 64 bytes for the others.
const maxSecret = 256

func setSecret(t *motp.Token, value string) string {
	if value == "" || len(value) > maxSecret {
		return "must have 1 to 256 characters"
	}
	if isSealed(value) {
		return likeSealed
	}
	if !isText(*t) {
		return setKey(t, value)
	}
	for i := range len(value) {
		if value[i] <= ' ' || value[i] > '~' {
			return "may hold letters, digits and signs of ASCII, no blanks"
		}
	}
	t.Secret = value
	return ""
}

func secretOf(t motp.Token) string {
	if isText(t) {
		return t.Secret
	}
	return EncodeKey([]byte(t.Secret))
}

// isText says whether the secret is the text that it is written as.
func isText(t motp.Token) bool {
	kind := t.Kind()
	return kind != nil && kind.TextSecret
}

// hexPrefix marks a key that is written in hex.
const hexPrefix = "hex:"

// setKey takes a key in base32, as authenticator apps show it: in any case, with blanks, dashes and
// padding or without; or in hex behind "hex:".
func setKey(t *motp.Token, value string) string {
	key, ok := DecodeKey(value)
	if !ok {
		return "must be base32 (letters, and digits 2 to 7), or hex: and hex digits"
	}
	if len(key) == 0 {
		return "is empty"
	}
	t.Secret = string(key)
	return ""
}

// DecodeKey reads a TOTP or HOTP key as motp.conf has it.
func DecodeKey(value string) (key []byte, ok bool) {
	bare := strings.NewReplacer(" ", "", "-", "").Replace(value)
	if digits, isHex := strings.CutPrefix(bare, hexPrefix); isHex {
		key, err := hex.DecodeString(digits)
		return key, err == nil
	}
	bare = strings.ToUpper(strings.TrimRight(bare, "="))
	switch len(bare) % 8 {
	case 1, 3, 6: // no number of bytes makes so many letters
		return nil, false
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(bare)
	return key, err == nil
}

// EncodeKey writes a key as authenticator apps read it: in base32, without padding.
func EncodeKey(key []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key)
}
