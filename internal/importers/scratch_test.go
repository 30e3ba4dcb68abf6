package importers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// Scratch codes are taken over as far as there is room for them, each once, and told of otherwise.
func TestScratchCodes(t *testing.T) {
	for _, n := range []int{0, 1, motp.MaxPaper, motp.MaxPaper + 3} {
		text := "GEZDGNBVGY3TQOJQ\n\" TOTP_AUTH\n"
		var want []string
		for i := range n {
			code := fmt.Sprint(10000000 + i)
			text += code + "\n10000000\n"
			if i < motp.MaxPaper {
				want = append(want, code)
			}
		}
		format, _ := FormatNamed("google-authenticator")
		found := format.Read(Source{File: "f", Text: text, Owner: "alice"})
		if len(found.Users) != 1 || len(found.Skipped) != 0 ||
			!slices.Equal(found.Users[0].Scratch, want) {
			t.Fatalf("%d: %+v", n, found)
		}
		notes := strings.Join(found.Users[0].Notes, "\n")
		if strings.Contains(notes, "(3) are left") != (n > motp.MaxPaper) ||
			strings.Contains(notes, "taken over") != (n > 0) ||
			strings.Contains(notes, "1000000") {
			t.Errorf("%d: %s", n, notes)
		}
	}
}
