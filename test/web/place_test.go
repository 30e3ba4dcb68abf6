package web

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where the page cannot work, a sentence says why, and what to do.
func TestCannotWork(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	for name, c := range map[string]struct{ before, words string }{
		"no cryptography": {`Object.defineProperty(crypto, "subtle", {value: undefined})`,
			"gives the page no cryptography"},
		"no storage": {`Object.defineProperty(window, "indexedDB", {value: undefined})`,
			"gives the page no storage"},
		"storage that fails": {`IDBFactory.prototype.open = () => {
			throw new DOMException("", "SecurityError"); }`,
			"gives the page no storage"},
		"what a newer page has kept": {`{ const get = IDBObjectStore.prototype.get;
			IDBObjectStore.prototype.get = function (key) {
				const asked = get.call(this, key);
				if (key === "header") {
					const value = {format: 2};
					Object.defineProperty(asked, "result", {value});
				}
				return asked;
			}; }`, "by a newer version of this page"},
		"storage that never answers": {`IDBFactory.prototype.open = () => ({});
			window.setTimeout = ((late) => (f, ms) =>
				late(f, ms === 3000 ? 1 : ms))(setTimeout)`,
			"gives the page no storage"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newTab(t)
			p.before(c.before)
			p.open(s.url())
			p.shows(c.words)
		})
	}
	t.Run("plain HTTP", func(t *testing.T) {
		p := newTab(t)
		p.open(strings.Replace(s.url(), "127.0.0.1", "plain.example", 1))
		p.shows("Open it over HTTPS")
	})
	t.Run("in a frame", func(t *testing.T) {
		folder := copyOf(t)
		must(t, os.WriteFile(filepath.Join(folder, "frame.html"),
			[]byte(`<iframe src="./"></iframe>`), 0o644))
		framing := serve(t, folder)
		framing.bare = true
		p := newTab(t)
		p.open(framing.url() + "frame.html")
		p.eval(`new Promise((done) => {
			const look = () => frames[0]?.document.body?.innerText.includes(
				"inside another one") ? done() : requestAnimationFrame(look);
			look();
		})`, nil)
	})
}

// A browser that keeps no keys, as in Lockdown mode, is told from one that does when it is tried; a
// passphrase helps.
func TestNoKeysKept(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before(`{ const put = IDBObjectStore.prototype.put;
		IDBObjectStore.prototype.put = function (value, key) {
			if (value?.key instanceof CryptoKey) {
				throw new DOMException("no keys", "DataCloneError");
			}
			return put.call(this, value, key);
		}; }`)
	p.open(s.url())
	p.press("Without a passphrase")
	p.says("Take a passphrase")
	p.begin(s.url(), passphrase)
}

// From disk the page works too, with a passphrase, since all pages from disk share one storage.
func TestFromDisk(t *testing.T) {
	t.Parallel()
	whole, err := filepath.Abs(filepath.Join(dist, "index.html"))
	must(t, err)
	p := newTab(t)
	p.open("file://" + whole)
	p.shows("From disk, there must be a passphrase")
	if strings.Contains(p.text(), "Without a passphrase") {
		t.Error("it may go without a passphrase")
	}
	p.begin("file://"+whole, passphrase)
	p.add("otpauth://hotp/x:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
	p.press("Next code")
	if code := p.code(); code != "755224" {
		t.Errorf("the code is %s", code)
	}
	p.open("file://" + whole)
	p.at("Locked")
	p.press("More")
	p.at("More")
	if strings.Contains(p.text(), "Go without") {
		t.Error("it may go without a passphrase later")
	}
}

// On iOS, the page says to install first.
func TestInstallFirst(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before(`Object.defineProperty(navigator, "standalone", {value: false})`)
	p.open(s.url())
	p.shows("Add to Home Screen")
	offered := newTab(t)
	offered.open(s.url())
	offered.at("Motp token")
	offered.eval(`dispatchEvent(Object.assign(new Event("beforeinstallprompt"),
		{prompt: () => { window.asked = true; }}))`, nil)
	offered.press("Install")
	offered.until("window.asked && !document.body.innerText.includes('Install')")
	installed := newTab(t)
	installed.before(`Object.defineProperty(navigator, "standalone", {value: true})`)
	installed.begin(s.url(), "")
	if strings.Contains(installed.text(), "Install") {
		t.Error("the installed app says so too")
	}
}

// The page has no way out and no way in for a script: what somebody managed to run in it could
// neither send what it found nor load more.
func TestPolicy(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	elsewhere := serve(t, t.TempDir())
	p := newTab(t)
	p.begin(s.url(), "")
	p.offline()
	s.asked()
	attempts, err := os.ReadFile("testdata/attempts.js")
	must(t, err)
	p.eval(`const loaded = (name, about) => new Promise((done) => {
		const made = Object.assign(document.createElement(name), about);
		made.onload = made.onerror = () => done();
		document.body.append(made);
		setTimeout(done, 500); // some are stopped without a word
	});
	window.attempts = `+string(attempts)+"void 0", nil)
	var names []string
	if p.eval("Object.keys(attempts)", &names); len(names) < 10 {
		t.Fatalf("only %q are tried", names)
	}
	for _, name := range names {
		var got string
		err := p.try(fmt.Sprintf("Promise.resolve(attempts.%s(%q))", name,
			strings.TrimSuffix(elsewhere.url(), "/")), &got)
		if err == nil && got != "" {
			t.Errorf("%s: it %s", name, got)
		}
	}
	for _, log := range [][]string{s.asked(), elsewhere.asked()} {
		for _, request := range log {
			if request != "GET /worker.js" {
				t.Errorf("went out: %s", request)
			}
		}
	}
	if got := p.value("String(window.evil)"); got != "undefined" {
		t.Error("a script ran")
	}
}
