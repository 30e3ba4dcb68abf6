// Package secrets has the rules for secrets: which are unwise, because somebody would find them or
// tokens have trouble with them, and how a new one is made. Whatever gives a token a secret, or
// judges one, goes by them: add, import, token, doctor.
//
// The package must not know how a warning is shown, and says nothing that holds a secret.
package secrets

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// A Gravity says how bad a flaw is.
type Gravity int

// The gravities, from what is good to know to what lets others in.
const (
	Note Gravity = iota
	Warning
	Grave
)

// A Flaw is what is unwise about a secret. It never shows it.
type Flaw struct {
	Gravity Gravity
	Words   string // "is one character over and over"
	// what to do about it; empty if a new secret is all that helps, or nothing is needed
	Mend string
}

// published are secrets that stand in documentation, ours and others', in small letters; the last
// are keys of RFC 4226 and 6238.
var published = []string{
	"0123456789abcdef", "7ac61d4736f51a2b", "1234567890abcdef", "30edcc8edae50a60",
	"e3152afee62599c8", "0123456789abcdef0123456789abcdef",
	"hello!\xde\xad\xbe\xef", "hello!\xde\xad\xbe\xefhello!\xde\xad\xbe\xef",
	"12345678901234567890", "12345678901234567890123456789012",
	"1234567890123456789012345678901234567890123456789012345678901234",
}

// goodSecret is the length that the original token makes in digits, and RFC 4226 demands in bytes:
// nobody finds the secret from codes.
const goodSecret = 16

// Flaws judges the secret of a token.
func Flaws(t motp.Token) (flaws []Flaw) {
	if t.Secret == "" {
		return nil
	}
	lower := lowerASCII(t.Secret)
	switch {
	case slices.Contains(published, lower):
		const told = "stands in the documentation, where everybody can read it"
		flaws = append(flaws, Flaw{Grave, told, ""})
	case strings.Count(t.Secret, t.Secret[:1]) == len(t.Secret):
		flaws = append(flaws, Flaw{Grave, "is one character over and over", ""})
	}
	if len(t.Secret) < goodSecret {
		unit := "bytes"
		if t.Kind().TextSecret {
			unit = "characters"
		}
		const short = "has fewer than %d %s: it can be found from a few codes that " +
			"somebody saw"
		flaws = append(flaws, Flaw{Warning, fmt.Sprintf(short, goodSecret, unit), ""})
	}
	if !t.Kind().TextSecret {
		return flaws // its letters are only one way to write it
	}
	switch isHex := strings.Trim(lower, "0123456789abcdef") == ""; {
	case isHex && lower != t.Secret:
		const capitals = "has capital letters, and most tokens turn them into small " +
			"ones: then no code fits"
		const mend = "write the secret in small letters, unless the codes of this token fit"
		flaws = append(flaws, Flaw{Warning, capitals, mend})
	case !isHex:
		const other = "is not hexadecimal, and many tokens take nothing else"
		flaws = append(flaws, Flaw{Note, other, ""})
	}
	return flaws
}

// lowerASCII leaves alone what is no text.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// A Key is the same for all tokens that share a secret, whoever has them: some kinds hash it as a
// text, the others as bytes.
type Key struct {
	text   bool
	secret string
}

// KeyOf is the key of a token.
func KeyOf(t motp.Token) Key { return Key{t.Kind().TextSecret, t.Secret} }

// keyBytes is the length of a new key for TOTP or HOTP, which RFC 4226 section 4 recommends.
const keyBytes = 20

// New makes a secret for a kind of token, from the system's random source. One that is a text
// has as many digits as the first token had, which every token takes.
func New(of *motp.Kind) (string, error) {
	b := make([]byte, keyBytes)
	if of.TextSecret {
		b = b[:goodSecret/2]
	}
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return of.SecretFrom(b), nil
}
