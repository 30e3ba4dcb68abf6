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
// do. Those of Google Authenticator's export hold several accounts; those of Mobile-OTP have no
// PIN, which is asked for.
func readOtpauth(r *reader) {
	if !r.plain() {
		return
	}
	for n, line := range r.lines() {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "#") {
			r.takeURI(n, line)
		}
	}
}

// takeURI adds what one URI holds.
func (r *reader) takeURI(n int, s string) {
	switch {
	case strings.HasPrefix(strings.ToLower(s), migrationScheme):
		r.takeMigration(n, s)
		return
	case strings.HasPrefix(s, "motp:"):
		r.takeMobileURI(n, s)
		return
	}
	name, t, why := parseOtpauth(s)
	if why != "" {
		r.skip(n, name, why)
		return
	}
	r.take(n, name, t)
}

// takeMobileURI adds the token of a motp:// URI, with the PIN that somebody knows.
func (r *reader) takeMobileURI(n int, s string) {
	e, err := uri.Parse(s)
	if err != nil {
		r.skip(n, e.User, err.Error())
		return
	}
	e.Token.PIN = r.pin(e.User)
	if e.Token.PIN == "" {
		r.skip(n, e.User, "is a URI of Mobile-OTP, which has no PIN, and motp.conf needs "+
			"it: motp add --secret")
		return
	}
	r.take(n, e.User, e.Token)
}

// isSteam tells Steam's codes, which KeePassXC and others write as TOTP with an encoder.
func isSteam(s string) bool {
	u, err := url.Parse(s)
	return err == nil && strings.EqualFold(u.Query().Get("encoder"), "steam")
}

// parseOtpauth reads one URI. The name is empty where it is not known whose it is.
func parseOtpauth(s string) (name string, t motp.Token, why string) {
	if isSteam(s) {
		return "", t, whySteam
	}
	e, err := uri.Parse(s)
	switch {
	case err != nil:
		return e.User, e.Token, err.Error()
	case e.Token.Type == motp.MobileOTP:
		return e.User, e.Token, noPIN
	}
	return e.User, e.Token, ""
}
