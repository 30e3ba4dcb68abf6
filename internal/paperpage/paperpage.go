// Package paperpage writes codes down for their user to keep on paper: as text, and as a page to
// print. It must not know what codes are good for, or where they are kept.
package paperpage

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"
)

// A Page is what a user takes home.
type Page struct {
	User, Site string // fit to be shown
	Set        uint64
	Made       time.Time
	PIN        bool // stands before each code
	Codes      []string
}

// title tells what the page is.
func (p Page) title() string { return fmt.Sprintf("Paper codes of %s for %s", p.User, p.Site) }

// subtitle tells which set it is.
func (p Page) subtitle() string {
	return fmt.Sprintf("set %d, made on %s; all earlier sets are good no more", p.Set,
		p.Made.Local().Format(time.DateOnly))
}

// advice tells what to do with them, a line each.
func (p Page) advice() []string {
	how := "Type one where you are asked for a code. Dashes and capitals do not matter."
	if p.PIN {
		how = "Type your PIN and one of them right behind it, where you are asked for a " +
			"code. Dashes and capitals do not matter."
	}
	return []string{
		how,
		"Each is good once: cross it out.",
		"Keep them apart from your phone, and the PIN nowhere on this page.",
		"If the page is lost, or few are left, ask for another: that ends this one.",
	}
}

// Text is the page for a terminal, or a pipe.
func (p Page) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n\n", p.title(), p.subtitle())
	for i, code := range p.Codes {
		fmt.Fprintf(&b, "  %2d  %s\n", i+1, code)
	}
	b.WriteString("\n")
	for _, line := range p.advice() {
		fmt.Fprintf(&b, "%s\n", line)
	}
	return b.String()
}

// The measures of the page, in millimeters: A4, of which US Letter shows all that matters.
const (
	width, height = 210, 297
	margin        = 25
	titleAt       = 35
	subtitleAt    = 44
	firstAt       = 62
	most          = 150 // for the codes
	widest        = 12
	adviceAt      = 8 // below the last code
	adviceLine    = 7
	perLine       = 80 // characters
)

// SVG is the page to print.
func (p Page) SVG() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%dmm" height="%dmm" `+
		`viewBox="0 0 %[1]d %[2]d">
<rect width="%[1]d" height="%[2]d" fill="#fff"/>
`, width, height)
	text := func(x, y float64, size float64, family, text string) {
		fmt.Fprintf(&b, `<text x="%g" y="%g" font-family="%s" font-size="%.3g">%s</text>`+
			"\n", x, y, family, size, escaped(text))
	}
	const words, digits = "sans-serif", "monospace"
	text(margin, titleAt, fitting(p.title()), words, p.title())
	text(margin, subtitleAt, 4, words, p.subtitle())
	step, y := min(widest, most/float64(max(1, len(p.Codes)))), float64(firstAt)
	for i, code := range p.Codes {
		fmt.Fprintf(&b, `<rect x="%d" y="%g" width="5" height="5" fill="none" `+
			`stroke="#000" stroke-width="0.3"/>`+"\n", margin, y-4.5)
		text(margin+9, y, 4, words, fmt.Sprint(i+1))
		text(margin+20, y, 7, digits, code)
		y += step
	}
	y += adviceAt
	for _, advice := range p.advice() {
		for _, line := range wrapped(advice, perLine) {
			text(margin, y, 4, words, line)
			y += adviceLine
		}
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// fitting is the size in which a title fits onto the page.
func fitting(title string) float64 {
	const usual, least, ofWidth = 7, 2, 0.6 // a letter is about so wide, of its size
	room := float64(width-2*margin) / (ofWidth * float64(max(1, len([]rune(title)))))
	return max(least, min(usual, room))
}

// wrapped are the lines of a text with so many characters each, at the most.
func wrapped(text string, columns int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > columns {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// escaped is a text in XML.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
