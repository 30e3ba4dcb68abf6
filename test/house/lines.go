package main

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

const (
	lastColumn  = 100
	tabStop     = 8
	mostInBlock = 60 // lines of a function
)

// longWord is a word that cannot be broken: a URL, a test vector. It does not count.
var longWord = regexp.MustCompile(`\S{60,}`)

// isProse tells files that people read line by line.
func isProse(name string) bool {
	ext := path.Ext(name)
	return isGo(name) || isC(name) ||
		slices.Contains([]string{".md", ".yml", ".yaml", ".sh"}, ext) && !isFixture(name) ||
		name == "Makefile" || name == ".ci/run" ||
		strings.HasPrefix(name, "packaging/") && ext == ""
}

// lines finds lines that end beyond column 100. A row of a Markdown table has no other form, and
// may.
func lines(t tree) ([]string, error) {
	var found []string
	for _, name := range t.files(isProse) {
		n := 0
		for line := range strings.Lines(t.text[name]) {
			n++
			if path.Ext(name) == ".md" && strings.HasPrefix(line, "|") {
				continue
			}
			if w := width(longWord.ReplaceAllString(line, "")); w > lastColumn {
				found = append(found,
					fmt.Sprintf("%s:%d: the line ends at column %d, not %d",
						name, n, w, lastColumn))
			}
		}
	}
	return found, nil
}

// width is the number of columns that a line takes.
func width(line string) int {
	w := 0
	for _, r := range strings.TrimRight(line, "\n") {
		if r == '\t' {
			w += tabStop - w%tabStop
		} else {
			w++
		}
	}
	return w
}
