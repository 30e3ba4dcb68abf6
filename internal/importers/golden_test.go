package importers

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden reads a sample of every format, made from its description and its own examples. What
// becomes of each line stands in the golden file.
func TestGolden(t *testing.T) {
	for _, f := range Formats {
		t.Run(f.Name, func(t *testing.T) {
			got := show(f.Read(sample(t, f)...))
			golden := filepath.Join("testdata", f.Name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", golden, got, want)
			}
		})
	}
}

// What opens the encrypted samples.
const (
	samplePassword = "qwerty"
	sampleKey      = "12345678901234567890123456789012"
)

// sample returns the files of a format's sample: FORMAT.in, or those of a folder. How each was made
// says testdata/README.md.
func sample(t testing.TB, f Format) (sources []Source) {
	t.Helper()
	pattern := f.Name + ".in"
	if info, err := os.Stat(filepath.Join("testdata", f.Name)); err == nil && info.IsDir() {
		pattern = f.Name + "/*"
	}
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sample: %v", err)
	}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, sampleSource(filepath.Base(p), string(text)))
	}
	return sources
}

func sampleSource(file, text string) Source {
	return Source{
		File: file, Text: text, Owner: file, Key: sampleKey,
		Password: func() (string, error) { return samplePassword, nil },
		Owners: Owners{Serial: map[string]string{
			"GALT11420104": "alice", "GALT11420105": "alice", "755224": "bob",
			"987654321": "rfc6", "987654322": "rfc7",
		}},
	}
}

// show tells a reading in a form that people can check.
func show(r Reading) string {
	var b strings.Builder
	for _, u := range r.Users {
		fmt.Fprintf(&b, "%s:%d: take %q: ", u.File, u.Line, u.User.Name)
		for i, token := range u.User.Tokens {
			if i > 0 {
				fmt.Fprintf(&b, "; line %d, %s: ", u.ExtraTokens[i-1], token.Name)
			}
			showToken(&b, token)
		}
		if u.User.Disabled {
			b.WriteString(", disabled")
		}
		b.WriteString("\n")
		for _, n := range u.Notes {
			fmt.Fprintf(&b, "\t%s\n", n)
		}
	}
	for _, l := range r.Skipped {
		fmt.Fprintf(&b, "%s:%d: leave %q: %s\n", l.File, l.Line, l.User, l.Reason)
	}
	return b.String()
}

func showToken(b *strings.Builder, token motp.Token) {
	secret := token.Secret
	if token.Type != motp.MobileOTP {
		secret = hex.EncodeToString([]byte(secret))
	}
	fmt.Fprintf(b, "secret %s, PIN %s, offset %v", secret, token.PIN, token.Offset)
	if token.Type != motp.MobileOTP {
		fmt.Fprintf(b, ", %v, %v, digits %d, period %v, counter %d",
			token.Type, token.Algorithm, token.Digits, token.Period, token.Counter)
	}
}
