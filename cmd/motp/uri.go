package main

import (
	"os"
	"strings"
)

// enrolURI is what a token scans: motp://SITE:USER?secret=SECRET. Known tokens agree on this form only: some take all that follows the secret for a
// part of it, and none takes a PIN.
func enrolURI(site, user, secret string) string {
	return "motp://" + escape(site) + ":" + escape(user) + "?secret=" + escape(secret)
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
