package importers

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sealedSample is an encrypted export, changed.
func sealedSample(t testing.TB, file, old, put string) Source {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "sealed", file))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q", file, old)
	}
	return sampleSource(file, strings.Replace(string(text), old, put, 1))
}

// What is encrypted with a password opens with that one alone, and only if nothing of it changed.
func TestSealed(t *testing.T) {
	opened := []string{"take alice totp " + twentyHex, "take bob motp 0123456789abcdef 6666 0s"}
	const wrong = "leave : does not open: the password is wrong, or the file was changed"
	for _, file := range []string{"aegis.json", "stratum.authpro", "stratum-old.authpro"} {
		name, _, _ := strings.Cut(strings.TrimSuffix(file, filepath.Ext(file)), "-")
		f, _ := FormatNamed(name)
		s := sealedSample(t, file, "", "")
		if got := summary(f.Read(s)); !slices.Equal(got, opened) {
			t.Errorf("%s: got %q", file, got)
		}
		// the padding of the oldest form fits with the second one, by chance
		for _, password := range []string{"qwertz", "wrong7"} {
			s.Password = func() (string, error) { return password, nil }
			if got := summary(f.Read(s)); !slices.Equal(got, []string{wrong}) {
				t.Errorf("%s with %s: got %q", file, password, got)
			}
		}
		s.Password = nil
		if got := summary(f.Read(s)); len(got) != 1 ||
			!strings.HasPrefix(got[0], "leave : is encrypted, and there is nobody") {
			t.Errorf("%s without a password: got %q", file, got)
		}
	}
}

// What does not fit is refused before anybody is asked for a password, and costs nothing.
func TestSealedRefused(t *testing.T) {
	for _, c := range []struct{ name, file, old, put, want string }{
		{"much memory", "aegis.json", `"n": 1024`, `"n": 1073741824`, "asks for"},
		{"more than a number", "aegis.json", `"n": 1024`, `"n": 1e30`, "is no JSON export"},
		{"with a large r", "aegis.json", `"r": 8`, `"r": 1000000000`, "asks for more work"},
		{"with a large p", "aegis.json", `"p": 1`, `"p": 1000000000`, "asks for more work"},
		{"no power of two", "aegis.json", `"n": 1024`, `"n": 1000`, "is encrypted in a " +
			"way"},
		{"no work", "aegis.json", `"n": 1024`, `"n": 0`, "is encrypted in a way"},
		{"no slot with a password", "aegis.json", `"type": 1`, `"type": 2`, "is " +
			"encrypted, and opens with no password"},
		{"base64 that is cut off", "aegis.json", `"db": "`, `"db": "A`, "is encrypted in " +
			"a way"},
	} {
		f, _ := FormatNamed("aegis")
		s := sealedSample(t, c.file, c.old, c.put)
		s.Password = func() (string, error) {
			t.Errorf("%s: somebody is asked", c.name)
			return "", nil
		}
		got := summary(f.Read(s))
		if len(got) != 1 || !strings.HasPrefix(got[0], "leave : "+c.want) {
			t.Errorf("%s: got %q, want %s", c.name, got, c.want)
		}
	}
}

// One byte of any part that is other than it was, and nothing opens.
func TestSealedChanged(t *testing.T) {
	for file, places := range map[string][]int{
		"stratum.authpro": {32, -1}, "stratum-old.authpro": {36, -1},
	} {
		for _, at := range places {
			s := sealedSample(t, file, "", "")
			if at < 0 {
				at += len(s.Text)
			}
			b := []byte(s.Text)
			b[at] ^= 1
			s.Text = string(b)
			f, _ := FormatNamed("stratum")
			if got := summary(f.Read(s)); len(got) != 1 ||
				!strings.HasPrefix(got[0], "leave : ") {
				t.Errorf("%s, byte %d: got %q", file, at, got)
			}
		}
	}
	f, _ := FormatNamed("stratum")
	for _, size := range []int{16, 43, 50} {
		s := sealedSample(t, "stratum.authpro", "", "")
		s.Text = s.Text[:size]
		if got := summary(f.Read(s)); len(got) != 1 ||
			!strings.HasPrefix(got[0], "leave : ") {
			t.Errorf("cut off at %d: got %q", size, got)
		}
	}
}
