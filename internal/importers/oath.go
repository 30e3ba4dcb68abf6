package importers

import (
	"encoding/hex"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// What the formats of TOTP and HOTP tokens share.

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

// setDigits, setPeriod, setAlgorithm and setCounter read what URIs have as parameters.
func setDigits(t *motp.Token, s string) bool    { return uri.Set(t, "digits", s) == nil }
func setPeriod(t *motp.Token, s string) bool    { return uri.Set(t, "period", s) == nil }
func setAlgorithm(t *motp.Token, s string) bool { return uri.Set(t, "algorithm", s) == nil }
func setCounter(t *motp.Token, s string) bool   { return uri.Set(t, "counter", s) == nil }

// setUsedCounter takes the counter of a code that was used: the next one is what may come.
func setUsedCounter(t *motp.Token, s string) bool {
	if !setCounter(t, s) || t.Counter == motp.MaxCounter {
		return false
	}
	t.Counter++
	return true
}

// Reasons that these formats share.
const (
	whyKey       = string(uri.ErrKey)
	whyDigits    = string(uri.ErrDigits)
	whyPeriod    = string(uri.ErrPeriod)
	whyAlgorithm = string(uri.ErrAlgorithm)
	whyCounter   = string(uri.ErrCounter)
	whyName      = string(uri.ErrUser)
	whyHex       = "the key is not an even number of hex digits"
	whyGroups    = "the key seems to be written in groups: write it in one, without blanks"
)
