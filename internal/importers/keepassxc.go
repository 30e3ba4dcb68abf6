package importers

// readKeePassXC reads the CSV export of KeePassXC. The column TOTP holds a URI, if the entry has
// one; in its label stands "none" for an entry without a user name, so the user is that of the
// column Username. Steam's codes are told by an encoder.
func readKeePassXC(r *reader) {
	r.readVault(vault{"KeePassXC", "Username", "TOTP", tokenOfURI})
}

// tokenOfURI makes an account of a URI.
func tokenOfURI(s string) (a vaultToken, why string) {
	a.user, a.token, why = parseOtpauth(s)
	a.user = "" // the entry's own counts
	return a, why
}
