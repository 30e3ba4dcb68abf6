package cli

import (
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// enrolURI is what a token scans: motp://SITE:USER?secret=SECRET. Known tokens agree on this form only: some take all that follows the secret for a
// part of it, and none takes a PIN.
func enrolURI(site, user, secret string) string {
	return "motp://" + escape(site) + ":" + escape(user) + "?secret=" + escape(secret)
}

// tokenURI is what a token of any type scans.
func tokenURI(site, user string, t motp.Token) string {
	if t.Type == motp.MobileOTP {
		return enrolURI(site, user, t.Secret)
	}
	return otpauthURI(site, user, t)
}

// otpauthURI is what the apps of TOTP and HOTP scan: otpauth://totp/SITE:USER?secret=BASE32&issuer=SITE, and what is not as usual. Apps differ in what they
// make of a plus sign, of padding, and of what they take for granted, so there is none of it.
func otpauthURI(site, user string, t motp.Token) string {
	return otpauth(escape(site)+":"+escape(user), "&issuer="+escape(site), t)
}

// shownURIs are what a token may scan from a screen, the one to be preferred first. Those behind it
// make smaller QR codes: without an issuer, in the place of which apps take what stands before the
// user's name, and without either. Mobile-OTP has one form only.
func shownURIs(site, user string, t motp.Token) []string {
	uris := []string{tokenURI(site, user, t)}
	if t.Type != motp.MobileOTP {
		uris = append(uris, otpauth(escape(site)+":"+escape(user), "", t), otpauth(escape(user), "", t))
	}
	return uris
}

func otpauth(label, issuer string, t motp.Token) string {
	uri := "otpauth://" + t.Type.String() + "/" + label +
		"?secret=" + conf.EncodeKey([]byte(t.Secret)) + issuer
	if t.Algorithm != motp.SHA1 {
		uri += "&algorithm=" + t.Algorithm.String()
	}
	if n := digitsOf(t); n != 6 {
		uri += "&digits=" + strconv.Itoa(n)
	}
	switch {
	case t.Type == motp.HOTP:
		uri += "&counter=" + strconv.FormatInt(t.Counter, 10) // which must be there
	case t.StepLength() != usualPeriod:
		uri += "&period=" + strconv.Itoa(int(t.StepLength()/time.Second))
	}
	return uri
}

// secretInWords is a token's secret as a person types it into the token.
func secretInWords(t motp.Token) string {
	if t.Type == motp.MobileOTP {
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

// siteFlag is the value of --site, or this machine's name.
func siteFlag(site string) string {
	if site != "" {
		return site
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		return host
	}
	return "motp"
}

const siteUsage = "name of the place to log in to, as the token shows it (default this host's name)"
