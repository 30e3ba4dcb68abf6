// Package uri reads and writes the URIs that tokens scan: otpauth:// for TOTP and HOTP, motp:// for
// Mobile-OTP.
//
// Both hold the secret in the open: show them to the one person they are for, once, and log them
// nowhere. The package knows no users, tables or records, and draws no QR codes.
package uri

import (
	"encoding/base32"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// An Enrolment is a token, and where it logs whom in. It prints without the token's secret.
type Enrolment struct {
	Site  string // the issuer
	User  string
	Token motp.Token
}

// URI is what the token scans. A PIN is never in it.
//
// Mobile-OTP tokens agree on motp://SITE:USER?secret=SECRET only: some take all that follows the
// secret for a part of it. Apps for TOTP and HOTP scan
// otpauth://totp/SITE:USER?secret=BASE32&issuer=SITE, and what is not as usual. They differ in what
// they make of a plus sign, of padding, and of what they take for granted, so there is none of it.
func (e Enrolment) URI() string {
	label := escape(e.Site) + ":" + escape(e.User)
	if e.Token.Kind().URI == "" {
		return "motp://" + label + "?secret=" + escape(SecretInWords(e.Token))
	}
	return e.otpauth(label, "&issuer="+escape(e.Site))
}

// Forms are what the token may scan, [Enrolment.URI] first. Those behind it make smaller QR codes:
// without an issuer, in the place of which apps take what stands before the user's name, and
// without either. Mobile-OTP has one form only.
func (e Enrolment) Forms() []string {
	forms := []string{e.URI()}
	if e.Token.Kind().URI != "" {
		user := escape(e.User)
		forms = append(forms, e.otpauth(escape(e.Site)+":"+user, ""), e.otpauth(user, ""))
	}
	return forms
}

func (e Enrolment) otpauth(label, issuer string) string {
	t, kind := e.Token, e.Token.Kind()
	uri := "otpauth://" + kind.URI + "/" + label + "?secret=" + SecretInWords(t) + issuer
	if t.Algorithm != motp.SHA1 {
		uri += "&algorithm=" + t.Algorithm.String()
	}
	if n := t.CodeDigits(); n != kind.UsualDigits {
		uri += "&digits=" + strconv.Itoa(n)
	}
	if kind.Counter {
		return uri + "&counter=" + strconv.FormatInt(t.Counter, 10) // which must be there
	}
	if t.StepLength() != kind.UsualPeriod {
		uri += "&period=" + strconv.Itoa(int(t.StepLength()/time.Second))
	}
	return uri
}

var noPadding = base32.StdEncoding.WithPadding(base32.NoPadding)

// SecretInWords is a token's secret as a person types it into the token.
func SecretInWords(t motp.Token) string {
	if t.Kind().TextSecret {
		return t.Secret
	}
	return noPadding.EncodeToString([]byte(t.Secret))
}

// escape percent-encodes what has a meaning in a URI. An @ stays, as in the published examples.
func escape(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~@"
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + hex[c>>4:c>>4+1] + hex[c&15:c&15+1])
		}
	}
	return b.String()
}
