package term

import (
	"testing"

	"github.com/pam-motp/pam-motp/internal/term/termtest"
)

// What is drawn is read back by a program that knows nothing of ours.
func TestQR(t *testing.T) {
	for _, uri := range []string{
		"motp://vpn.example.org:alice?secret=7ac61d4736f51a2b",
		"motp://SecureSite:alice@wonder.land?secret=0123456789abcdef0123456789abcdef",
		"motp://B%C3%BCro%201:a%3Ab%2Fc%3Fd%3De%26f%23g%25h?secret=ABCDEF0123456789",
	} {
		code, err := NewQR(uri)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := termtest.ScanText(code.HalfBlocks(false)); got != uri {
			t.Errorf("the terminal shows %q, %v", got, err)
		}
		if got, err := termtest.ScanPNG(code.PNG()); got != uri {
			t.Errorf("the PNG holds %q, %v", got, err)
		}
		if got, err := termtest.ScanSVG(string(code.SVG())); got != uri {
			t.Errorf("the SVG holds %q, %v", got, err)
		}
	}
}
