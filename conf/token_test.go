package conf

import (
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

func TestTokenByItself(t *testing.T) {
	for _, want := range []motp.Token{
		{Secret: secretA},
		{Secret: secretA, PIN: "1 2", Offset: time.Hour},
		{Type: motp.TOTP, Secret: key, Algorithm: motp.SHA512, Digits: 8,
			Period: time.Minute,
			T0:     5},
		{Type: motp.HOTP, Secret: key, Counter: 7},
		{Type: motp.TOTP, Secret: key, Invitation: motp.Invitation{Until: 1795867200,
			Salt: [motp.InvitationSalt]byte{1}, Hash: motp.InvitationHash{2}}},
	} {
		text, err := LoneToken{Token: want}.Text()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseToken("f", []byte("# mine\n\n"+text))
		if err != nil || got.Token != want {
			t.Errorf("%+v is read back as %+v, %v", want, got, err)
		}
	}
	if text, err := (LoneToken{Token: motp.Token{Secret: "`" + secretA}}).Text(); err == nil {
		t.Errorf("a secret that is not read back is written as %q", text)
	}
	for text, want := range map[string]string{
		"# mine\npassword = x\n":                 "f:2: password: unknown key",
		"type = totp\n":                          "f: secret: is missing",
		"digits = 8\nsecret = 1\n":               "f:1: digits: is not for type motp",
		"type = totp\nsecret = 0123456789abcd\n": "f:2: secret: must be base32",
		"0123456789abcdef\n": "f:1: neither a [section] nor key = " +
			"value",
	} {
		_, err := ParseToken("f", []byte(text))
		if err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "0123") {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
