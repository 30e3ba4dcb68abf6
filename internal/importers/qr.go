package importers

// readQR reads what stood in the QR codes of a picture, a code a line: the URIs of TOTP, HOTP and
// Mobile-OTP, and what Google Authenticator exports. Other codes in the picture are told.
func readQR(r *reader) {
	for n, line := range r.lines() {
		r.takeURI(n, line)
	}
}
