package codeformat

import (
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// URI is what a token scans.
//
// For Mobile-OTP that is motp://SITE:USER?secret=SECRET. Known tokens agree on this form only: some
// take all that follows the secret for a part of it, and none takes a PIN.
//
// The apps of TOTP and HOTP scan otpauth://totp/SITE:USER?secret=BASE32&issuer=SITE, and what is not
// as usual. Apps differ in what they make of a plus sign, of padding, and of what they take for
// granted, so there is none of it.
func URI(site, user string, t motp.Token) string { return URIs(site, user, t)[0] }

// URIs are what a token may scan from a screen, the one to be preferred first. Those behind it make
// smaller QR codes: without an issuer, in the place of which apps take what stands before the user's
// name, and without either. Mobile-OTP has one form only.
func URIs(site, user string, t motp.Token) []string {
	who, where := escape(user), escape(site)
	if t.Kind().URI == "" {
		return []string{"motp://" + where + ":" + who + "?secret=" + escape(Secret(t))}
	}
	return []string{
		otpauth(where+":"+who, "&issuer="+where, t),
		otpauth(where+":"+who, "", t),
		otpauth(who, "", t),
	}
}

func otpauth(label, issuer string, t motp.Token) string {
	kind := t.Kind()
	uri := "otpauth://" + kind.URI + "/" + label + "?secret=" + Secret(t) + issuer
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

// Secret is a token's secret as a person types it into the token.
func Secret(t motp.Token) string {
	if t.Kind().TextSecret {
		return t.Secret
	}
	return conf.EncodeKey([]byte(t.Secret))
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
