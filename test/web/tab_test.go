package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A tab is one page in a browser, in a window of its own, so that no other covers it.
type tab struct {
	t       *testing.T
	browser *browser
	storage string // the storage that it shares with others; empty is the browser's own
	session string
	target  string
	told    chan event
}

// An event is what the browser tells of a tab.
type event struct {
	method string
	about  json.RawMessage
}

// newTab opens a tab with a storage of its own.
func newTab(t *testing.T) *tab {
	t.Helper()
	b, err := shared()
	must(t, err)
	var made struct {
		ID string `json:"browserContextId"`
	}
	must(t, b.call("", "Target.createBrowserContext", nil, &made))
	t.Cleanup(func() {
		_ = b.call("", "Target.disposeBrowserContext",
			values{"browserContextId": made.ID}, nil)
	})
	return b.tab(t, made.ID)
}

// tab opens a tab. What the page throws fails the test, and what it logs is logged.
func (b *browser) tab(t *testing.T, storage string) *tab {
	t.Helper()
	p := &tab{t: t, browser: b, storage: storage, told: make(chan event, 1000)}
	about := values{"url": "about:blank", "newWindow": true}
	if storage != "" {
		about["browserContextId"] = storage
	}
	var made struct {
		Target  string `json:"targetId"`
		Session string `json:"sessionId"`
	}
	must(t, b.call("", "Target.createTarget", about, &made))
	must(t, b.call("", "Target.attachToTarget",
		values{"targetId": made.Target, "flatten": true}, &made))
	p.session, p.target = made.Session, made.Target
	b.mu.Lock()
	b.heard[p.session] = p.hear
	b.mu.Unlock()
	t.Cleanup(func() {
		b.mu.Lock()
		delete(b.heard, p.session)
		b.mu.Unlock()
		_ = b.call("", "Target.closeTarget", values{"targetId": p.target}, nil)
	})
	p.do("Runtime.enable", nil)
	p.do("Page.enable", nil)
	p.do("Log.enable", nil)
	p.screen(390, 844)
	return p
}

func (p *tab) hear(method string, about json.RawMessage) {
	switch method {
	case "Runtime.exceptionThrown":
		p.t.Errorf("the page throws: %s", about)
	case "Runtime.consoleAPICalled", "Log.entryAdded":
		p.t.Logf("%s: %s", method, about)
	case "Page.downloadProgress":
		p.told <- event{method, about}
	}
}

// downloads has the browser keep in a folder what is pressed then, and returns its text.
func (p *tab) downloads(press func()) string {
	p.t.Helper()
	folder := p.t.TempDir()
	behavior := values{"behavior": "allow", "downloadPath": folder}
	p.do("Page.setDownloadBehavior", behavior)
	press()
	for late := time.After(patience); ; {
		select {
		case e := <-p.told:
			if !strings.Contains(string(e.about), `"completed"`) {
				continue
			}
			files, err := filepath.Glob(filepath.Join(folder, "*"))
			must(p.t, err)
			if len(files) != 1 {
				p.t.Fatalf("%d files were saved: %q", len(files), files)
			}
			text, err := os.ReadFile(files[0])
			must(p.t, err)
			return string(text)
		case <-late:
			p.t.Fatalf("nothing was saved\n%s", p.text())
		}
	}
}

// another opens a second tab with the same storage.
func (p *tab) another() *tab {
	p.t.Helper()
	return p.browser.tab(p.t, p.storage)
}

func (p *tab) do(method string, params values) {
	p.t.Helper()
	must(p.t, p.browser.call(p.session, method, params, nil))
}

// screen makes it a phone's, of so many pixels.
func (p *tab) screen(width, height int) {
	p.t.Helper()
	p.do("Emulation.setDeviceMetricsOverride", values{"width": width, "height": height,
		"deviceScaleFactor": 1, "mobile": width < 600})
}

// before has a script run before the page's own.
func (p *tab) before(script string) {
	p.t.Helper()
	p.do("Page.addScriptToEvaluateOnNewDocument", values{"source": script})
}

// open goes to a page, also where the one that is there loads itself anew at that moment.
func (p *tab) open(url string) {
	p.t.Helper()
	const overtaken = "net::ERR_ABORTED"
	failed := overtaken
	for deadline := time.Now().Add(patience); failed == overtaken; {
		var made struct {
			Failed string `json:"errorText"`
		}
		must(p.t, p.browser.call(p.session, "Page.navigate", values{"url": url}, &made))
		failed = made.Failed
		if time.Now().After(deadline) {
			break
		}
	}
	if failed != "" {
		p.t.Fatalf("%s: %s", url, failed)
	}
}

func (p *tab) reload() {
	p.t.Helper()
	p.eval("void (window.isOld = true)", nil)
	p.do("Page.reload", nil)
	p.until("!window.isOld && document.querySelector('#app > main')")
}

var errThrown = errors.New("an expression throws")

// try evaluates an expression, as if a person had just tapped, and waits for what it promises.
func (p *tab) try(expression string, value any) error {
	var made struct {
		Result struct {
			Value json.RawMessage `json:"value"`
		} `json:"result"`
		Thrown *struct {
			Exception struct {
				Description string `json:"description"`
			} `json:"exception"`
		} `json:"exceptionDetails"`
	}
	err := p.browser.call(p.session, "Runtime.evaluate", values{"expression": expression,
		"awaitPromise": true, "returnByValue": true, "userGesture": true}, &made)
	switch {
	case err != nil:
		return err
	case made.Thrown != nil:
		return fmt.Errorf("%w: %s", errThrown, made.Thrown.Exception.Description)
	case value == nil || made.Result.Value == nil:
		return nil
	}
	return json.Unmarshal(made.Result.Value, value)
}

func (p *tab) eval(expression string, value any) {
	p.t.Helper()
	if err := p.try(expression, value); err != nil {
		p.t.Fatalf("%.300s: %v\n%s", expression, err, p.text())
	}
}

// value is what an expression of a text is.
func (p *tab) value(expression string) (text string) {
	p.t.Helper()
	p.eval(expression, &text)
	return text
}

// text is what the page shows, for whoever reads of a failure.
func (p *tab) text() string {
	var shown string
	_ = p.try("document.body?.innerText", &shown)
	return "the page shows:\n" + shown
}

// until waits for a condition on the page's elements, and begins again where the page is loaded
// anew meanwhile.
func (p *tab) until(condition string) {
	p.t.Helper()
	const wait = `new Promise((done) => {
		const look = () => { if (%[1]s) { watch.disconnect(); done(true); } };
		const watch = new MutationObserver(look);
		watch.observe(document, {subtree: true, childList: true, attributes: true,
			characterData: true});
		document.addEventListener("visibilitychange", look);
		setTimeout(() => done(false), %[2]d);
		look();
	})`
	limit := patience / 2
	for deadline := time.Now().Add(limit); ; {
		var is bool
		err := p.try(fmt.Sprintf(wait, condition, limit.Milliseconds()), &is)
		if is {
			return
		}
		lost := err != nil && !errors.Is(err, errThrown) && !errors.Is(err, errLate)
		if !lost || time.Now().After(deadline) {
			p.t.Fatalf("not so: %s %v\n%s", condition, err, p.text())
		}
	}
}

// quote writes a text as JavaScript does.
func quote(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // no text
	}
	return string(text)
}

// shows waits until the page shows a text.
func (p *tab) shows(text string) {
	p.t.Helper()
	p.until("document.body?.innerText.includes(" + quote(text) + ")")
}

// at waits for a screen by its title.
func (p *tab) at(title string) {
	p.t.Helper()
	p.until("document.querySelector('h1')?.textContent === " + quote(title))
}

// press taps what is called so, as soon as it is there.
func (p *tab) press(name string) {
	p.t.Helper()
	of := fmt.Sprintf(`[...document.querySelectorAll("button, a, summary")].find((e) =>
		!e.disabled && e.offsetParent !== null && [e.getAttribute("aria-label"),
		e.textContent, e.querySelector(".user")?.textContent].some((s) =>
		s?.trim() === %s))`, quote(name))
	p.until("!document.querySelector('[aria-busy]') && (" + of + ")")
	p.eval("void ("+of+").click()", nil)
}

// fill types into the field with that label.
func (p *tab) fill(label, text string) {
	p.t.Helper()
	of := fmt.Sprintf(`[...document.querySelectorAll("label")].find((l) =>
		l.offsetParent !== null && l.textContent === %s)?.control`, quote(label))
	p.until(of)
	p.eval(fmt.Sprintf(`{ const f = %s; f.focus(); f.value = %s;
		f.dispatchEvent(new Event("input", {bubbles: true}));
		f.dispatchEvent(new Event("change", {bubbles: true})); }`, of, quote(text)), nil)
}

// code is the code that is shown, as soon as one is.
func (p *tab) code() string {
	p.t.Helper()
	p.until(`/^[0-9a-f]{6,8}$/.test(document.querySelector(".digits")?.textContent)`)
	return p.value(`document.querySelector(".digits").textContent`)
}

// pick chooses a file for the page's file field.
func (p *tab) pick(file string) {
	p.t.Helper()
	whole, err := filepath.Abs(file)
	must(p.t, err)
	var field struct {
		Result struct {
			ID string `json:"objectId"`
		} `json:"result"`
	}
	p.until("document.querySelector('input[type=file]')")
	must(p.t, p.browser.call(p.session, "Runtime.evaluate",
		values{"expression": "document.querySelector('input[type=file]')"}, &field))
	p.do("DOM.setFileInputFiles", values{"files": []string{whole},
		"objectId": field.Result.ID})
}

const passphrase = "correct horse battery"

// begin opens the page for the first time, and makes a vault, with the passphrase or without one.
func (p *tab) begin(url, passphrase string) {
	p.t.Helper()
	p.open(url)
	if passphrase == "" {
		p.press("Without a passphrase")
	} else {
		p.press("With a passphrase")
		p.fill("Passphrase", passphrase)
		p.fill("The same again", passphrase)
		p.press("Begin")
	}
	p.shows("No profile yet")
}

// add adds a profile by its URI.
func (p *tab) add(uri string) {
	p.t.Helper()
	p.paste(uri)
	p.at("Is this right?")
	p.press("Save")
	p.until("document.querySelector('.face')")
}

// paste hands the page a URI.
func (p *tab) paste(uri string) {
	p.t.Helper()
	p.press("Add")
	p.press("Paste an address")
	p.fill("Address", uri)
	p.press("Next")
}

// says waits until the page complains with these words.
func (p *tab) says(words string) {
	p.t.Helper()
	p.until("document.querySelector('[role=alert]')?.textContent.includes(" +
		quote(words) + ")")
}

// lines are the texts of a list's profiles.
func (p *tab) lines() []string {
	p.t.Helper()
	p.at("Motp token")
	var lines []string
	p.eval(`[...document.querySelectorAll(".profiles .user")].map((e) => e.textContent)`,
		&lines)
	return lines
}

func has(all []string, one string) bool {
	return strings.Contains("\n"+strings.Join(all, "\n")+"\n", "\n"+one+"\n")
}
