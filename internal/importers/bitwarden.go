package importers

import (
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// readBitwarden reads the CSV export of Bitwarden and Vaultwarden. The column login_totp holds a
// URI, a key in base32 for what TOTP usually is, or steam:// and a key. The user is that of the
// column login_username, or, where it is empty, of the URI.
func readBitwarden(r *reader) {
	r.readVault(vault{"Bitwarden", "login_username", "login_totp", tokenOfBitwarden})
}

func tokenOfBitwarden(s string) (a vaultToken, why string) {
	switch lower := strings.ToLower(s); {
	case strings.HasPrefix(lower, "steam:"):
		return a, whySteam
	case strings.HasPrefix(lower, "otpauth:"):
		a.user, a.token, why = parseOtpauth(s)
		return a, why
	case strings.Contains(s, ":"):
		return a, "is neither a key nor an otpauth:// URI"
	}
	a.token, why = appToken{kind: "totp", base32: s}.token()
	return a, why
}

// A vaultToken is what an entry of a vault says of codes, and perhaps of the user.
type vaultToken struct {
	user  string
	token motp.Token
}
