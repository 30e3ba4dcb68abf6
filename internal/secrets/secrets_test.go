package secrets

import (
	"slices"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

func TestFlaws(t *testing.T) {
	for _, c := range []struct {
		of     motp.Type
		secret string
		want   []Gravity
	}{
		{motp.MobileOTP, "8ac61d4736f51a2b", nil},
		{motp.MobileOTP, "8AC61D4736F51A2B", []Gravity{Warning}},
		{motp.MobileOTP, "abcd1234", []Gravity{Warning}},
		{motp.MobileOTP, "JBSWY3DPEHPK3PXP", []Gravity{Note}},
		{motp.MobileOTP, "ABC", []Gravity{Warning, Warning}},
		{motp.MobileOTP, "xyz", []Gravity{Warning, Note}},
		{motp.MobileOTP, "0123456789ABCDEF", []Gravity{Grave, Warning}},
		{motp.MobileOTP, "0000", []Gravity{Grave, Warning}},
		{motp.MobileOTP, "", nil},
		{motp.TOTP, "8AC61D4736F51A2B", nil},
		{motp.TOTP, "8AC61D4736", []Gravity{Warning}},
		{motp.HOTP, "12345678901234567890", []Gravity{Grave}},
	} {
		var got []Gravity
		for _, flaw := range Flaws(motp.Token{Type: c.of, Secret: c.secret}) {
			got = append(got, flaw.Gravity)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v %s: %v, want %v", c.of, c.secret, got, c.want)
		}
	}
}

// New secrets are good ones, each another.
func TestNew(t *testing.T) {
	seen := map[string]bool{}
	for range 20 {
		for _, kind := range motp.Kinds() {
			secret, err := New(kind)
			token := motp.Token{Type: kind.Type, Secret: secret}
			if flaws := Flaws(token); err != nil || seen[secret] || len(flaws) > 0 {
				t.Errorf("%s: %v, %v", kind.Word, flaws, err)
			}
			seen[secret] = true
		}
	}
}
