package softtoken

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/motp"
)

const secret = "7ac61d4736f51a2b"

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// quickKey is a key that costs nothing to make.
func quickKey(t testing.TB, passphrase string) *Key {
	t.Helper()
	k, err := recipe{memory: 8, passes: 1, threads: 1, salt: [16]byte{1}}.key(passphrase)
	must(t, err)
	return k
}

// sealedText is the file of a token with a PIN in it, sealed for an owner and a profile.
func sealedText(t testing.TB, k *Key, whose int, profile string) string {
	t.Helper()
	token, err := conf.LoneToken{Token: motp.Token{Secret: secret, PIN: "6666"}}.
		Seal(k.ring, strconv.Itoa(whose), profile)
	must(t, err)
	text, err := File{token: token, recipe: &k.recipe}.text()
	must(t, err)
	return string(text)
}

// A sealed token opens with its passphrase, for its owner and profile; whatever else stands in the
// file, nothing of it is taken for plain.
func TestSealedFile(t *testing.T) {
	k := quickKey(t, "correct horse")
	text := sealedText(t, k, os.Geteuid(), "work")
	lines := strings.SplitAfter(text, "\n")
	kdf, sealed, pin := lines[1], lines[2], lines[3]
	id := seal.KeyID(strings.TrimSpace(strings.TrimPrefix(sealed, "secret = ")))
	moved := "pin = " + strings.TrimPrefix(sealed, "secret = ")
	for _, c := range []struct{ name, text, passphrase, want string }{
		{"as it is", text, "correct horse", ""},
		{"without comment", kdf + sealed + pin, "correct horse", ""},
		{"without PIN", kdf + sealed, "correct horse", ""},
		{"the lines in another order", sealed + pin + kdf, "correct horse", ""},
		{"wrong", text, "Correct horse", "wrong passphrase"},
		{"with a blank", text, "correct horse ", "wrong passphrase"},
		{"none", text, "", "wrong passphrase"},
		{"another salt", strings.Replace(text, "$AQ", "$AA", 1), "correct horse",
			"wrong passphrase"},
		{"another owner", sealedText(t, k, os.Geteuid()+1, "work"), "correct horse",
			"secret: does not open"},
		{"another profile", sealedText(t, k, os.Geteuid(), "default"), "correct horse",
			"secret: does not open"},
		{"another field", kdf + sealed + moved, "correct horse", "pin: does not open"},
		{"cut", kdf + sealed[:len(sealed)-5] + "\n", "correct horse", "secret: "},
		{"no value", kdf + "secret = sealed:v1:" + id + ":\n", "correct horse",
			"not whole"},
		{"version 2", kdf + strings.Replace(sealed, "v1", "v2", 1), "correct horse",
			"does not know"},
		{"a plain PIN", kdf + sealed + "pin = 6666\n", "correct horse", "is plain"},
		{"a plain secret", kdf + "secret = " + secret + "\n", "correct horse", "is plain"},
		{"a plain secret, and a sealed PIN", kdf + pin + "secret = " + secret + "\n",
			"correct horse", "is plain"},
		{"no recipe", sealed + pin, "correct horse", "\"kdf = …\" is missing"},
		{"two recipes", kdf + kdf + sealed, "correct horse", "kdf: is set twice"},
		{"no secret", kdf + pin, "correct horse", "secret: is missing"},
	} {
		f, err := parse("f", "work", c.text)
		var got motp.Token
		if err == nil {
			k := k
			if c.passphrase != "correct horse" || c.name == "another salt" {
				k, err = f.Key(c.passphrase)
			}
			if err == nil {
				got, err = f.Open(k)
			}
		}
		if c.want == "" {
			if err != nil || got.Secret != secret || f.Token().Secret != "" {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || got.Secret != "" ||
			strings.Contains(err.Error(), secret) ||
			strings.Contains(err.Error(), "6666") {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
		if wrong := c.want == "wrong passphrase"; wrong != errors.Is(err, ErrPassphrase) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// What a file may say of how its key is made has bounds, and one form.
func TestRecipe(t *testing.T) {
	const salt = "$AQIDBAUGBwgJCgsMDQ4PEA"
	for text, want := range map[string]string{
		usual.String():                                 "",
		"$argon2id$v=19$m=65536,t=3,p=4" + salt:        "",
		"$argon2id$v=19$m=8,t=1,p=1" + salt:            "",
		"$argon2id$v=19$m=1048576,t=10,p=16" + salt:    "",
		"$argon2id$v=19$m=1048577,t=3,p=4" + salt:      "more work",
		"$argon2id$v=19$m=4294967295,t=3,p=4" + salt:   "more work",
		"$argon2id$v=19$m=65536,t=11,p=4" + salt:       "more work",
		"$argon2id$v=19$m=65536,t=3,p=17" + salt:       "more work",
		"$argon2id$v=19$m=65536,t=0,p=4" + salt:        "is not $argon2id$",
		"$argon2id$v=19$m=65536,t=3,p=0" + salt:        "is not $argon2id$",
		"$argon2id$v=19$m=31,t=3,p=4" + salt:           "is not $argon2id$",
		"$argon2id$v=19$m=65536,t=3,p=260" + salt:      "is not $argon2id$",
		"$argon2id$v=19$m=4295032832,t=3,p=4" + salt:   "is not $argon2id$",
		"$argon2id$v=19$m=-1,t=3,p=4" + salt:           "is not $argon2id$",
		"$argon2id$v=19$m=065536,t=3,p=4" + salt:       "is not $argon2id$",
		"$argon2id$v=19$m=65536,t=3,p=4,x=1" + salt:    "is not $argon2id$",
		"$argon2id$v=19$m=65536,t=3,p=4" + salt + "A":  "is not $argon2id$",
		"$argon2id$v=19$m=65536,t=3,p=4" + salt + "==": "is not $argon2id$",
		"$argon2id$v=19$m=65536,t=3,p=4":               "is not $argon2id$",
		"$argon2id$v=16$m=65536,t=3,p=4" + salt:        "is not $argon2id$",
		"$argon2i$v=19$m=65536,t=3,p=4" + salt:         "is not $argon2id$",
		"m=65536,t=3,p=4" + salt:                       "is not $argon2id$",
		"":                                             "is not $argon2id$",
	} {
		got, err := parseRecipe(text)
		if want == "" && (err != nil || got.String() != text) ||
			want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, %v; want %q", text, got, err, want)
		}
	}
}

// Each new key has a salt of its own, and a passphrase that is not guessed in a moment.
func TestNewKey(t *testing.T) {
	for passphrase, good := range map[string]bool{
		"": false, "correct": false, "käseküc": false, "12345678\xff": false,
		"käseküch": true, "correct horse": true,
	} {
		if err := CheckPassphrase(passphrase); (err == nil) != good {
			t.Errorf("%q: %v", passphrase, err)
		}
	}
	if _, err := NewKey("correct"); err == nil {
		t.Error("a key of a short passphrase")
	}
	one, err := NewKey("correct horse")
	must(t, err)
	other, err := NewKey("correct horse")
	must(t, err)
	if one.recipe == other.recipe || one.recipe.salt == [16]byte{} {
		t.Error("two keys have one salt")
	}
}

// Whoever counts and whoever seals do not come between each other, and a token that was sealed
// anew does not open with the key of before.
func TestSealedMeanwhile(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	k, other := quickKey(t, "correct horse"), quickKey(t, "battery staple")
	other.recipe.salt[0]++
	token := motp.Token{Type: motp.HOTP, Secret: secret}
	path, err := Save("default", token, k, false)
	must(t, err)
	sealed := func() bool {
		text, err := os.ReadFile(path)
		must(t, err)
		return strings.Contains(string(text), "\nsecret = sealed:v1:")
	}
	before, err := Load("default")
	must(t, err)
	for n := range int64(3) {
		got, err := Next("default", k)
		if err != nil || got.Counter != n || got.Secret != secret {
			t.Errorf("%d: %v", got.Counter, err)
		}
		if !sealed() {
			t.Error("the secret is plain")
		}
	}
	must(t, Reseal("default", k, other, true))
	if _, err := Next("default", k); err != nil {
		t.Error("a dry run has sealed it", err)
	}
	must(t, os.WriteFile(temporaryOf(path), []byte(secret), 0o600))
	must(t, Tidy("default"))
	if _, err := os.Lstat(temporaryOf(path)); err == nil {
		t.Error("what a crash has left is still there")
	}
	must(t, Reseal("default", k, other, false))
	if _, err := Next("default", k); !errors.Is(err, motp.ErrSealed) {
		t.Error(err)
	}
	if err := Reseal("default", nil, other, false); !errors.Is(err, motp.ErrSealed) {
		t.Error("sealed as if it were plain", err)
	}
	after, err := Load("default")
	must(t, err)
	if _, err := after.Open(k); !errors.Is(err, motp.ErrSealed) {
		t.Error(err)
	}
	if _, err := before.Open(k); err != nil {
		t.Error(err)
	}
	must(t, Reseal("default", other, nil, false))
	text, err := os.ReadFile(path)
	must(t, err)
	if !strings.Contains(string(text), conf.EncodeKey([]byte(secret))) ||
		!strings.Contains(string(text), "counter = 4\n") ||
		strings.Contains(string(text), recipeKey) {
		t.Errorf("unsealed: %s", text)
	}
	got, err := Next("default", nil)
	if err != nil || got.Counter != 4 {
		t.Errorf("%d, %v", got.Counter, err)
	}
}

// Whatever stands in a token's file: what is read is written so that it reads the same, and a
// secret comes out of a sealed one only if that is what was sealed.
func FuzzFile(f *testing.F) {
	k := quickKey(f, "correct horse")
	text := sealedText(f, k, os.Geteuid(), "default")
	f.Add(text)
	f.Add(strings.Replace(text, "v1", "v2", 1))
	f.Add("secret = " + secret + "\n")
	f.Add("kdf = " + usual.String() + "\nsecret = sealed:v1:a:AAAA\n")
	f.Add("kdf = " + usual.String() + "\nsecret = " + secret + "\npin = 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parse("f", "default", text)
		if err != nil {
			return
		}
		again, err := got.text()
		if err != nil {
			t.Fatalf("%q cannot be written again: %v", text, err)
		}
		if back, err := parse("f", "default", string(again)); err != nil ||
			back.token.Token != got.token.Token || back.IsSealed() != got.IsSealed() {
			t.Fatalf("%q is read back as %q: %v", text, again, err)
		}
		if !got.IsSealed() {
			return
		}
		if got.Token().Secret != "" || got.Token().PIN != "" {
			t.Fatalf("%q is sealed, and something in it is plain", text)
		}
		if opened, err := got.Open(k); err == nil && opened.Secret != secret {
			t.Fatalf("%q opens as %q", text, opened.Secret)
		}
	})
}
