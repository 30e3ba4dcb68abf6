package web

import (
	"fmt"
	"testing"
)

// cover opens another tab in the window of this one, which is hidden by it, and returns what
// uncovers it again.
func (p *tab) cover() (uncover func()) {
	p.t.Helper()
	about := values{"url": "about:blank"}
	if p.storage != "" {
		about["browserContextId"] = p.storage
	}
	var made struct {
		Target string `json:"targetId"`
	}
	p.do("Page.bringToFront", nil)
	must(p.t, p.browser.call("", "Target.createTarget", about, &made))
	p.until("document.hidden")
	return func() {
		must(p.t, p.browser.call("", "Target.closeTarget",
			values{"targetId": made.Target}, nil))
		p.do("Page.bringToFront", nil)
		p.until("!document.hidden")
	}
}

// noCode waits until no code is shown or said any more.
func (p *tab) noCode() {
	p.t.Helper()
	p.until(`![...document.querySelectorAll(".digits, .spoken")].some((e) =>
		/[0-9a-f]/.test(e.textContent))`)
}

// A code is gone with the page, and the PIN too.
func TestHidden(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), passphrase)

	p.add("motp://x:a?secret=0123456789abcdef")
	p.fill("PIN", "5917")
	p.press("Show the code")
	p.code()
	uncover := p.cover()
	p.noCode()
	uncover()
	p.until("document.querySelector('input[type=password]')?.value === ''")
	p.fill("PIN", "5917") // typed, and not sent
	p.cover()()
	p.until("document.querySelector('input[type=password]')?.value === ''")

	p.press("Back")
	p.add("otpauth://totp/x:b?secret=GEZDGNBVGY3TQOJQ")
	p.code()
	uncover = p.cover()
	p.noCode()
	uncover()
	p.code() // it comes back by itself: whoever sees the page may see it

	p.press("Back")
	p.add("otpauth://hotp/x:c?secret=GEZDGNBVGY3TQOJQ&counter=0")
	p.press("Next code")
	p.code()
	uncover = p.cover()
	p.noCode()
	uncover()
	p.noCode() // it was shown once
}

// A page that was hidden for two minutes is locked.
func TestLocksWhenHidden(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before(`{ const now = Date.now; window.later = 0; Date.now = () => now() + later; }`)
	p.begin(s.url(), passphrase)
	for _, c := range []struct {
		hidden int // seconds
		title  string
	}{{119, "Motp token"}, {-119, "Motp token"}, {121, "Locked"}} {
		uncover := p.cover()
		p.eval(fmt.Sprintf("window.later += %d; void 0", c.hidden*1000), nil)
		uncover()
		p.at(c.title)
	}
}

// The PIN of a Mobile-OTP token is forgotten after two minutes, and asked for again.
func TestPINForgotten(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before(`{ const now = performance.now.bind(performance); window.later = 0;
		performance.now = () => now() + later; }`)
	p.begin(s.url(), "")
	p.add("motp://x:a?secret=0123456789abcdef")
	p.fill("PIN", "5917")
	p.press("Show the code")
	p.code()
	p.eval("window.later = 121_000; void 0", nil)
	p.until("document.querySelector('input[type=password]')?.value === ''")
	p.noCode()
}
