package importers

import (
	"net/url"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// readOtpauth reads URIs, one a line, as apps scan them:
// otpauth://totp/ISSUER:USER?secret=BASE32&issuer=ISSUER&algorithm=SHA1&digits=6&period=30. Of the
// label, what stands behind the last colon is the user. Unknown parameters are passed over, as apps
// do.
func readOtpauth(r *reader) {
	for n, line := range r.lines() {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, t, why := parseOtpauth(line)
		if why != "" {
			r.skip(n, name, why)
			continue
		}
		r.take(n, name, t)
	}
}

// isSteam tells Steam's codes, which KeePassXC and others write as TOTP with an encoder.
func isSteam(s string) bool {
	u, err := url.Parse(s)
	return err == nil && strings.EqualFold(u.Query().Get("encoder"), "steam")
}

// parseOtpauth reads one URI. The name is empty where it is not known whose it is.
func parseOtpauth(s string) (name string, t motp.Token, why string) {
	if strings.HasPrefix(s, "motp:") {
		return "", t, "is a URI of Mobile-OTP, which has no PIN, and motp.conf needs it: " +
			"motp add --secret"
	}
	if isSteam(s) {
		return "", t, whySteam
	}
	e, err := uri.Parse(s)
	if err != nil {
		return e.User, e.Token, err.Error()
	}
	return e.User, e.Token, ""
}
