package cli

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/term/termtest"
	"github.com/rogpeppe/go-internal/testscript"
)

// scans reads the QR code in a file, or in standard output, and compares it: "scans stdout
// motp://…".
func scans(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: scans file text")
	}
	content := ts.ReadFile(args[0])
	var got string
	var err error
	switch {
	case strings.HasPrefix(content, "\x89PNG"):
		got, err = termtest.ScanPNG([]byte(content))
	case strings.HasPrefix(content, "<svg"):
		got, err = termtest.ScanSVG(content)
	default:
		drawing := regexp.MustCompile(`(?m)^[ ▀▄█]+\n`).FindAllString(content, -1)
		got, err = termtest.ScanText(strings.Join(drawing, ""))
	}
	ts.Check(err)
	if got != args[1] {
		ts.Fatalf("%s holds %q, want %q", args[0], got, args[1])
	}
}

// On a terminal, whether dark or light, the code brings its own colors. One that is too narrow
// gets none.
func TestQROnATerminal(t *testing.T) {
	const on, off = termtest.ColorOn, termtest.ColorOff
	const uri = "motp://site:alice?secret=7ac61d4736f51a2b"
	code, err := term.NewQR(uri)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		width int
		shown bool
	}{{code.Size(), true}, {code.Size() - 1, false}} {
		p, tty := termtest.SitDown(t)
		if err := pty.Setsize(tty, &pty.Winsize{Rows: 24,
			Cols: uint16(c.width)}); err != nil {
			t.Fatal(err)
		}
		var complaints bytes.Buffer
		a := &console{out: tty, err: &complaints}
		go func() {
			a.showQR(code)
			a.print("end")
		}()
		p.WaitFor("end\r\n")
		drawing := strings.TrimSuffix(p.Screen(), "end\r\n")
		if !c.shown {
			if drawing != "" || !strings.Contains(complaints.String(), "too narrow") {
				t.Errorf("%d columns show %q and %q",
					c.width, drawing, complaints.String())
			}
			continue
		}
		for line := range strings.Lines(drawing) {
			if !strings.HasPrefix(line, on) || !strings.HasSuffix(line, off+"\r\n") {
				t.Fatalf("line %q leaves the colors to the terminal", line)
			}
		}
		if got, err := termtest.ScanText(strings.NewReplacer(on, "", off, "", "\r",
			"").Replace(drawing)); got != uri {
			t.Errorf("the terminal shows %q, %v", got, err)
		}
	}
}
