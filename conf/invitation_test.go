package conf

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// An invitation that is not to the letter as it is written is a mistake, and lets nobody in as if
// there were none.
func TestInvitation(t *testing.T) {
	const until, salt, hash = "2026-11-29T12:00:00Z", "00112233445566778899aabbccddeeff",
		"ffeeddccbbaa99887766554433221100"
	for value, good := range map[string]bool{
		until + "/" + salt + "/" + hash:                  true,
		"":                                               false,
		until:                                            false,
		until + "/" + salt:                               false,
		until + "/" + salt + "/" + hash + "/":            false,
		until + "/" + salt + "/" + hash[1:]:              false,
		until + "/" + salt[2:] + "/" + hash:              false,
		until + "/" + salt + "/" + hash + "00":           false,
		until + "/" + salt + "/" + "x" + hash[1:]:        false,
		"2026-11-29T13:00:00+01:00/" + salt + "/" + hash: false,
		"2026-11-29T12:00:00.5Z/" + salt + "/" + hash:    false,
		"2026-11-29/" + salt + "/" + hash:                false,
		"1970-01-01T00:00:00Z/" + salt + "/" + hash:      false,
		"0001-01-01T00:00:00Z/" + salt + "/" + hash:      false,
		until + " / " + salt + " / " + hash:              false,
	} {
		var token motp.Token
		err := Assign(&token, "invitation", value)
		if (err == nil) != good || token.Invitation.Exists() != good {
			t.Errorf("%q: %v", value, err)
		}
		if err != nil && (strings.Contains(err.Error(), salt) ||
			strings.Contains(err.Error(), hash[2:])) {
			t.Errorf("%q is shown: %v", value, err)
		}
		if good && invitationOf(token) != value {
			t.Errorf("%q is written as %q", value, invitationOf(token))
		}
	}
}
