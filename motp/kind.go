package motp

import (
	"slices"
	"strings"
	"time"
)

// A Type names a kind of token. It is what a table stores; [Type.Kind] is what it means.
type Type int

// The types of tokens. The zero value is Mobile-OTP.
const (
	MobileOTP Type = iota // six hex digits of an MD5 of time, secret and PIN
	TOTP                  // RFC 6238: decimal digits of an HMAC of the time
	HOTP                  // RFC 4226: decimal digits of an HMAC of a counter
)

// A Kind is everything that depends on a token's type. A new one is a file with a value of this
// type and a line in the table kinds.
type Kind struct {
	Type Type

	Word  string // in motp.conf and on the command line
	Title string // for people
	URI   string // what an otpauth URI calls it; empty if there is none

	// What a code looks like: how many digits it has, and which they are. Letters are typed in
	// either case.
	LeastDigits, UsualDigits, MostDigits int
	Alphabet                             string

	// Counter says that the token counts its codes, instead of looking at a clock.
	Counter bool

	// Period is how long a code is shown. 0 if each token has its own, which is UsualPeriod
	// where it does not say.
	Period, UsualPeriod time.Duration

	// OwnWindow is how many steps either side are accepted where the policy's window is not
	// meant for all kinds; 0 if it is meant for this one.
	OwnWindow int64

	// PINInCode says that the PIN is typed into the token and hashed, so that there must be
	// one. With other kinds it is typed before the code, if there is one.
	PINInCode bool

	// TextSecret says that the secret is hashed as the text it is. Other secrets are bytes,
	// written in base32 or hex.
	TextSecret bool

	// Keys are those of motp.conf that tokens of this kind have beside type, secret and pin.
	Keys []string

	// Family is the same for kinds that make the same code of the same secret and number.
	Family string

	coder func(t Token, digits int) coder
}

// kinds is the table. A type is its index.
var kinds = []*Kind{&mobileOTP, &totp, &hotp}

// Kinds returns every kind of token.
func Kinds() []*Kind { return slices.Clone(kinds) }

// Kind returns what a type means, or nil if it means nothing.
func (t Type) Kind() *Kind {
	if t < 0 || int(t) >= len(kinds) {
		return nil
	}
	return kinds[t]
}

// Kind returns the kind of a token, or nil if there is none of its type.
func (t Token) Kind() *Kind { return t.Type.Kind() }

// ParseType finds a type by the word that motp.conf has for it.
func ParseType(word string) (Type, bool) {
	for _, k := range kinds {
		if k.Word == word {
			return k.Type, true
		}
	}
	return 0, false
}

// String returns the word for the type that motp.conf uses.
func (t Type) String() string {
	if k := t.Kind(); k != nil {
		return k.Word
	}
	return "unknown"
}

// Has says whether tokens of this kind have a key of motp.conf, beside type, secret and pin.
func (k *Kind) Has(key string) bool { return slices.Contains(k.Keys, key) }

// Clock says that the token's codes depend on a clock.
func (k *Kind) Clock() bool { return !k.Counter }

// isCode says whether a text, in small letters, consists of a code's digits.
func (k *Kind) isCode(text string) bool { return strings.Trim(text, k.Alphabet) == "" }

// SecretFrom makes a token's secret of random bytes: of crypto/rand, and of no other source. RFC
// 4226 section 4 recommends 20 bytes, a Mobile-OTP token takes 8 or 16.
func (k *Kind) SecretFrom(random []byte) string {
	if !k.TextSecret {
		return string(random)
	}
	const digits = "0123456789abcdef" // encoding/hex would bring fmt into every login
	b := make([]byte, 0, 2*len(random))
	for _, c := range random {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return string(b)
}
