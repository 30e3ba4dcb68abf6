package motp

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"time"
)

// totp is RFC 6238, hotp RFC 4226.
var (
	totp = Kind{
		Type: TOTP, Word: "totp", Title: "TOTP", URI: "totp",
		LeastDigits: 6, UsualDigits: 6, MostDigits: maxCode, Alphabet: "0123456789",
		UsualPeriod: 30 * time.Second, OwnWindow: 1,
		Keys:   []string{"offset", "algorithm", "digits", "period", "t0"},
		Family: "hmac", coder: newOATHCoder,
	}
	hotp = Kind{
		Type: HOTP, Word: "hotp", Title: "HOTP", URI: "hotp",
		LeastDigits: 6, UsualDigits: 6, MostDigits: maxCode, Alphabet: "0123456789",
		Counter: true,
		Keys:    []string{"algorithm", "digits", "counter"},
		Family:  "hmac", coder: newOATHCoder,
	}
)

// An Algorithm is the hash behind a TOTP or HOTP token (RFC 6238 section 1.2).
type Algorithm int

// The algorithms. Most tokens know the first only, which is the zero value.
const (
	SHA1 Algorithm = iota
	SHA256
	SHA512
)

// String returns the word for the algorithm that motp.conf and otpauth URIs use.
func (a Algorithm) String() string {
	switch a {
	case SHA256:
		return "SHA256"
	case SHA512:
		return "SHA512"
	default:
		return "SHA1"
	}
}

// An oathCoder makes codes of RFC 4226 section 5.3; for TOTP the step is the counter (RFC 6238
// section 4.2).
type oathCoder struct {
	mac    hash.Hash
	digits int
}

func newOATHCoder(t Token, digits int) coder {
	algorithm := sha1.New
	switch t.Algorithm {
	case SHA256:
		algorithm = sha256.New
	case SHA512:
		algorithm = sha512.New
	}
	return oathCoder{hmac.New(algorithm, []byte(t.Secret)), digits}
}

func (c oathCoder) code(b []byte, step int64) []byte {
	var counter [8]byte
	for i := range counter {
		counter[i] = byte(uint64(step) >> (56 - 8*i))
	}
	c.mac.Reset()
	c.mac.Write(counter[:])
	var sum [sha512.Size]byte
	h := c.mac.Sum(sum[:0])
	at := h[len(h)-1] & 15
	v := uint32(h[at]&0x7f)<<24 | uint32(h[at+1])<<16 | uint32(h[at+2])<<8 | uint32(h[at+3])
	end := len(b) + c.digits
	b = append(b, "00000000"[:c.digits]...)
	for i := end - 1; i >= end-c.digits; i-- {
		b[i] = byte('0' + v%10)
		v /= 10
	}
	return b
}
