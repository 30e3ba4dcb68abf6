package term

import (
	"bytes"
	"strings"
	"text/tabwriter"
	"unicode/utf8"
)

// A Table is rows of cells, of which the first is a name.
type Table [][]string

// Add adds a row.
func (t *Table) Add(cells ...string) { *t = append(*t, cells) }

// leastName is what is left of a name where the terminal is too narrow for a row anyway.
const leastName = 8

// Lines lays the rows out in columns, so that each fits so many columns of a screen; 0 is any
// number. Where a row would be too long, names give way: they are cut, and show it. The width of
// the first column is told too.
func (t Table) Lines(columns int) (lines []string, first int) {
	if len(t) == 0 {
		return nil, 0
	}
	longest := 0
	lines = t.layOut()
	for i, row := range t {
		longest = max(longest, utf8.RuneCountInString(lines[i]))
		first = max(first, utf8.RuneCountInString(row[0]))
	}
	if columns == 0 || longest <= columns {
		return lines, first
	}
	if narrow := max(leastName, first-(longest-columns)); narrow < first {
		return t.cut(narrow).layOut(), narrow
	}
	return lines, first
}

// layOut has each column as wide as its longest cell.
func (t Table) layOut() []string {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range t {
		_, _ = w.Write([]byte(strings.Join(row, "\t") + "\n")) // a buffer takes anything
	}
	_ = w.Flush()
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// cut makes the names no longer than so many characters.
func (t Table) cut(width int) Table {
	narrow := make(Table, len(t))
	for i, row := range t {
		narrow[i] = append([]string(nil), row...)
		if utf8.RuneCountInString(row[0]) > width {
			narrow[i][0] = string([]rune(row[0])[:width-1]) + "…"
		}
	}
	return narrow
}
