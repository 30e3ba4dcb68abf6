package web

import (
	"encoding/base64"
	"os"
	"path/filepath"
)

// shot writes what the tab shows to a PNG file.
func (p *tab) shot(file string) {
	p.t.Helper()
	var made struct {
		Data string `json:"data"`
	}
	must(p.t, p.browser.call(p.session, "Page.captureScreenshot",
		values{"captureBeyondViewport": true}, &made))
	picture, err := base64.StdEncoding.DecodeString(made.Data)
	must(p.t, err)
	must(p.t, os.MkdirAll(filepath.Dir(file), 0o755))
	must(p.t, os.WriteFile(file, picture, 0o644))
}

// A screen is a place in the page, and how one comes there from the one before.
type screen struct {
	name string
	goTo func(p *tab)
}

// tour leads through every screen.
func tour(s *server) []screen {
	return []screen{
		{"welcome", func(p *tab) { p.open(s.url()); p.at("Motp token") }},
		{"passphrase", func(p *tab) {
			p.press("With a passphrase")
			p.at("With a passphrase")
		}},
		{"empty", func(p *tab) {
			p.fill("Passphrase", passphrase)
			p.fill("The same again", passphrase)
			p.press("Begin")
			p.shows("No profile yet")
		}},
		{"add", func(p *tab) { p.press("Add"); p.at("Add a profile") }},
		{"paste", func(p *tab) { p.press("Paste an address"); p.at("Paste an address") }},
		{"refused", func(p *tab) {
			p.fill("Address", "https://example.org/")
			p.press("Next")
			p.says("not one of a token")
		}},
		{"review", func(p *tab) {
			p.fill("Address", "motp://vpn.example.org:alice?secret=7ac61d4736f51a2b")
			p.press("Next")
			p.at("Is this right?")
		}},
		{"pin", func(p *tab) { p.press("Save"); p.at("alice") }},
		{"code", func(p *tab) {
			p.fill("PIN", "5917")
			p.press("Show the code")
			p.code()
		}},
		{"info", func(p *tab) { p.press("Info"); p.shows("Time zone") }},
		{"typed", func(p *tab) {
			p.press("Back")
			p.press("Back")
			p.press("Add")
			p.press("Type the secret")
			p.fill("Kind", "hotp")
			p.press("Settings, where they are not as usual")
		}},
		{"make", func(p *tab) {
			p.press("Back")
			p.press("Make a new secret")
			p.at("Make a new secret")
		}},
		{"handout", func(p *tab) {
			p.fill("Kind", "totp")
			p.fill("User", "alice")
			p.fill("Site", "Example Ltd")
			p.press("Make it")
			p.at("Your secret, this once")
		}},
		{"totp", func(p *tab) { p.press("Done"); p.code() }},
		{"counter", func(p *tab) {
			p.press("Back")
			p.add("otpauth://hotp/Bank:alice@example.org?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&counter=7")
			p.press("Next code")
			p.code()
		}},
		{"list", func(p *tab) { p.press("Back"); p.at("Motp token") }},
		{"more", func(p *tab) { p.press("More"); p.shows("Erase everything") }},
		{"export", func(p *tab) { p.press("Export"); p.at("Export") }},
		{"exported", func(p *tab) {
			p.fill("Passphrase", passphrase)
			p.fill("The same again", passphrase)
			p.press("Make the file")
			p.shows("The file is ready")
		}},
		{"import", func(p *tab) { p.press("Back"); p.press("Import"); p.at("Import") }},
		{"locked", func(p *tab) {
			p.press("Back")
			p.press("Back")
			p.press("Lock")
			p.at("Locked")
		}},
	}
}
