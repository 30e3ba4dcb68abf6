package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// stored is all that the page has put into its database, as one text.
const stored = `(async () => {
	const db = await new Promise((r) => { const a = indexedDB.open("motp-token");
		a.onsuccess = () => r(a.result); });
	const show = (v) => JSON.stringify(v, (_, x) => x instanceof Uint8Array ?
		String.fromCharCode(...x) : x);
	let all = "";
	for (const store of db.objectStoreNames) {
		const values = await new Promise((r) => { const a = db.transaction(store)
			.objectStore(store).getAll(); a.onsuccess = () => r(a.result); });
		all += values.map(show).join("\n") + "\n";
	}
	db.close();
	return all;
})()`

// Profiles are there after the browser was ended and started again; the passphrase opens them, and
// another does not. Nothing that is stored shows a secret, a name, or a PIN.
func TestKeptOverRestart(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	folder := t.TempDir()
	b := own(t, folder)
	p := b.tab(t, "")
	p.begin(s.url(), passphrase)
	p.offline()
	var wrong struct {
		Errors []struct {
			ID string `json:"errorId"`
		} `json:"installabilityErrors"`
	}
	must(t, b.call(p.session, "Page.getInstallabilityErrors", nil, &wrong))
	if len(wrong.Errors) > 0 {
		t.Errorf("the page cannot be installed: %v", wrong.Errors)
	}
	p.add("motp://vpn.example.org:alice?secret=7ac61d4736f51a2b")
	p.fill("PIN", "5917")
	p.press("Show the code")
	p.code()
	p.press("Back")
	p.add("otpauth://hotp/Bank:bob?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
	p.press("Next code")
	if code := p.code(); code != "755224" {
		t.Errorf("the first code is %s", code)
	}
	if title := p.value("document.title"); title != "Motp token" {
		t.Errorf("the browser's history has %q", title)
	}
	all := p.value(stored)
	if !strings.Contains(all, `"mode":"passphrase"`) {
		t.Fatalf("what is stored was not found: %q", all)
	}
	for _, secret := range []string{"7ac61d4736f51a2b", "alice", "vpn.example", "5917", "Bank",
		"motp\"", "hotp", passphrase} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is stored in the open", secret)
		}
	}
	b.stop()

	b = own(t, folder)
	p = b.tab(t, "")
	p.open(s.url())
	p.fill("Passphrase", passphrase+"!")
	p.press("Unlock")
	p.says("not the passphrase")
	p.fill("Passphrase", passphrase)
	p.press("Unlock")
	if lines := p.lines(); !slices.Equal(lines, []string{"bob", "alice"}) {
		t.Errorf("the profiles are %q", lines)
	}
	p.press("bob")
	p.press("Next code")
	if code := p.code(); code != "287082" {
		t.Errorf("the code after the restart is %s, not the second", code)
	}
}

// Without a passphrase, the browser keeps a key that can be used and not read.
func TestKeyCannotBeRead(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	got := p.value(`(async () => {
		const db = await new Promise((r) => { const a = indexedDB.open("motp-token");
			a.onsuccess = () => r(a.result); });
		const {key} = await new Promise((r) => { const a = db.transaction("meta")
			.objectStore("meta").get("header"); a.onsuccess = () => r(a.result); });
		db.close();
		return key.type + ", " + key.extractable + ", " + await crypto.subtle.exportKey(
			"raw", key).then(() => "read", (e) => e.name);
	})()`)
	if got != "secret, false, InvalidAccessError" {
		t.Errorf("the key is %s", got)
	}
}

// Two tabs never show one counter's code twice, whichever is faster, with the browser's locks or
// without them.
func TestTwoTabsOneCounter(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	for name, before := range map[string]string{"locks": "",
		"none": `Object.defineProperty(navigator, "locks", {value: undefined})`} {
		t.Run(name, func(t *testing.T) {
			first := newTab(t)
			first.before(before)
			first.begin(s.url(), "")
			first.add("otpauth://hotp/x:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" +
				"&counter=0")
			second := first.another()
			second.before(before)
			second.open(s.url())
			second.press("a")
			codes := make(chan string)
			const each = 8
			for _, p := range []*tab{first, second} {
				go func() {
					for range each {
						p.press("Next code")
						codes <- p.code()
					}
				}()
			}
			seen := map[string]int{}
			for range 2 * each {
				seen[<-codes]++
			}
			if len(seen) != 2*each {
				t.Errorf("%d different codes of %d: %v", len(seen), 2*each, seen)
			}
		})
	}
}

// Of two tabs that begin at once, one makes the vault, and the other finds it.
func TestTwoTabsBegin(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	first := newTab(t)
	first.open(s.url())
	second := first.another()
	second.open(s.url())
	second.press("With a passphrase")
	first.begin(s.url(), passphrase)
	second.fill("Passphrase", "another passphrase")
	second.fill("The same again", "another passphrase")
	second.press("Begin")
	second.at("Locked")
	second.fill("Passphrase", passphrase)
	second.press("Unlock")
	second.shows("No profile yet")
}

// A tab whose key is gone, since another one has a new passphrase, writes nothing with it.
func TestPassphraseChangedElsewhere(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), passphrase)
	p.add("otpauth://hotp/x:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
	other := p.another()
	other.open(s.url())
	other.fill("Passphrase", passphrase)
	other.press("Unlock")
	other.press("More")
	other.press("Change the passphrase")
	other.fill("Passphrase", "another passphrase")
	other.fill("The same again", "another passphrase")
	other.press("Save")
	other.at("Motp token")

	p.press("Next code")
	p.at("Locked")
	p.shows("changed in another window")
	p.fill("Passphrase", passphrase)
	p.press("Unlock")
	p.says("not the passphrase")
	p.fill("Passphrase", "another passphrase")
	p.press("Unlock")
	p.press("a")
	p.press("Next code")
	if code := p.code(); code != "755224" {
		t.Errorf("the first code is %s", code)
	}
}

// Where there is no room, a sentence says so, and what was there before is.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	p.add("otpauth://hotp/x:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
	p.eval(`{ window.put = IDBObjectStore.prototype.put;
		IDBObjectStore.prototype.put = () => {
			throw new DOMException("no room", "QuotaExceededError"); }; }`, nil)
	p.press("Next code")
	p.says("no room left")
	p.noCode()
	p.press("Back")
	p.paste("motp://x:b?secret=0123456789abcdef")
	p.press("Save")
	p.says("no room left")
	p.eval("IDBObjectStore.prototype.put = window.put; void 0", nil)
	p.press("Back")
	p.press("Back")
	if lines := p.lines(); !slices.Equal(lines, []string{"a"}) {
		t.Errorf("the profiles are %q", lines)
	}
	p.press("a")
	p.press("Next code")
	if code := p.code(); code != "755224" {
		t.Errorf("the first code is %s", code)
	}
}

// Where the browser has cleared the storage, while the page is open or before, the page begins
// anew and does not break.
func TestStorageCleared(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), passphrase)
	p.add("otpauth://hotp/x:a?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0")
	clear := func() {
		origin := strings.TrimSuffix(s.url(), "/")
		p.do("Storage.clearDataForOrigin",
			values{"origin": origin, "storageTypes": "all"})
	}
	clear()
	p.shows("has cleared this page's storage")
	p.begin(s.url(), passphrase)
	p.open("about:blank")
	clear()
	p.open(s.url())
	p.shows("How your secrets are kept")
}

// A damaged profile takes no other with it.
func TestDamagedProfile(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	for _, user := range []string{"a", "b"} {
		p.add("motp://x:" + user + "?secret=0123456789abcdef")
		p.press("Back")
	}
	p.eval(`new Promise((done) => { const asked = indexedDB.open("motp-token");
		asked.onsuccess = () => {
			const tx = asked.result.transaction("profiles", "readwrite");
			const store = tx.objectStore("profiles");
			store.openCursor().onsuccess = (e) => {
				const v = e.target.result.value;
				v.data[3] ^= 1;
				e.target.result.update(v);
			};
			tx.oncomplete = () => { asked.result.close(); done(); };
		}; })`, nil)
	p.reload()
	p.shows("One profile cannot be opened")
	if lines := p.lines(); len(lines) != 1 {
		t.Errorf("the profiles are %q", lines)
	}
}

// A new passphrase is asked for twice, and must be one.
func TestNewPassphrase(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.open(s.url())
	p.press("With a passphrase")
	for _, c := range []struct{ first, second, words string }{
		{"", "", "at least 8 characters"}, {"seven77", "seven77", "at least 8 characters"},
		{"abababab", "abababab", "over and over"},
		{passphrase, passphrase + "x", "not the same"},
	} {
		p.fill("Passphrase", c.first)
		p.fill("The same again", c.second)
		p.press("Begin")
		p.says(c.words)
	}
	// the same letters, typed in two ways
	p.fill("Passphrase", "pass\u00e9phrase")
	p.fill("The same again", "pass\u00e9phrase")
	p.press("Begin")
	p.press("Lock")
	p.fill("Passphrase", "passe\u0301phrase")
	p.press("Unlock")
	p.shows("No profile yet")
}

// A secret that was made here is shown once, and is the one that makes the codes.
func TestMadeSecret(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	seen := map[string]bool{}
	for kind, form := range map[string]string{
		"motp": `^[0-9a-f]{16}$`, "totp": `^[A-Z2-7]{32}$`, "hotp": `^[A-Z2-7]{32}$`} {
		p.press("Add")
		p.press("Make a new secret")
		p.fill("Kind", kind)
		p.fill("User", kind)
		p.press("Make it")
		p.at("Your secret, this once")
		secret := p.value(`document.querySelector(".secret").textContent`)
		p.until(fmt.Sprintf("/%s/.test(%q)", form, secret))
		if seen[secret] {
			t.Errorf("%s: %s once more", kind, secret)
		}
		seen[secret] = true
		p.press("Done")
		p.at(kind)
		p.press("Back")
		p.reload()
		if strings.Contains(p.value("document.documentElement.outerHTML"), secret) {
			t.Errorf("%s: the secret is shown again", kind)
		}
	}
}
