package web

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// offline waits until the worker has everything.
func (p *tab) offline() {
	p.t.Helper()
	p.eval(`new Promise((done) => {
		const worker = navigator.serviceWorker;
		const look = () => worker.controller && done();
		worker.addEventListener("controllerchange", look);
		look();
	})`, nil)
}

// After the first load the page asks for nothing: the browser alone may ask for the worker's file,
// and its request says nothing. The server's log is the judge: over five seconds, which is longer
// than a browser takes to look for a new worker after it has opened a page, with reloads and a
// restart in between.
func TestNoRequests(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	folder := t.TempDir()
	b := own(t, folder)
	p := b.tab(t, "")
	p.begin(s.url(), passphrase)
	p.offline()
	first := s.asked()
	for _, file := range []string{"GET /", "GET /worker.js", "GET /manifest.webmanifest"} {
		if !slices.Contains(first, file) {
			t.Errorf("%q is not in the log of the first load: %q", file, first)
		}
	}
	for range 3 {
		p.reload()
		p.fill("Passphrase", passphrase)
		p.press("Unlock")
		p.shows("No profile yet")
	}
	p.add("motp://vpn.example.org:alice?secret=7ac61d4736f51a2b")
	p.fill("PIN", "5917")
	p.press("Show the code")
	p.code()
	const look = 5 * time.Second // what is measured
	time.Sleep(look)
	b.stop()
	p = own(t, folder).tab(t, "")
	p.open(s.url())
	p.fill("Passphrase", passphrase)
	p.press("Unlock")
	p.press("alice")
	time.Sleep(look)
	for _, request := range s.asked() {
		if request != "GET /worker.js" {
			t.Errorf("after the first load: %s", request)
		}
	}
}

// The page works with the server stopped: it opens, keeps what is added, and makes codes.
func TestOffline(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	p.offline()
	s.stop()
	p.reload()
	p.add("otpauth://hotp/x:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
	p.open(s.url() + "index.html#x")
	p.press("a")
	p.press("Next code")
	if code := p.code(); code != "755224" {
		t.Errorf("the code is %s", code)
	}
	var cached []string
	p.eval(`Promise.all(["manifest.webmanifest", "icon-192.png", "icon.svg"].map((name) =>
		caches.match(name).then((r) => String(r?.status))))`, &cached)
	if !slices.Equal(cached, []string{"200", "200", "200"}) {
		t.Errorf("manifest and icons: %q", cached)
	}
}

// change changes the page as a new version would: another title, with the worker's hash of it if
// that is to fit.
func change(t *testing.T, folder string, fits bool) {
	t.Helper()
	page := filepath.Join(folder, "index.html")
	text, err := os.ReadFile(page)
	must(t, err)
	changed := strings.Replace(string(text), `<html lang="en"`,
		`<html data-version="new" lang="en"`, 1)
	must(t, os.WriteFile(page, []byte(changed), 0o644))
	worker := filepath.Join(folder, "worker.js")
	code, err := os.ReadFile(worker)
	must(t, err)
	was, is := integrity(string(text)), integrity(changed)
	if !strings.Contains(string(code), was) {
		t.Fatalf("worker.js does not have %s", was)
	}
	if !fits {
		is = integrity(changed + " ")
	}
	renamed := strings.ReplaceAll(string(code), "motp-token-", "motp-token-new-")
	renamed = strings.Replace(renamed, `startsWith("motp-token-new-`, `startsWith("motp-token-`,
		1)
	must(t, os.WriteFile(worker, []byte(strings.Replace(renamed, was, is, 1)), 0o644))
}

const (
	isNew  = `document.documentElement?.dataset.version === "new"`
	update = `navigator.serviceWorker.getRegistration().then((r) => r.update())
		.then(() => true, () => false)`
)

// A new version is offered, and used as soon as a person wants it. The profiles stay.
func TestNewVersion(t *testing.T) {
	t.Parallel()
	folder := copyOf(t)
	s := serve(t, folder)
	s.fresh = true
	p := newTab(t)
	p.begin(s.url(), "")
	p.add("motp://x:a?secret=0123456789abcdef")
	p.press("Back")
	p.offline()
	change(t, folder, true)
	p.eval(update, nil)
	p.shows("A new version of this page is ready")
	p.reload()
	p.shows("A new version of this page is ready")
	p.until("!(" + isNew + ")")
	p.press("Use it now")
	p.until(isNew)
	if lines := p.lines(); !slices.Equal(lines, []string{"a"}) {
		t.Errorf("the profiles are %q", lines)
	}
	s.stop()
	p.reload()
	p.until(isNew)
}

// Of a new version that is half copied, or that somebody changed on the way, nothing is taken.
func TestHalfCopiedVersion(t *testing.T) {
	t.Parallel()
	folder := copyOf(t)
	s := serve(t, folder)
	s.fresh = true
	p := newTab(t)
	p.begin(s.url(), "")
	p.offline()
	change(t, folder, false)
	s.asked()
	p.eval(update, nil)
	s.await("GET /") // which the new worker copies
	// the worker's caches, once it has given up
	p.eval(`new Promise((done) => {
		const look = async () => {
			const r = await navigator.serviceWorker.getRegistration();
			const names = await caches.keys();
			const isBusy = r.installing || r.waiting || names.length !== 1;
			isBusy ? setTimeout(look, 20) : done();
		};
		look();
	})`, nil)
	s.stop()
	p.reload()
	p.until("!(" + isNew + ")")
	if strings.Contains(p.text(), "new version") {
		t.Error("it is offered")
	}
}

// Where the browser has cleared the worker's cache, the page comes from the server again, if it is
// what was built; one that somebody changed does not.
func TestCacheCleared(t *testing.T) {
	t.Parallel()
	folder := copyOf(t)
	s := serve(t, folder)
	p := newTab(t)
	p.begin(s.url(), "")
	p.offline()
	clear := func() {
		p.eval(`caches.keys().then((all) =>
		Promise.all(all.map((name) => caches.delete(name)))).then(() => undefined)`, nil)
	}
	clear()
	s.asked()
	p.reload()
	p.shows("No profile yet")
	if log := s.asked(); !slices.Contains(log, "GET /") {
		t.Errorf("the page came from elsewhere: %q", log)
	}
	s.stop()
	p.reload()
	p.shows("No profile yet")
	s.start()
	clear()
	must(t, os.WriteFile(filepath.Join(folder, "index.html"), []byte("<p>evil</p>"), 0o644))
	p.eval("void (window.isOld = true)", nil)
	p.do("Page.reload", nil)
	p.until("!window.isOld && document.body")
	if strings.Contains(p.text(), "evil") {
		t.Error("a changed page was taken")
	}
}
