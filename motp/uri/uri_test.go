package uri

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
		{"as usual", "Example", "alice", motp.Token{Type: motp.TOTP, Secret: key},
			"otpauth://totp/Example:alice?secret=" + secret + "&issuer=Example"},
		{"as usual, and said so", "Example", "alice",
			motp.Token{Type: motp.TOTP, Secret: key, Digits: 6,
				Period: 30 * time.Second}, "otpauth://totp/Example:alice?secret=" +
				secret + "&issuer=Example"},
		{"blanks and signs", "Example & Sons: a+b", "alice@example.org",
			motp.Token{Type: motp.TOTP, Secret: key},
			"otpauth://totp/Example%20%26%20Sons%3A%20a%2Bb:alice@example.org?secret=" +
				secret + "&issuer=Example%20%26%20Sons%3A%20a%2Bb"},
		{"other letters", "Café", "zoë", motp.Token{Type: motp.TOTP, Secret: key},
			"otpauth://totp/Caf%C3%A9:zo%C3%AB?secret=" + secret + "&issuer=Caf%C3%A9"},
		{"no padding", "x", "a", motp.Token{Type: motp.TOTP, Secret: key[:11]},
			"otpauth://totp/x:a?secret=GEZDGNBVGY3TQOJQGE&issuer=x"},
		{"all that is unusual", "x", "a",
			motp.Token{
				Type:      motp.TOTP,
				Secret:    key,
				Algorithm: motp.SHA512,
				Digits:    8,
				Period:    time.Minute,
			},
			"otpauth://totp/x:a?secret=" + secret +
				"&issuer=x&algorithm=SHA512&digits=8&period=60"},
		{"a counter", "x", "a", motp.Token{Type: motp.HOTP, Secret: key, Counter: 5},
			"otpauth://hotp/x:a?secret=" + secret + "&issuer=x&counter=5"},
		{"a counter of zero", "x", "a", motp.Token{Type: motp.HOTP, Secret: key},
			"otpauth://hotp/x:a?secret=" + secret + "&issuer=x&counter=0"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			got := Enrolment{Site: c.site, User: c.user, Token: c.token}.URI()
			if got != c.want {
				t.Fatalf("got  %s\nwant %s", got, c.want)
			}
			u, err := url.Parse(got)
			if err != nil || u.Path != "/"+c.site+":"+c.user ||
				u.Query().Get("issuer") != c.site {
				t.Errorf("is read back as %+v, %v", u, err)
			}
		})
	}
}

// What is written is read back.
func TestRoundTrip(t *testing.T) {
	const key = "12345678901234567890"
	for _, e := range []Enrolment{
		{"Example", "alice", motp.Token{Type: motp.TOTP, Secret: key}},
		{"Example & Sons: a+b", "alice@example.org",
			motp.Token{Type: motp.TOTP, Secret: key}},
		{"Café", "zoë/phone", motp.Token{Type: motp.TOTP, Secret: key[:11]}},
		{"x", "a", motp.Token{Type: motp.TOTP, Secret: "\x00\xff",
			Algorithm: motp.SHA512, Digits: 8,
			Period: time.Minute}},
		{"x", "a", motp.Token{Type: motp.HOTP, Secret: key, Counter: 5,
			Algorithm: motp.SHA256,
			Digits:    7}},
		{"x", "a", motp.Token{Type: motp.HOTP, Secret: key}},
		{"Example", "alice", motp.Token{Secret: "0123456789abcdef"}},
		{"Example & Sons: a+b", "zoë@example.org", motp.Token{Secret: "Not / hex & not?"}},
	} {
		for i, form := range e.Forms() {
			got, err := Parse(form)
			want := e
			if i == 2 {
				want.Site = ""
			}
			if err != nil || got != want {
				t.Errorf("%q is read as %+v of %q, %v", form, got,
					got.Token.Secret, err)
			}
		}
	}
}

func TestParse(t *testing.T) {
	const good = "otpauth://totp/x:a?secret=GEZDGNBV"
	for _, c := range []struct {
		uri  string
		user string
		want error
	}{
		{good, "a", nil},
		{" " + good + "\n", "a", nil},
		{good + "&amp;digits=8&#38;period=60", "a", nil},
		{good + "&algorithm=HmacSHA256&image=x", "a", nil},
		{"otpauth://TOTP/a?secret=gezd%20gnbv%3D", "a", nil},
		{"motp://x:a?secret=0123456789abcdef", "a", nil},
		{"motp://a?secret=0123456789abcdef", "a", nil},
		{"motp://x:a%3Ab?secret=0123456789abcdef", "a:b", nil},
		{"otpauth://totp/x%3Aa?secret=GEZDGNBV", "a", nil},
		{"otpauth://totp/x:a%3Ab?secret=GEZDGNBV", "a:b", nil},
		{"otpauth://totp/x%3Ay:a%3Ab/c?secret=GEZDGNBV", "a:b/c", nil},
		{"otpauth://totp/:a?secret=GEZDGNBV", "a", nil},
		{"", "", ErrScheme},
		{"https://example.org/", "", ErrScheme},
		{"otpauth-migration://offline?data=x", "", ErrMigration},
		{"otpauth://totp/%zz?secret=GEZDGNBV", "", ErrNoURI},
		{good + "&x=%zz", "", ErrNoURI},
		{good + "&secret=GEZDGNBV", "", ErrTwice},
		{"otpauth://totp/x:?secret=GEZDGNBV", "", ErrUser},
		{"otpauth://steam/a?secret=GEZDGNBV", "a", ErrType},
		{"otpauth://hotp/a?secret=GEZDGNBV", "a", ErrNoCounter},
		{"otpauth://hotp/a?secret=GEZDGNBV&counter=-1", "a", ErrCounter},
		{"otpauth://hotp/a?secret=GEZDGNBV&counter=4611686018427387905", "a", ErrCounter},
		{"otpauth://totp/a?secret=0189", "a", ErrKey},
		{"otpauth://totp/a", "a", ErrKey},
		{good + "&digits=5", "a", ErrDigits},
		{good + "&period=0", "a", ErrPeriod},
		{good + "&encoder=steam", "a", ErrEncoder},
		{good + "&algorithm=MD5", "a", ErrAlgorithm},
		{"motp://?secret=x", "", ErrUser},
		{"motp://x:a", "a", ErrSecret},
		{"motp://x:a?secret=1&secret=2", "", ErrTwice},
		{"motp://%zz?secret=1", "", ErrNoURI},
	} {
		e, err := Parse(c.uri)
		if err != c.want || e.User != c.user {
			t.Errorf("%q: user %q, %v; want %q, %v", c.uri, e.User, err, c.user, c.want)
		}
		if err == nil && e.Token.Secret == "" {
			t.Errorf("%q: no secret", c.uri)
		}
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
		e := Enrolment{c.site, c.user, motp.Token{Secret: c.secret}}
		if got := e.URI(); got != c.want {
			t.Errorf("the URI is %s, want %s", got, c.want)
		}
		if got, err := Parse(c.want); got != e || err != nil {
			t.Errorf("%s is read as %+v, %v", c.want, got, err)
		}
	}
}
