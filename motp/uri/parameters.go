package uri

import (
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// DecodeKey reads a key of TOTP or HOTP in base32, of any case, with blanks and dashes in between,
// with padding or without. It returns it as a token has it.
func DecodeKey(s string) (key string, ok bool) {
	s = strings.NewReplacer(" ", "", "-", "").Replace(s)
	s = strings.ToUpper(strings.TrimRight(s, "="))
	switch len(s) % 8 {
	case 1, 3, 6: // no number of bytes makes so many letters
		return "", false
	}
	b, err := noPadding.DecodeString(s)
	return string(b), err == nil && len(b) > 0
}

// Set gives a token of TOTP or HOTP what a parameter of its URI says: algorithm, digits, period (in
// seconds) or counter. Others change nothing. The error is of type [Error].
func Set(t *motp.Token, parameter, value string) error {
	switch parameter {
	case "algorithm":
		return setAlgorithm(t, value)
	case "digits":
		n, err := strconv.Atoi(value)
		if err != nil || n < 6 || n > 8 {
			return ErrDigits
		}
		t.Digits = 0
		if n != 6 {
			t.Digits = n
		}
	case "period":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 3600 {
			return ErrPeriod
		}
		t.Period = time.Duration(n) * time.Second
		if t.Period == motp.TOTP.Kind().UsualPeriod {
			t.Period = 0
		}
	case "counter":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil || strings.Trim(value, "0123456789") != "" || n > motp.MaxCounter {
			return ErrCounter
		}
		t.Counter = n
	}
	return nil
}

// setAlgorithm reads the name of a hash. Those who write URIs and exports also say HMACSHA1,
// HmacSHA256 or SHA-512.
func setAlgorithm(t *motp.Token, value string) error {
	bare := strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(value))
	bare = strings.TrimPrefix(bare, "HMAC")
	for _, a := range []motp.Algorithm{motp.SHA1, motp.SHA256, motp.SHA512} {
		if bare == a.String() {
			t.Algorithm = a
			return nil
		}
	}
	return ErrAlgorithm
}
