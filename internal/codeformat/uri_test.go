package codeformat

import (
	"net/url"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// The form is that of https://github.com/google/google-authenticator/wiki/Key-Uri-Format.
func TestOtpauthURI(t *testing.T) {
	const key = "12345678901234567890"
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	tests := []struct {
		name, site, user string
		token            motp.Token
		want             string
	}{
		{"as usual", "Example", "alice", motp.Token{Type: motp.TOTP, Secret: key}, "otpauth://totp/Example:alice?secret=" + secret + "&issuer=Example"},
		{"as usual, and said so", "Example", "alice", motp.Token{Type: motp.TOTP, Secret: key, Digits: 6, Period: 30 * time.Second}, "otpauth://totp/Example:alice?secret=" + secret + "&issuer=Example"},
		{"blanks and signs", "Example & Sons: a+b", "alice@example.org", motp.Token{Type: motp.TOTP, Secret: key},
			"otpauth://totp/Example%20%26%20Sons%3A%20a%2Bb:alice@example.org?secret=" + secret + "&issuer=Example%20%26%20Sons%3A%20a%2Bb"},
		{"other letters", "Café", "zoë", motp.Token{Type: motp.TOTP, Secret: key}, "otpauth://totp/Caf%C3%A9:zo%C3%AB?secret=" + secret + "&issuer=Caf%C3%A9"},
		{"no padding", "x", "a", motp.Token{Type: motp.TOTP, Secret: key[:11]}, "otpauth://totp/x:a?secret=GEZDGNBVGY3TQOJQGE&issuer=x"},
		{"all that is unusual", "x", "a", motp.Token{Type: motp.TOTP, Secret: key, Algorithm: motp.SHA512, Digits: 8, Period: time.Minute},
			"otpauth://totp/x:a?secret=" + secret + "&issuer=x&algorithm=SHA512&digits=8&period=60"},
		{"a counter", "x", "a", motp.Token{Type: motp.HOTP, Secret: key, Counter: 5}, "otpauth://hotp/x:a?secret=" + secret + "&issuer=x&counter=5"},
		{"a counter of zero", "x", "a", motp.Token{Type: motp.HOTP, Secret: key}, "otpauth://hotp/x:a?secret=" + secret + "&issuer=x&counter=0"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got := URI(c.site, c.user, c.token)
			if got != c.want {
				t.Fatalf("got  %s\nwant %s", got, c.want)
			}
			u, err := url.Parse(got)
			if err != nil || u.Path != "/"+c.site+":"+c.user || u.Query().Get("issuer") != c.site {
				t.Errorf("is read back as %+v, %v", u, err)
			}
		})
	}
}

// What has a meaning in a URI comes over unharmed.
func TestMotpURI(t *testing.T) {
	for _, c := range []struct{ site, user, secret, want string }{
		{"vpn.example.org", "alice", "7ac61d4736f51a2b",
			"motp://vpn.example.org:alice?secret=7ac61d4736f51a2b"},
		{"SecureSite", "alice@wonder.land", "0123456789abcdef0123456789abcdef",
			"motp://SecureSite:alice@wonder.land?secret=0123456789abcdef0123456789abcdef"},
		{"Büro 1", "a:b/c?d=e&f#g%h", "ABCDEF0123456789",
			"motp://B%C3%BCro%201:a%3Ab%2Fc%3Fd%3De%26f%23g%25h?secret=ABCDEF0123456789"},
	} {
		if got := URI(c.site, c.user, motp.Token{Secret: c.secret}); got != c.want {
			t.Errorf("the URI is %s, want %s", got, c.want)
		}
	}
}
