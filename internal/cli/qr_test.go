package cli

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
)

// scan reads a QR code with a program that knows nothing of ours.
func scan(picture []byte) (string, error) {
	cmd := exec.Command("zbarimg", "--quiet", "--raw", "png:-")
	cmd.Stdin = bytes.NewReader(picture)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("zbarimg (package zbar-tools): %w", err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

// picture makes a PNG of modules; true is dark.
func picture(modules [][]bool) ([]byte, error) {
	const scale = 6
	m := image.NewGray(image.Rect(0, 0, len(modules[0])*scale, len(modules)*scale))
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			shade := color.Gray{Y: 255}
			if modules[y/scale][x/scale] {
				shade.Y = 0
			}
			m.SetGray(x, y, shade)
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, m)
	return b.Bytes(), err
}

// scanText reads a QR code as a terminal shows it whose blocks are light and whose ground is dark.
func scanText(text string) (string, error) {
	const blocks = " ▀▄█" // by what is light: nothing, the upper half, the lower, both
	var modules [][]bool
	for line := range strings.Lines(text) {
		var upper, lower []bool
		for _, c := range strings.TrimSuffix(line, "\n") {
			light := slices.Index([]rune(blocks), c)
			if light < 0 {
				return "", fmt.Errorf("what does %q do in a QR code?", c)
			}
			upper = append(upper, light&1 == 0)
			lower = append(lower, light&2 == 0)
		}
		modules = append(modules, upper, lower)
	}
	drawn, err := picture(modules)
	if err != nil {
		return "", err
	}
	return scan(drawn)
}

// scanSVG reads a QR code from the squares of an SVG.
func scanSVG(svg string) (string, error) {
	box := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`).FindStringSubmatch(svg)
	if box == nil || box[1] != box[2] {
		return "", fmt.Errorf("no square box in %s", svg)
	}
	size, err := strconv.Atoi(box[1])
	if err != nil {
		return "", err
	}
	modules := make([][]bool, size)
	for y := range modules {
		modules[y] = make([]bool, size)
	}
	for _, square := range regexp.MustCompile(`M(\d+) (\d+)h1v1h-1z`).FindAllStringSubmatch(svg, -1) {
		x, errX := strconv.Atoi(square[1])
		y, errY := strconv.Atoi(square[2])
		if err := errors.Join(errX, errY); err != nil {
			return "", err
		}
		modules[y][x] = true
	}
	drawn, err := picture(modules)
	if err != nil {
		return "", err
	}
	return scan(drawn)
}

// scans reads the QR code in a file, or in standard output, and compares it: "scans stdout motp://…".
func scans(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: scans file text")
	}
	content := ts.ReadFile(args[0])
	var got string
	var err error
	switch {
	case strings.HasPrefix(content, "\x89PNG"):
		got, err = scan([]byte(content))
	case strings.HasPrefix(content, "<svg"):
		got, err = scanSVG(content)
	default:
		drawing := regexp.MustCompile(`(?m)^[ ▀▄█]+\n`).FindAllString(content, -1)
		got, err = scanText(strings.Join(drawing, ""))
	}
	ts.Check(err)
	if got != args[1] {
		ts.Fatalf("%s holds %q, want %q", args[0], got, args[1])
	}
}

// links are what QR codes must bring over unharmed.
var links = []struct{ site, user, secret, want string }{
	{"vpn.example.org", "alice", "7ac61d4736f51a2b", "motp://vpn.example.org:alice?secret=7ac61d4736f51a2b"},
	{"SecureSite", "alice@wonder.land", "0123456789abcdef0123456789abcdef", "motp://SecureSite:alice@wonder.land?secret=0123456789abcdef0123456789abcdef"},
	{"Büro 1", "a:b/c?d=e&f#g%h", "ABCDEF0123456789", "motp://B%C3%BCro%201:a%3Ab%2Fc%3Fd%3De%26f%23g%25h?secret=ABCDEF0123456789"},
}

func TestQR(t *testing.T) {
	for _, l := range links {
		t.Run(l.user, func(t *testing.T) {
			uri := enrolURI(l.site, l.user, l.secret)
			if uri != l.want {
				t.Fatalf("the URI is %s, want %s", uri, l.want)
			}
			code, err := newQR(uri)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := scanText(code.halfBlocks(false)); got != uri {
				t.Errorf("the terminal shows %q, %v", got, err)
			}
			if got, err := scan(code.png()); got != uri {
				t.Errorf("the PNG holds %q, %v", got, err)
			}
			if got, err := scanSVG(string(code.svg())); got != uri {
				t.Errorf("the SVG holds %q, %v", got, err)
			}
		})
	}
}

// On a terminal, whether dark or light, the code brings its own colours. One that is too narrow gets none.
func TestQROnATerminal(t *testing.T) {
	const on, off = colourOn, colourOff
	const uri = "motp://site:alice?secret=7ac61d4736f51a2b"
	code, err := newQR(uri)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		width int
		shown bool
	}{{code.size(), true}, {code.size() - 1, false}} {
		p, tty := sitDown(t)
		if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: uint16(c.width)}); err != nil {
			t.Fatal(err)
		}
		var complaints bytes.Buffer
		a := &app{out: tty, err: &complaints}
		go func() {
			a.showQR(code)
			a.print("end")
		}()
		p.waitFor("end\r\n")
		drawing := strings.TrimSuffix(p.screen.String(), "end\r\n")
		if !c.shown {
			if drawing != "" || !strings.Contains(complaints.String(), "too narrow") {
				t.Errorf("%d columns show %q and %q", c.width, drawing, complaints.String())
			}
			continue
		}
		for line := range strings.Lines(drawing) {
			if !strings.HasPrefix(line, on) || !strings.HasSuffix(line, off+"\r\n") {
				t.Fatalf("line %q leaves the colours to the terminal", line)
			}
		}
		if got, err := scanText(strings.NewReplacer(on, "", off, "", "\r", "").Replace(drawing)); got != uri {
			t.Errorf("the terminal shows %q, %v", got, err)
		}
	}
}
