package conf

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// key is the one of the RFCs.
const key = "12345678901234567890"

const allTypes = `look_ahead = 20
max_drift  = 5m
resync     = 24h

[alice]
secret = 7ac61d4736f51a2b
pin = 5555

[alice/app]
secret    = gezd gnbv-gy3t qojq gezdgnbvgy3tqojq====
type      = totp
algorithm = sha256
digits    = 8
period    = 60
t0        = 1000
offset    = 90s

[bob/yubikey]
type    = hotp
secret  = hex:3132333435363738393031323334353637383930
counter = 7
pin     = 12

[bob]
type = totp
secret = GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ
`

func TestTokensOfAllTypes(t *testing.T) {
	table := write(t, allTypes)
	settings, alice, err := table.Lookup("alice")
	if err != nil {
		t.Fatal(err)
	}
	policy := settings.Policy
	if policy.LookAhead != 20 || policy.MaxDrift != 5*time.Minute ||
		policy.Resync != 24*time.Hour ||
		policy.WindowForAll {
		t.Errorf("policy %+v", policy)
	}
	want := []motp.Token{{Secret: "7ac61d4736f51a2b", PIN: "5555"},
		{
			Name:      "app",
			Type:      motp.TOTP,
			Secret:    key,
			Algorithm: motp.SHA256,
			Digits:    8,
			Period:    time.Minute,
			T0:        1000,
			Offset:    90 * time.Second,
		}}
	if len(alice.Tokens) != 2 || alice.Tokens[0] != want[0] || alice.Tokens[1] != want[1] {
		t.Errorf("alice %+v, want %+v", alice.Tokens, want)
	}
	_, bob, err := table.Lookup("bob")
	want = []motp.Token{
		{Type: motp.TOTP, Secret: key},
		{Name: "yubikey", Type: motp.HOTP, Secret: key, Counter: 7, PIN: "12"},
	}
	if err != nil || len(bob.Tokens) != 2 || bob.Tokens[0] != want[0] ||
		bob.Tokens[1] != want[1] {
		t.Errorf("bob %+v, %v, want %+v", bob.Tokens, err, want)
	}
	if _, _, err := table.Lookup("alice/app"); !errors.Is(err, ErrNoUser) {
		t.Errorf("alice/app logs in as a user: %v", err)
	}
	_, all, err := table.Users()
	if err != nil || len(all) != 2 || all[0].Err != nil || all[1].Err != nil {
		t.Errorf("users %+v, %v", all, err)
	}
}

func TestLinesOfTokens(t *testing.T) {
	table := write(
		t,
		"[a/x]\nsecret=aa\npin=1\n[b]\nsecret=aa\npin=1\n[a]\nsecret=aa\npin=1\n\n[a/y]\n"+
			"secret=aa\npin=1\n",
	)
	_, all, err := table.Users()
	if err != nil || len(all) != 2 {
		t.Fatalf("users %+v, %v", all, err)
	}
	if a := all[0]; a.Line != 7 || !slices.Equal(a.Further, []int{1, 11}) ||
		a.User.Tokens[1].Name != "x" {
		t.Errorf("a is in line %d, the further tokens in %v", a.Line, a.Further)
	}
	if b := all[1]; b.Line != 4 || len(b.Further) != 0 {
		t.Errorf("b is in line %d, further tokens in %v", b.Line, b.Further)
	}
}

func TestMistakesInTokens(t *testing.T) {
	const totp = "[a]\ntype = totp\n"
	for _, c := range []struct {
		name, text string
		line       int
		key, msg   string
	}{
		{"base32 with a 1", totp + "secret = GEZDGNBVGY3TQOJ1\n", 3, "secret", "base32"},
		{"base32 with a 0", totp + "secret = GEZDGNBVGY3TQOJ0\n", 3, "secret", "base32"},
		{"base32 with an 8", totp + "secret = GEZDGNBVGY3TQOJ8\n", 3, "secret", "base32"},
		{"base32 with a 9", totp + "secret = GEZDGNBVGY3TQOJ9\n", 3, "secret", "base32"},
		{"base32 of an impossible length", totp + "secret = GEZDGNBVG\n", 3,
			"secret", "base32"},
		{"half a hex digit", totp + "secret = hex:313\n", 3, "secret", "hex"},
		{"a sign among hex digits", totp + "secret = hex:+131\n", 3, "secret", "hex"},
		{"no hex digit", totp + "secret = hex:3g\n", 3, "secret", "hex"},
		{"only padding", totp + "secret = ====\n", 3, "secret", "empty"},
		{"no secret", totp, 1, "secret", "missing"},
		{"5 digits", totp + "digits = 5\n", 3, "digits", "6, 7 or 8"},
		{"9 digits", totp + "digits = 9\n", 3, "digits", "6, 7 or 8"},
		{"no period", totp + "period = 0\n", 3, "period", "1 to 3600"},
		{"unknown algorithm", totp + "algorithm = MD5\n", 3, "algorithm", "SHA1"},
		{"counter at its end", "[a]\ntype = hotp\ncounter = " +
			"18446744073709551615\n", 3, "counter", "2^62"},
		{"negative counter", "[a]\ntype = hotp\ncounter = -1\n", 3, "counter", "2^62"},
		{"unknown type", "[a]\ntype = oath\n", 2, "type", "motp, totp or hotp"},
		{"counter of a clock", totp + "counter = 1\n", 3, "counter", "not for type totp"},
		{"period of a counter", "[a]\ntype = hotp\nperiod = 30\n", 3, "period",
			"not for type hotp"},
		{"digits of Mobile-OTP", "[a]\ndigits = 6\n", 2, "digits", "not for type motp"},
		{"two tokens of one name", "[a]\nsecret=aa\npin=1\n[a/x]\nsecret=aa\npin=1\n" +
			"[a/x]\nsecret=bb\npin=1\n", 7, "", "already"},
		{"token without its user", "[a/x]\nsecret=aa\npin=1\n", 1, "", "its user has none"},
		{"token without a name", "[a]\nsecret=aa\npin=1\n[a/]\nsecret=aa\npin=1\n",
			4, "", "name"},
		{"token of a token", "[a]\nsecret=aa\npin=1\n[a/b/c]\nsecret=aa\npin=1\n",
			4, "", "name"},
		{"token switched off", "[a]\nsecret=aa\npin=1\n[a/b]\nsecret=aa\npin=1\n" +
			"disabled=yes\n", 4, "disabled", "user's own"},
		{"mistake in a further token", "[a]\nsecret=aa\npin=1\n[a/b]\n" +
			"secret=aa\n", 4, "pin", "missing"},
		{"nine tokens", "[a]\nsecret=aa\npin=1\n" + eightMore, 25, "", "8 tokens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := write(t, c.text+"\n[zoe]\nsecret = 0123456789abcdef\npin = 1234\n")
			_, u, err := table.Lookup("a")
			var e *Error
			if !errors.As(err, &e) || len(u.Tokens) != 0 {
				t.Fatalf("user %+v, error %v", u, err)
			}
			if e.Kind != BadUser || e.Line != c.line || e.Key != c.key ||
				!strings.Contains(e.Msg, c.msg) {
				t.Errorf("error %+v, want line %d, key %q, %q", e,
					c.line, c.key, c.msg)
			}
			if strings.Contains(err.Error(), "GEZD") {
				t.Errorf("the error %q tells a secret", err)
			}
			if _, _, err := table.Lookup("zoe"); err != nil {
				t.Errorf("the mistake shuts out another user: %v", err)
			}
		})
	}
}

const eightMore = "[a/1]\nsecret=aa\npin=1\n[a/2]\nsecret=aa\npin=1\n[a/3]\nsecret=aa\npin=1\n" +
	"[a/4]\nsecret=aa\npin=1\n" +
	"[a/5]\nsecret=aa\npin=1\n[a/6]\nsecret=aa\npin=1\n[a/7]\nsecret=aa\npin=1\n[a/8]\n" +
	"secret=aa\npin=1\n"

func TestKeyIsReadAsItWasWritten(t *testing.T) {
	for n := 1; n <= 64; n++ {
		key := strings.Repeat("x", n)
		got, ok := DecodeKey(EncodeKey([]byte(key)))
		if !ok || string(got) != key {
			t.Errorf("%d bytes: %q, %v", n, got, ok)
		}
	}
}
