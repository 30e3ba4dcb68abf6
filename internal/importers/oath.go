package importers

import (
	"encoding/base32"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// What the formats of TOTP and HOTP tokens share.

// fromBase32 reads a key in base32, of any case, with blanks and dashes in between, with padding or
// without. It returns it as a token has it.
func fromBase32(s string) (key string, ok bool) {
	s = strings.NewReplacer(" ", "", "-", "").Replace(s)
	s = strings.ToUpper(strings.TrimRight(s, "="))
	switch len(s) % 8 {
	case 1, 3, 6: // no number of bytes makes so many letters
		return "", false
	}
	b, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
	return string(b), err == nil && len(b) > 0
}

// fromLooseBase32 reads a key as Google's code in C reads it, which others have copied: blanks and
// dashes don't count, 0, 1 and 8 stand for O, L and B, bits left over at the end are dropped, and
// there is no padding.
func fromLooseBase32(s string) (key string, ok bool) {
	var out []byte
	var bits uint64
	count := 0
	for i := range len(s) {
		c := s[i]
		if strings.IndexByte(" \t\r\n-", c) >= 0 {
			continue
		}
		if like := strings.IndexByte("018", c); like >= 0 {
			c = "OLB"[like]
		}
		n := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", upper(c))
		if n < 0 {
			return "", false
		}
		bits, count = bits<<5|uint64(n), count+5
		if count >= 8 {
			count -= 8
			out = append(out, byte(bits>>count))
		}
	}
	return string(out), len(out) > 0
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// fromHex reads a key in hex.
func fromHex(s string) (key string, ok bool) {
	b, err := hex.DecodeString(s)
	return string(b), err == nil && len(b) > 0
}

// setDigits reads a number of digits; the usual one is left unsaid, as with all that follows.
func setDigits(t *motp.Token, s string) bool {
	n, err := strconv.Atoi(s)
	if err != nil || n < 6 || n > 8 {
		return false
	}
	t.Digits = 0
	if n != 6 {
		t.Digits = n
	}
	return true
}

// setPeriod reads the length of a TOTP step, in seconds.
func setPeriod(t *motp.Token, s string) bool {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 3600 {
		return false
	}
	t.Period = 0
	if n != 30 {
		t.Period = time.Duration(n) * time.Second
	}
	return true
}

// setAlgorithm reads the name of a hash. Those who write URIs and exports also say HMACSHA1,
// HmacSHA256 or SHA-512.
func setAlgorithm(t *motp.Token, s string) bool {
	bare := strings.ToUpper(strings.NewReplacer("-", "", "_", "", " ", "").Replace(s))
	bare = strings.TrimPrefix(bare, "HMAC")
	for _, a := range []motp.Algorithm{motp.SHA1, motp.SHA256, motp.SHA512} {
		if bare == a.String() {
			t.Algorithm = a
			return true
		}
	}
	return false
}

// maxCounter is the largest that motp.conf takes.
const maxCounter = 1 << 62

func setCounter(t *motp.Token, s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	t.Counter = n
	return err == nil && isDigits(s) && n <= maxCounter
}

// setUsedCounter takes the counter of a code that was used: the next one is what may come.
func setUsedCounter(t *motp.Token, s string) bool {
	if !setCounter(t, s) || t.Counter == maxCounter {
		return false
	}
	t.Counter++
	return true
}

// Reasons that these formats share.
const (
	whyKey       = "the key is not base32"
	whyDigits    = "has codes of another length than 6 to 8 digits"
	whyPeriod    = "the period is not a number of seconds from 1 to 3600"
	whyAlgorithm = "the algorithm is none of SHA1, SHA256 and SHA512"
	whyCounter   = "the counter is not a number from 0 to 2^62"
	whyName      = "has no name of a user"
	whyHex       = "the key is not an even number of hex digits"
	whyGroups    = "the key seems to be written in groups: write it in one, without blanks"
)
