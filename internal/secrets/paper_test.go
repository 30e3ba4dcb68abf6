package secrets

import (
	"regexp"
	"slices"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// No two codes, and no two salts, are the same.
func TestNewPaper(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$`)
	var all []string
	salts := map[[motp.PaperSalt]byte]bool{{}: true}
	for range 20 {
		p, codes, err := NewPaper(3, motp.MaxPaper)
		if err != nil || p.Set != 3 || p.Digits || len(p.Hashes) != motp.MaxPaper ||
			len(codes) != motp.MaxPaper || salts[p.Salt] {
			t.Fatalf("%v, %d codes, %v", p, len(codes), err)
		}
		salts[p.Salt] = true
		again, err := motp.HashPaper(3, p.Salt, codes)
		if err != nil || !again.Equal(p) {
			t.Errorf("the hashes are not those of the codes: %v", err)
		}
		all = append(all, codes...)
	}
	slices.Sort(all)
	for i, code := range all {
		if !form.MatchString(code) || i > 0 && all[i-1] == code {
			t.Errorf("a code is %s", code)
		}
	}
}
