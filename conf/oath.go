package conf

import (
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// The keys of TOTP and HOTP tokens.

func setType(t *motp.Token, value string) string {
	for _, known := range []motp.Type{motp.MobileOTP, motp.TOTP, motp.HOTP} {
		if value == known.String() {
			t.Type = known
			return ""
		}
	}
	return "must be motp, totp or hotp"
}

// hexPrefix marks a key that is written in hex.
const hexPrefix = "hex:"

// setKey takes a key in base32, as authenticator apps show it: in any case, with blanks, dashes and padding or without; or in hex behind "hex:".
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

// Assign gives a token what stands behind a key of its section. Assign the type first: it says what the others mean. The error does not show the value.
func Assign(t *motp.Token, key, value string) error {
	if BeginsQuote(value) {
		return errors.New(quoteBegins)
	}
	var u motp.User
	if msg := setUser(&u, t, key, value); msg != "" {
		return errors.New(msg)
	}
	return nil
}

func setAlgorithm(t *motp.Token, value string) string {
	for _, known := range []motp.Algorithm{motp.SHA1, motp.SHA256, motp.SHA512} {
		if strings.EqualFold(value, known.String()) {
			t.Algorithm = known
			return ""
		}
	}
	return "must be SHA1, SHA256 or SHA512"
}

func setDigits(t *motp.Token, value string) string {
	n, ok := number(value, 6, 8)
	if !ok {
		return "must be 6, 7 or 8"
	}
	t.Digits = n
	return ""
}

// maxPeriod is the longest step of a TOTP token.
const maxPeriod = 3600

func setPeriod(t *motp.Token, value string) string {
	n, ok := number(strings.TrimSuffix(value, "s"), 1, maxPeriod)
	if !ok {
		return "must be a number of seconds from 1 to 3600"
	}
	t.Period = time.Duration(n) * time.Second
	return ""
}

func setT0(t *motp.Token, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > maxT0 {
		return "must be a Unix time, in seconds"
	}
	t.T0 = n
	return ""
}

const (
	maxT0 = 1 << 40 // the year 36812

	// maxCounter leaves room for all the look-aheads of a token's life.
	maxCounter = 1 << 62
)

func setCounter(t *motp.Token, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > maxCounter {
		return "must be a number from 0 to 2^62"
	}
	t.Counter = n
	return ""
}

// Warnings says what is wrong with a user's tokens that keeps nobody out.
func Warnings(u motp.User) []string {
	var w []string
	for _, t := range u.Tokens {
		if bits := len(t.Secret) * 8; t.Type != motp.MobileOTP && bits < minKeyBits {
			w = append(w, "secret: has "+strconv.Itoa(bits)+" bits, less than 80: it might be guessed from a few codes")
		}
	}
	return w
}

// minKeyBits is the length of Google Authenticator's early keys. RFC 4226 section 4 wants 128.
const minKeyBits = 80
