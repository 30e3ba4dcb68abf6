package paperpage

import (
	"encoding/xml"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

var page = Page{User: `R&D <"alice">`, Site: "server", Set: 3, PIN: true,
	Made:  time.Date(2026, 11, 26, 12, 0, 0, 0, time.Local),
	Codes: []string{"ABCD-EFGH-IJKL-MNOP", "2345-6723-4567-2345"}}

func TestText(t *testing.T) {
	const want = `Paper codes of R&D <"alice"> for server
set 3, made on 2026-11-26; all earlier sets are good no more

   1  ABCD-EFGH-IJKL-MNOP
   2  2345-6723-4567-2345

Type your PIN and one of them right behind it, where you are asked for a code. Dashes and ` +
		`capitals do not matter.
Each is good once: cross it out.
Keep them apart from your phone, and the PIN nowhere on this page.
If the page is lost, or few are left, ask for another: that ends this one.
`
	if got := page.Text(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	without := page
	without.PIN = false
	if got := without.Text(); strings.Contains(got, "your PIN and") {
		t.Errorf("%s asks for a PIN", got)
	}
}

// The page is XML, says what the text says, and nothing of it lies outside.
func TestSVG(t *testing.T) {
	full := page
	for len(full.Codes) < 16 {
		full.Codes = append(full.Codes, "ABCD-EFGH-IJKL-MNOP")
	}
	full.User = strings.Repeat("wide ", 30)
	for _, p := range []Page{page, full, {}} {
		svg := string(p.SVG())
		said, places := read(t, svg)
		for _, line := range append(p.Codes, p.title(), p.subtitle()) {
			if !strings.Contains(said, line+"\n") {
				t.Errorf("%q is missing in %s", line, said)
			}
		}
		for _, advice := range p.advice() {
			if !strings.Contains(strings.ReplaceAll(said, "\n", " "), advice) {
				t.Errorf("%q is missing", advice)
			}
		}
		for _, y := range places {
			if y <= 0 || y > 279-10 { // the height of US Letter, and a printer's margin
				t.Errorf("something lies at %g of %d codes", y, len(p.Codes))
			}
		}
	}
}

// The page among the examples is one of this package's.
func TestExample(t *testing.T) {
	p := Page{User: "alice", Site: "server.example.com", Set: 1, PIN: true,
		Made: time.Date(2026, 11, 26, 12, 0, 0, 0, time.Local)}
	for i := range 10 {
		p.Codes = append(p.Codes, "EXAM-PLEE-XAMP-LE"+string(rune('A'+i))+"Y")
	}
	const file = "../../examples/paper-codes.svg"
	if there, err := os.ReadFile(file); err != nil || string(there) != string(p.SVG()) {
		t.Errorf("%s is not the page as it is made (%v):\n%s", file, err, p.SVG())
	}
}

// read returns what a page says, a line each, and where.
func read(t *testing.T, svg string) (said string, places []float64) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return said, places
		}
		if err != nil {
			t.Fatal(err, svg)
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "text" {
			continue
		}
		var text struct {
			Y    float64 `xml:"y,attr"`
			Text string  `xml:",chardata"`
		}
		if err := decoder.DecodeElement(&text, &start); err != nil {
			t.Fatal(err)
		}
		said += text.Text + "\n"
		places = append(places, text.Y)
	}
}
