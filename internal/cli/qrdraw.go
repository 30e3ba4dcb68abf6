package cli

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the white margin that a QR code should have, in modules. Scanners read one with less,
// down to leastQuiet, which is better than one of which the screen shows a part.
const (
	quiet      = 4
	leastQuiet = 1
)

// A qrCode is a QR code with its margin: dark or light modules.
type qrCode struct {
	code   *qr.Code
	margin int
}

// newQR makes a QR code. A screen is clean, so the least redundancy will do, and the code stays small.
func newQR(text string) (qrCode, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return qrCode{}, fmt.Errorf("QR code: %w", err)
	}
	return qrCode{code, quiet}, nil
}

// size is the number of modules on a side.
func (q qrCode) size() int { return q.code.Size + 2*q.margin }

// rows is how many lines it takes on a terminal.
func (q qrCode) rows() int { return (q.size() + 1) / 2 }

func (q qrCode) dark(x, y int) bool { return q.code.Black(x-q.margin, y-q.margin) }

// within makes the margin as wide as it can be in so many rows. It tells whether the code fits.
func (q qrCode) within(rows int) (qrCode, bool) {
	for q.margin = quiet; q.margin > leastQuiet && q.rows() > rows; {
		q.margin--
	}
	return q, q.rows() <= rows
}

// halfBlocks draws two modules a character, one above the other. Blocks are the light modules; with colours, light is white and dark is black whatever the
// terminal's own colours are. Without, the terminal must be a dark one.
func (q qrCode) halfBlocks(colours bool) string {
	before, after := "", ""
	if colours {
		before, after = "\x1b[38;5;231;48;5;16m", "\x1b[0m"
	}
	var b strings.Builder
	for y := 0; y < q.size(); y += 2 {
		b.WriteString(before)
		for x := range q.size() {
			top := !q.dark(x, y)
			bottom := y+1 < q.size() && !q.dark(x, y+1)
			switch {
			case top && bottom:
				b.WriteString("█")
			case top:
				b.WriteString("▀")
			case bottom:
				b.WriteString("▄")
			default:
				b.WriteString(" ")
			}
		}
		b.WriteString(after + "\n")
	}
	return b.String()
}

// svg draws a picture that can be made as large as one likes.
func (q qrCode) svg() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d" shape-rendering="crispEdges">
<rect width="%[1]d" height="%[1]d" fill="#fff"/>
<path d="`, q.size())
	for y := range q.size() {
		for x := range q.size() {
			if q.dark(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	b.WriteString("\"/>\n</svg>\n")
	return []byte(b.String())
}

// png draws a picture of eight pixels a module.
func (q qrCode) png() []byte { return q.code.PNG() }
