package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// The code follows a clock that jumps, either way, and the seconds that are left with it.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before(`Date.now = () => window.now ?? 1296121203_400`)
	p.begin(s.url(), "")
	p.add("motp://x:a?secret=0123456789abcdef")
	p.fill("PIN", "6666")
	p.press("Show the code")
	token := motp.Token{Secret: "0123456789abcdef", PIN: "6666"}
	shows := func(at time.Time, left int) {
		t.Helper()
		unit := "seconds"
		if left == 1 {
			unit = "second"
		}
		p.until(fmt.Sprintf(`document.querySelector(".digits").textContent === %q &&
			document.querySelector(".left").textContent === "%d %s left"`,
			token.Code(at), left, unit))
	}
	shows(time.Unix(1296121203, 0), 7)
	for _, jump := range []struct {
		to   time.Time
		left int
	}{
		{time.Unix(1296121209, 500_000_000), 1}, {time.Unix(1296121300, 0), 10},
		{time.Unix(1296121300-86400, 0), 10}, {time.Unix(4102444805, 0), 5},
	} {
		p.eval(fmt.Sprintf("window.now = %d; void 0", jump.to.UnixMilli()), nil)
		shows(jump.to, jump.left)
	}
}

// The correction of a clock is the server's offset: Info shows the number that "motp sync --epoch"
// takes, and the codes are those of that time.
func TestCorrection(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before(`Date.now = () => 1296121203_400`)
	p.begin(s.url(), "")
	p.add("motp://x:a?secret=0123456789abcdef")
	p.press("Info")
	epoch := `document.querySelector("[data-shown=epoch]")?.textContent`
	p.until(epoch + ` === "129612120"`)
	for _, bad := range []string{"soon", "1d", "1h-5s", "99999999h", "1.5h"} {
		p.fill("Correction", bad)
		p.press("Save")
		p.says("Write the correction like")
		if got := p.value(epoch); got != "129612120" {
			t.Errorf("%s: the epoch is %s", bad, got)
		}
	}
	p.fill("Correction", "1h0m20s")
	p.press("Save")
	p.shows("Saved.")
	p.until(epoch + ` === "129612482"`)
	p.press("Back")
	p.fill("PIN", "6666")
	p.press("Show the code")
	token := motp.Token{Secret: "0123456789abcdef", PIN: "6666",
		Offset: time.Hour + 20*time.Second}
	if code := p.code(); code != token.Code(time.Unix(1296121203, 0)) {
		t.Errorf("the code is %s", code)
	}
}
