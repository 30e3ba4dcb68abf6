package motp

import (
	"strings"
	"testing"
)

func TestEncodeName(t *testing.T) {
	for name, want := range map[string]string{
		"alice":      "alice",
		"j.doe-2":    "j.doe-2",
		"a@b.c+d_e":  "a@b.c+d_e",
		".nobody":    "%2Enobody",
		"..":         "%2E.",
		".":          "%2E",
		"-rf":        "%2Drf",
		"../alice":   "%2E.%2Falice",
		"DOM\\user":  "DOM%5Cuser",
		"a%b":        "a%25b",
		"ä":          "%C3%A4",
		"a b\n":      "a%20b%0A",
		"":           "",
		"a/../../b":  "a%2F..%2F..%2Fb",
		"\x00":       "%00",
		"A":          "A",
		"user[1]=x;": "user%5B1%5D%3Dx%3B",
	} {
		if got := EncodeName(name); got != want {
			t.Errorf("EncodeName(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzEncodeName(f *testing.F) {
	f.Add("alice", "%61lice")
	f.Add("..", "%2E.")
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := EncodeName(a), EncodeName(b)
		if (x == y) != (a == b) {
			t.Errorf("%q and %q have files %q and %q", a, b, x, y)
		}
		if strings.ContainsAny(x, "/\x00\n ") || strings.HasPrefix(x, ".") ||
			strings.HasPrefix(x, "-") {
			t.Errorf("%q has the file %q", a, x)
		}
	})
}
