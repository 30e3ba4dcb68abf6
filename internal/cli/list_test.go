package cli

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/pam-motp/pam-motp/internal/term/termtest"
)

// On a terminal a row of the list fits, and only a name that is too long for it is cut, with a
// mark. Where the output is read by a program, no name is.
func TestListOnATerminal(t *testing.T) {
	long := strings.Repeat("0123456789", 9)
	at := time.Date(2011, 1, 27, 9, 40, 0, 0, time.UTC)
	short := userStatus{User: "alice", State: stateOK}
	locked := userStatus{User: "bob", State: stateLocked, LockedSince: &at}
	for _, c := range []struct {
		columns uint16
		names   []string
		locked  bool
		want    []string // how the names are shown
	}{
		{80, []string{long[:20]}, false, []string{long[:20]}},
		{80, []string{long[:21]}, false, []string{long[:19] + "…"}},
		{80, []string{long[:16]}, true, []string{long[:16]}},
		{80, []string{long[:17]}, true, []string{long[:15] + "…"}},
		{80, []string{"jürgen" + long[:20], "x"}, true, []string{"jürgen" + long[:9] + "…",
			"x"}},
		{132, []string{long[:60]}, true, []string{long[:60]}},
		{150, []string{long}, true, []string{long[:85] + "…"}},
		{30, []string{long}, true, []string{long[:7] + "…"}}, // the row cannot fit
		{0, []string{long}, true, []string{long}},            // a terminal without a size
	} {
		all := []userStatus{short}
		if c.locked {
			all = append(all, locked)
		}
		for _, name := range c.names {
			all = append(all, userStatus{User: name, State: stateOK})
		}
		p, tty := termtest.SitDown(t)
		if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: c.columns}); err != nil {
			t.Fatal(err)
		}
		a := &console{out: tty, err: io.Discard}
		go func() {
			if err := a.printList(all); err != nil {
				t.Error(err)
			}
			a.print("end")
		}()
		p.WaitFor("end\r\n")
		for _, want := range c.want {
			if !strings.Contains(p.Screen(), "\n"+want+" ") {
				t.Errorf("%d columns: no %q in\n%s", c.columns, want, p.Screen())
			}
		}
		for line := range strings.Lines(p.Screen()) {
			width := len([]rune(strings.TrimRight(line, "\r\n")))
			if c.columns >= 72 && width > int(c.columns) {
				t.Errorf("%d columns, and a line of %d: %s", c.columns, width, line)
			}
		}
	}
}
