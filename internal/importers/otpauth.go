package importers

import (
	"net/url"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
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
			r.leave(n, name, why)
			continue
		}
		r.take(n, name, t)
	}
}

// ampersands are spelled like this in URIs that were copied out of HTML. (html.UnescapeString would
// take &sect, &copy and the like for signs too.)
var ampersands = strings.NewReplacer(
	"&amp;", "&", "&AMP;", "&", "&#38;", "&", "&#x26;", "&", "&#X26;", "&")

// accountOf is the user of a label. A slash in it is the name's own.
func accountOf(path string) string {
	label := strings.TrimPrefix(path, "/")
	return strings.TrimSpace(label[strings.LastIndex(label, ":")+1:])
}

// parseOtpauth reads one URI. The name is empty where it is not known whose it is.
func parseOtpauth(s string) (name string, t motp.Token, why string) {
	s = ampersands.Replace(s)
	u, err := url.Parse(s)
	switch {
	case strings.HasPrefix(s, "motp:"):
		return "", t, "is a URI of Mobile-OTP, which has no PIN, and motp.conf needs it: " +
			"motp add --secret"
	case err != nil:
		return "", t, "is no URI"
	case u.Scheme == "otpauth-migration":
		return "", t, "holds several tokens, as Google's app exports them: take one " +
			"otpauth:// URI for each"
	case u.Scheme != "otpauth":
		return "", t, "is no otpauth:// URI"
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", t, "is no URI"
	}
	for _, values := range query {
		if len(values) > 1 {
			return "", t, "has a parameter twice"
		}
	}
	if name = accountOf(u.Path); name == "" {
		return "", t, whyName
	}
	switch strings.ToLower(u.Host) {
	case "totp":
		t.Type = motp.TOTP
	case "hotp":
		t.Type = motp.HOTP
		if query.Get("counter") == "" {
			return name, t, "has no counter, which HOTP needs"
		}
	default:
		return name, t, "is neither of totp nor of hotp"
	}
	var ok bool
	if t.Secret, ok = fromBase32(query.Get("secret")); !ok {
		return name, t, whyKey
	}
	for _, p := range []struct {
		key string
		set func(*motp.Token, string) bool
		why string
	}{{"algorithm", setAlgorithm, whyAlgorithm}, {"digits", setDigits, whyDigits},
		{"period", setPeriod, whyPeriod}, {"counter", setCounter, whyCounter}} {
		// a period of HOTP and a counter of TOTP mean nothing
		if t.Type == motp.HOTP && p.key == "period" ||
			t.Type == motp.TOTP && p.key == "counter" {
			continue
		}
		if value := query.Get(p.key); value != "" && !p.set(&t, value) {
			return name, t, p.why
		}
	}
	return name, t, ""
}
