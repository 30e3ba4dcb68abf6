package cli

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// secretDigits is the length of a new secret, in hex digits: what the first token had, and what
// every token takes.
const secretDigits = 16

// tokenWeaknesses tells what is unwise about a token's secret.
func tokenWeaknesses(t motp.Token) (warnings []string) {
	if t.Type == motp.MobileOTP {
		return secretWeaknesses(t.Secret)
	}
	for _, w := range conf.Warnings(motp.User{Tokens: []motp.Token{t}}) {
		warnings = append(warnings, strings.TrimPrefix(w, "secret: "))
	}
	return warnings
}

// secretWeaknesses tells what is unwise about a secret.
func secretWeaknesses(secret string) (warnings []string) {
	if len(secret) < secretDigits {
		warnings = append(warnings, "is shorter than 16 digits")
	}
	switch lower := strings.ToLower(secret); {
	case strings.Trim(lower, "0123456789abcdef") != "":
		warnings = append(warnings, "is not hexadecimal, and many tokens take nothing else")
	case lower != secret:
		warnings = append(warnings, "has upper-case letters, which some tokens turn into "+
			"lower-case ones: then no code fits")
	}
	return warnings
}

// newSecretFor makes a secret for a type of token.
func newSecretFor(of motp.Type) (string, error) {
	if of == motp.MobileOTP {
		return newSecret()
	}
	key := make([]byte, keyBytes)
	if _, err := rand.Read(key); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return string(key), nil
}

// keyBytes is the length of a new key for TOTP or HOTP, which RFC 4226 section 4 recommends.
const keyBytes = 20

// newSecret makes a secret from the system's random source.
func newSecret() (string, error) {
	b := make([]byte, secretDigits/2)
	if _, err := rand.Read(b); err != nil {
		return "", fmt.Errorf("make a secret: %w", err)
	}
	return hex.EncodeToString(b), nil
}
