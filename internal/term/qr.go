package term

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

const (
	// quiet is the white margin that a QR code should have, in modules.
	quiet = 4

	// LeastMargin is the least with which scanners read one. That is better than one of which
	// the screen shows a part.
	LeastMargin = 1
)

// A QR is a QR code with its margin: dark or light modules.
type QR struct {
	code   *qr.Code
	Margin int // in modules
}

// NewQR makes a QR code. A screen is clean, so the least redundancy will do, and the code stays
// small.
func NewQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return QR{}, fmt.Errorf("QR code: %w", err)
	}
	return QR{code, quiet}, nil
}

// Size is the number of modules on a side.
func (q QR) Size() int { return q.code.Size + 2*q.Margin }

// Rows is how many lines it takes on a terminal.
func (q QR) Rows() int { return (q.Size() + 1) / 2 }

func (q QR) dark(x, y int) bool { return q.code.Black(x-q.Margin, y-q.Margin) }

// Within makes the margin as wide as it can be in so many rows. It tells whether the code fits.
func (q QR) Within(rows int) (QR, bool) {
	for q.Margin = quiet; q.Margin > LeastMargin && q.Rows() > rows; {
		q.Margin--
	}
	return q, q.Rows() <= rows
}

// HalfBlocks draws two modules a character, one above the other. Blocks are the light modules; with
// colors, light is white and dark is black whatever the terminal's own colors are. Without, the
// terminal must be a dark one.
func (q QR) HalfBlocks(colors bool) string {
	before, after := "", ""
	if colors {
		before, after = "\x1b[38;5;231;48;5;16m", "\x1b[0m"
	}
	var b strings.Builder
	for y := 0; y < q.Size(); y += 2 {
		b.WriteString(before)
		for x := range q.Size() {
			top := !q.dark(x, y)
			bottom := y+1 < q.Size() && !q.dark(x, y+1)
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

// SVG draws a picture that can be made as large as one likes.
func (q QR) SVG() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d" `+
		`shape-rendering="crispEdges">
<rect width="%[1]d" height="%[1]d" fill="#fff"/>
<path d="`, q.Size())
	for y := range q.Size() {
		for x := range q.Size() {
			if q.dark(x, y) {
				fmt.Fprintf(&b, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	b.WriteString("\"/>\n</svg>\n")
	return []byte(b.String())
}

// PNG draws a picture of eight pixels a module.
func (q QR) PNG() []byte { return q.code.PNG() }
