package web

import (
	"net/url"
	"strings"
	"testing"
)

// narrow sees that nothing reaches beyond the edge of a screen of 320 pixels.
func (p *tab) narrow(what string) {
	p.t.Helper()
	var beyond []string
	p.eval(`[...document.querySelectorAll("body *")].filter((e) =>
		e.getBoundingClientRect().right > innerWidth + 1 && e.closest("svg") === null &&
		e.closest(".spoken") === null)
		.map((e) => e.tagName + "." + e.className)`, &beyond)
	if len(beyond) > 0 {
		p.t.Errorf("%s: wider than the screen: %q", what, beyond)
	}
}

// Whatever stands in a label is text, and no more than a person reads: no markup, nothing that
// turns what follows around, nothing unseen, and no end that never comes.
func TestHostileLabels(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.screen(320, 640)
	p.begin(s.url(), "")
	for _, c := range []struct{ name, site, user, shown string }{
		{"markup", "<b>x</b>", `<img src=x onerror="window.evil=1">`,
			`<img src=x onerror="window.evil=1">`},
		{"a script", "x", `<script>window.evil=1</script>`,
			`<script>window.evil=1</script>`},
		{"an entity", "x", "&lt;b&gt;", "&lt;b&gt;"},
		{"right to left", "x", "alice\u202egro.elpmaxe", "alicegro.elpmaxe"},
		{"isolates and marks", "x", "\u2067a\u2069\u200fb\u200e", "ab"},
		{"Hebrew", "x", "אליס", "אליס"},
		{"unseen", "x", "a\u200bl\u00adi\ufeffce\u2063", "alice"},
		{"control characters", "x", "a\x00b\x1b[31mc\nd", "ab[31mcd"},
		{"lines", "x", "a\u2028b\u2029c", "abc"},
		{"blanks", "x", "a \t\u00a0\u3000 b", "a b"},
		{"10 kB", strings.Repeat("s", 10240), strings.Repeat("u", 10240),
			strings.Repeat("u", 127) + "…"},
		{"many accents", "x", "a" + strings.Repeat("\u0301", 500),
			"a" + strings.Repeat("\u0301", 126) + "…"},
		{"a template", "{n}", "{n} {0} ${n}", "{n} {0} ${n}"},
		{"a prototype", "__proto__", "constructor", "constructor"},
		{"emoji", "x", "zoë 😀", "zoë 😀"},
	} {
		p.paste("motp://" + url.PathEscape(c.site) + ":" + url.PathEscape(c.user) +
			"?secret=0123456789abcdef")
		p.at("Is this right?")
		p.narrow(c.name + ", looked at")
		p.press("Save")
		p.until("document.querySelector('.face')")
		if got := p.value("document.querySelector('h1').textContent"); got != c.shown {
			t.Errorf("%s: %q is shown, want %q", c.name, got, c.shown)
		}
		p.narrow(c.name)
		p.press("Back")
		if lines := p.lines(); !has(lines, c.shown) {
			t.Errorf("%s: the profiles are %q", c.name, lines)
		}
		p.narrow(c.name + ", in the list")
		// so that the next one is alone
		p.press(c.shown)
		p.press("Info")
		p.press("Remove")
		p.press("Remove it for good")
		p.shows("No profile yet")
	}
	if got := p.value("String(window.evil)"); got != "undefined" {
		t.Error("a label was taken for a script")
	}
}

// Of a label of which nothing can be seen, and of text that is far too long, a sentence says so.
func TestUselessLabels(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	p.paste("motp://x:%E2%80%8B?secret=0123456789abcdef")
	p.press("Save")
	p.says("needs a user")
	p.press("Back")
	p.press("Back")
	p.paste("motp://x:a?secret=" + strings.Repeat("f", 257))
	p.says("too long")
	p.fill("Address", "motp://x:a?secret=0123456789abcdef"+strings.Repeat("&x=", 30000))
	p.press("Next")
	p.says("too long")
	if got := p.value("document.querySelector('textarea').value"); !strings.HasPrefix(got,
		"motp://x:a") {
		t.Errorf("what was typed is lost: %.40q", got)
	}
}

// A secret that is there already, or that is unusual, is told before it is saved.
func TestReview(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	p.add("otpauth://hotp/x:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
	p.press("Back")
	for uri, words := range map[string]string{
		"otpauth://hotp/y:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=9": "You have " +
			"this secret already: a · x",
		"motp://x:b?secret=ABCDEF0123456789": "capital letters",
		"motp://x:b?secret=abcdef":           "16 or 32 digits",
		"motp://x:b?secret=JBSWY3DPEHPK3PXP": "not hexadecimal",
		"otpauth://totp/x:b?secret=GEZDGNBV": "is short",
	} {
		p.paste(uri)
		p.shows(words)
		p.press("Back")
		p.press("Back")
	}
	p.paste("otpauth://hotp/y:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=9")
	p.press("Open that one")
	p.at("a")
}

// A secret is typed as people write it down; what it cannot be is said.
func TestTypedSecret(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before("Date.now = () => 59_000")
	p.begin(s.url(), "")
	p.press("Add")
	p.press("Type the secret")
	p.fill("User", "a")
	for _, c := range []struct{ kind, secret, words string }{
		{"motp", "", "is missing"}, {"motp", "01234567é", "of ASCII only"},
		{"motp", strings.Repeat("0", 257), "longer than 256"},
		{"totp", "0189", "not base32"},
		{"totp", "GEZ", "not base32"}, {"hotp", " - ", "is missing"},
	} {
		p.fill("Kind", c.kind)
		p.fill("Secret", c.secret)
		p.press("Next")
		p.says(c.words)
	}
	p.fill("Kind", "totp")
	p.press("Settings, where they are not as usual")
	for _, c := range []struct{ label, bad, words, good string }{
		{"Seconds for each code", "0", "from 1 to 3600", "30"},
		{"Seconds for each code", "1e3", "from 1 to 3600", "30"},
		{"Unix time at which steps begin (t0)", "-1", "t0 must be", "0"},
	} {
		p.fill("Secret", "gezd gnbv-GY3TQOJQ gezdgnbvgy3tqojq")
		p.fill(c.label, c.bad)
		p.press("Next")
		p.says(c.words)
		p.fill(c.label, c.good)
	}
	p.fill("Digits", "8")
	p.press("Next")
	p.press("Save")
	if code := p.code(); code != "94287082" {
		t.Errorf("the code is %s", code)
	}
	p.press("Back")
	p.press("Add")
	p.press("Type the secret")
	p.fill("User", "b")
	p.fill("Kind", "totp")
	p.fill("Secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	p.press("Settings, where they are not as usual")
	p.fill("Unix time at which steps begin (t0)", "29") // and so it is the first step, as at 30
	p.press("Next")
	p.press("Save")
	if code := p.code(); code != "287082" {
		t.Errorf("with t0, the code is %s", code)
	}
}
