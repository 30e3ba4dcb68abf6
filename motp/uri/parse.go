package uri

import (
	"net/url"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// An Error says what is wrong with a URI, in words that follow the place where it stands. It holds
// nothing of the URI.
type Error string

func (e Error) Error() string { return string(e) }

// What may be wrong.
const (
	ErrNoURI     Error = "is no URI"
	ErrScheme    Error = "is no otpauth:// URI"
	ErrMigration Error = "holds several tokens, as Google's app exports them: take one " +
		"otpauth:// URI for each"
	ErrTwice     Error = "has a parameter twice"
	ErrUser      Error = "has no name of a user"
	ErrType      Error = "is neither of totp nor of hotp"
	ErrNoCounter Error = "has no counter, which HOTP needs"
	ErrKey       Error = "the key is not base32"
	ErrSecret    Error = "has no secret"
	ErrAlgorithm Error = "the algorithm is none of SHA1, SHA256 and SHA512"
	ErrDigits    Error = "has codes of another length than 6 to 8 digits"
	ErrPeriod    Error = "the period is not a number of seconds from 1 to 3600"
	ErrEncoder   Error = "has codes of letters, as Steam's, which are no TOTP codes"
	ErrCounter   Error = "the counter is not a number from 0 to 2^62"
)

// ampersands are spelled like this in URIs that were copied out of HTML. (html.UnescapeString would
// take &sect, &copy and the like for signs too.)
var ampersands = strings.NewReplacer(
	"&amp;", "&", "&AMP;", "&", "&#38;", "&", "&#x26;", "&", "&#X26;", "&")

// Parse reads a URI. Of the label, what stands behind the last colon is the user. Unknown
// parameters are passed over, as apps do. With an error, of type [Error], the user is known if one
// is returned.
//
// The token of a motp:// URI has no PIN, which must come from elsewhere before it can make a code.
func Parse(s string) (Enrolment, error) {
	s = ampersands.Replace(strings.TrimSpace(s))
	if rest, ok := strings.CutPrefix(s, "motp://"); ok {
		return parseMobile(rest)
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return Enrolment{}, ErrNoURI
	case u.Scheme == "otpauth-migration":
		return Enrolment{}, ErrMigration
	case u.Scheme != "otpauth":
		return Enrolment{}, ErrScheme
	}
	query, err := parameters(u.RawQuery)
	if err != nil {
		return Enrolment{}, err
	}
	var e Enrolment
	if e.Site, e.User, err = parties(strings.TrimPrefix(u.EscapedPath(), "/")); err != nil {
		return Enrolment{}, err
	}
	if issuer := query.Get("issuer"); issuer != "" {
		e.Site = issuer
	}
	if e.User == "" {
		return Enrolment{}, ErrUser
	}
	err = readOtpauth(&e.Token, u.Host, query)
	return e, err
}

// parameters are those behind the question mark.
func parameters(raw string) (url.Values, error) {
	query, err := url.ParseQuery(raw)
	if err != nil {
		return nil, ErrNoURI
	}
	for _, values := range query {
		if len(values) > 1 {
			return nil, ErrTwice
		}
	}
	return query, nil
}

// parties are the site and the user of a label. The last colon parts them that stands there as it
// is, or the last one that is encoded: some apps encode the colon that parts them, and others those
// of the names. A slash is the name's own.
func parties(label string) (site, user string, err error) {
	site, user = cutLast(label)
	if site == "" {
		if user, err = url.PathUnescape(user); err != nil {
			return "", "", ErrNoURI
		}
		site, user = cutLast(user)
		return strings.TrimSpace(site), strings.TrimSpace(user), nil
	}
	for _, part := range []*string{&site, &user} {
		if *part, err = url.PathUnescape(*part); err != nil {
			return "", "", ErrNoURI
		}
		*part = strings.TrimSpace(*part)
	}
	return site, user, nil
}

// cutLast cuts a text at its last colon.
func cutLast(s string) (before, after string) {
	at := strings.LastIndex(s, ":")
	return s[:max(at, 0)], s[at+1:]
}

// readOtpauth gives a token what an otpauth URI says of it.
func readOtpauth(t *motp.Token, word string, query url.Values) error {
	of, ok := typeOf(strings.ToLower(word))
	if !ok {
		return ErrType
	}
	t.Type = of
	kind := t.Kind()
	if kind.Counter && query.Get("counter") == "" {
		return ErrNoCounter
	}
	if t.Secret, ok = DecodeKey(query.Get("secret")); !ok {
		return ErrKey
	}
	// KeePassXC and others mark Steam's codes so: the digits would be others
	if query.Get("encoder") != "" {
		return ErrEncoder
	}
	for _, parameter := range []string{"algorithm", "digits", "period", "counter"} {
		// a period of HOTP and a counter of TOTP mean nothing
		if kind.Counter && parameter == "period" || kind.Clock() && parameter == "counter" {
			continue
		}
		if value := query.Get(parameter); value != "" {
			if err := Set(t, parameter, value); err != nil {
				return err
			}
		}
	}
	return nil
}

// typeOf finds a type by what URIs call it.
func typeOf(word string) (motp.Type, bool) {
	for _, k := range motp.Kinds() {
		if k.URI == word && word != "" {
			return k.Type, true
		}
	}
	return 0, false
}

// parseMobile reads what stands behind motp:// in motp://SITE:USER?secret=SECRET. The label is
// where other URIs have a host, whose rules it does not follow.
func parseMobile(rest string) (e Enrolment, err error) {
	label, query, _ := strings.Cut(rest, "?")
	values, err := parameters(query)
	if err != nil {
		return Enrolment{}, err
	}
	if e.Site, e.User, err = parties(strings.TrimSuffix(label, "/")); err != nil {
		return Enrolment{}, err
	}
	if e.User == "" {
		return Enrolment{}, ErrUser
	}
	if e.Token.Secret = values.Get("secret"); e.Token.Secret == "" {
		return e, ErrSecret
	}
	return e, nil
}
