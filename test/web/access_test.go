package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Of every screen, in light and dark, on the smallest phone and on a desktop, axe finds nothing,
// and nothing is wider than the screen. MOTP_WEB_SHOTS names a folder for pictures of them.
func TestEveryScreen(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../../web/node_modules/axe-core/axe.min.js")
	must(t, err)
	s := serve(t, dist)
	for _, look := range []struct {
		scheme        string
		width, height int
	}{{"light", 390, 844}, {"dark", 320, 640}, {"light", 1100, 800}} {
		name := fmt.Sprintf("%s-%d", look.scheme, look.width)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newTab(t)
			p.screen(look.width, look.height)
			p.do("Emulation.setEmulatedMedia", values{"features": []values{
				{"name": "prefers-color-scheme", "value": look.scheme},
				{"name": "prefers-reduced-motion", "value": "reduce"}}})
			for _, screen := range tour(s) {
				screen.goTo(p)
				p.narrow(screen.name)
				var found []string
				p.eval(`(async () => {
					if (!window.axe) { `+string(axe)+` }
					const {violations} = await axe.run(document,
						{resultTypes: ["violations"]});
					return violations.map((v) => v.id + ": " + v.help + " " +
						v.nodes.map((n) => n.target + " " +
						n.failureSummary).join("; "));
				})()`, &found)
				for _, f := range found {
					t.Errorf("%s: %s", screen.name, f)
				}
				if folder := os.Getenv("MOTP_WEB_SHOTS"); folder != "" {
					p.shot(filepath.Join(folder, name+"-"+screen.name+".png"))
				}
			}
		})
	}
}

// The page is used with the keyboard alone. The code is said by itself, not with its countdown, and
// so is what happened.
func TestKeyboardAndSpeech(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	must(t, p.browser.call("", "Browser.grantPermissions", values{
		"browserContextId": p.storage, "origin": strings.TrimSuffix(s.url(), "/"),
		"permissions": []string{"clipboardReadWrite", "clipboardSanitizedWrite"}}, nil))
	p.open(s.url())
	p.at("Motp token")
	p.do("Emulation.setFocusEmulationEnabled", values{"enabled": true})
	key := func(name string, code int, text string) {
		for _, kind := range []string{"keyDown", "keyUp"} {
			p.do("Input.dispatchKeyEvent", values{"type": kind, "key": name,
				"code": name, "windowsVirtualKeyCode": code, "text": text})
		}
	}
	to := func(called string) {
		t.Helper()
		for range 20 {
			if p.value(`((e) => e.getAttribute("aria-label") ?? (
				(e.tagName === "BUTTON" && e.querySelector(".user, .copy")) ||
				(e.labels?.[0] ?? e)).textContent
				)(document.activeElement).trim()`) == called {
				return
			}
			key("Tab", 9, "")
		}
		t.Fatalf("no way to %q by the Tab key\n%s", called, p.text())
	}
	enter := func() { key("Enter", 13, "\r") }
	write := func(text string) { p.do("Input.insertText", values{"text": text}) }
	to("Without a passphrase")
	enter()
	p.shows("No profile yet")
	to("Add")
	enter()
	p.at("Add a profile")
	to("Paste an address")
	enter()
	p.at("Paste an address")
	to("Address")
	write("motp://x:alice?secret=0123456789abcdef")
	to("Next")
	enter()
	p.at("Is this right?")
	to("User")
	enter() // in a field, it sends the form
	p.at("alice")
	to("PIN")
	write("5917")
	enter()
	code := p.code()
	to("Copy the code")
	enter()
	p.until("document.querySelector('[role=status]').textContent === 'Copied.'")
	if got := p.value("navigator.clipboard.readText()"); got != code && got != p.code() {
		t.Errorf("%q was copied, not %q", got, code)
	}
	spoken := `[...document.querySelectorAll("[aria-live=polite]")].map((e) =>
		e.textContent).join("|")`
	p.until(fmt.Sprintf(`/^([0-9a-f] ){5}[0-9a-f]$/.test(%s)`, spoken))
	for name, condition := range map[string]string{
		"the countdown is said": `document.querySelector(".left").closest(
			"[aria-live=polite], [role=status], [role=alert]") === null &&
			document.querySelector(".left").getAttribute("aria-live") === "off"`,
		"the code is said twice":  `!!document.querySelector(".digits[aria-hidden=true]")`,
		"the language is missing": `document.documentElement.lang === "en"`,
	} {
		var is bool
		if p.eval(condition, &is); !is {
			t.Error(name)
		}
	}
	to("Another PIN")
	enter()
	to("PIN")
	to("Back")
	enter()
	p.at("Motp token")
	to("alice")
}

// German is there, chosen by the browser or by hand, and fits on the smallest phone.
func TestGerman(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.screen(320, 640)
	p.do("Emulation.setUserAgentOverride", values{"userAgent": "test",
		"acceptLanguage": "de-CH,en"})
	p.open(s.url())
	p.press("Ohne Passphrase")
	p.shows("Noch kein Profil")
	p.narrow("the list")
	p.press("Hinzufügen")
	p.narrow("the ways to add")
	p.press("Adresse einfügen")
	p.fill("Adresse", "motp://x:a?secret=0123456789abcdef")
	p.press("Weiter")
	p.narrow("the review")
	p.press("Speichern")
	p.fill("PIN", "5917")
	p.press("Code zeigen")
	p.code()
	p.until(`/noch \d+ Sekunden?/.test(document.querySelector(".left").textContent)`)
	p.narrow("the code")
	p.press("Info")
	p.narrow("the Info screen")
	p.press("Zurück")
	p.press("Zurück")
	p.press("Mehr")
	p.narrow("more")
	p.fill("Sprache", "en")
	p.at("More")
	p.reload()
	p.at("Motp token")
	p.until(`document.documentElement.lang === "en"`)
}

// Every language says everything, about the same values.
func TestWords(t *testing.T) {
	t.Parallel()
	p := engine(t)
	var found []string
	p.eval(`(() => {
		const found = [];
		const values = (v) => [...new Set((typeof v === "string" ? v :
			Object.values(v).join(" ")).match(/\{\w+\}/g) ?? [])]
			.filter((name) => name !== "{n}").sort().join(); // some forms say "one"
		const en = engine.languages.en.words;
		for (const [tag, {words, itself}] of Object.entries(engine.languages)) {
			if (!itself) { found.push(tag + " has no name"); }
			for (const key of new Set([...Object.keys(en), ...Object.keys(words)])) {
				if (!(key in en) || !(key in words)) {
					found.push(tag + " has no " + key + ", or English");
				} else if (values(words[key]) !== values(en[key])) {
					found.push(tag + ": " + key + " is about other values");
				} else if (words[key] === "" || words[key].other === "") {
					found.push(tag + ": " + key + " is empty");
				}
			}
		}
		return found;
	})()`, &found)
	for _, f := range found {
		t.Error(f)
	}
	// and what the page says is there
	var keys []string
	p.eval("Object.keys(engine.languages.en.words)", &keys)
	if len(keys) < 100 {
		t.Errorf("only %d sentences", len(keys))
	}
	used := sources(t)
	for _, key := range keys {
		base, _, isWay := strings.Cut(key, "_")
		if !strings.Contains(used, `"`+key+`"`) &&
			!(isWay && strings.Contains(used, "`"+base+"_${")) {
			t.Errorf("nothing says %s", key)
		}
	}
}

// sources is the text of the page's sources, but for its words.
func sources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	read := func(name string, _ os.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".js" || strings.Contains(name, "/words/") {
			return err
		}
		text, err := os.ReadFile(name)
		all.Write(text)
		return err
	}
	must(t, filepath.WalkDir("../../web/src", read))
	return all.String()
}
