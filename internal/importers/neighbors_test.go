package importers

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"unicode/utf16"
)

// exchanged are the formats that travel as files: through mail, browsers, spreadsheets and shells.
var exchanged = []string{"2fas", "aegis", "andotp", "bitwarden", "csv", "freeotp-plus", "keepassxc",
	"otpauth", "pskc", "stratum"}

// inUTF16 is a text in UTF-16, with a mark before it.
func inUTF16(s string, little bool) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune("\ufeff" + s)) {
		if low, high := byte(unit), byte(unit>>8); little {
			b.WriteString(string([]byte{low, high}))
		} else {
			b.WriteString(string([]byte{high, low}))
		}
	}
	return b.String()
}

// What a text goes through on its way takes nobody away, and brings nobody in.
func TestOnTheWay(t *testing.T) {
	for _, name := range exchanged {
		f, _ := FormatNamed(name)
		for _, s := range sample(t, f) {
			want := show(f.Read(s))
			for way, change := range map[string]func(string) string{
				"a mark":   func(s string) string { return "\ufeff" + s },
				"UTF-16LE": func(s string) string { return inUTF16(s, true) },
				"UTF-16BE": func(s string) string { return inUTF16(s, false) },
				"CRLF": func(s string) string {
					return strings.ReplaceAll(s, "\n", "\r\n")
				},
				"blank lines behind": func(s string) string { return s + "\n\n" },
			} {
				changed := s
				changed.Text = change(s.Text)
				if got := show(f.Read(changed)); got != want {
					t.Errorf("%s, %s, with %s: "+
						"got\n%s\nwant\n%s", name, s.File, way,
						got, want)
				}
			}
		}
	}
}

// What is no text of the format is one mistake, which is told, and nobody is taken.
func TestNoText(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte("x"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range exchanged {
		f, _ := FormatNamed(name)
		for text, want := range map[string]string{
			"":                        "is empty",
			"\ufeff \r\n":             "is empty",
			"\xff\xfe":                "is empty",
			packed.String():           "is compressed (gzip): unpack it first",
			"PK\x03\x04":              "is a ZIP archive",
			"SQLite format 3\x00":     "is a database, and no export",
			"-----BEGIN PGP MESSAGE-": "is encrypted with OpenPGP",
			"\xe4\xf6\xfc":            "is no text in UTF-8",
			"a\x00b":                  "is no text in UTF-8",
			"\xff\xfea":               "is no text in UTF-8",
		} {
			found := f.Read(sampleSource("file", text))
			if len(found.Users) > 0 || len(found.Skipped) != 1 ||
				!strings.HasPrefix(found.Skipped[0].Reason, want) {
				t.Errorf("%s: %q: %d users, left: %v; want %s", name, text,
					len(found.Users), found.Skipped, want)
			}
		}
	}
}

// The export of one app is none of another, and makes nobody's tokens.
func TestMistaken(t *testing.T) {
	for _, name := range exchanged {
		f, _ := FormatNamed(name)
		for _, other := range exchanged {
			o, _ := FormatNamed(other)
			if name == other {
				continue
			}
			for _, s := range sample(t, o) {
				found := f.Read(s)
				if len(found.Users) > 0 || len(found.Skipped) == 0 {
					t.Errorf("%s reads %s of %s: %d users, %d "+
						"left", name, s.File, other,
						len(found.Users), len(found.Skipped))
				}
			}
		}
	}
}
