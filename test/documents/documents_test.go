// Package documents holds README and docs/ to what they say of the tree: links, tests, options,
// reasons, and the bytes of the record and the wire.
package documents

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	must(t, err)
	return string(text)
}

// pages returns the names of all documents.
func pages(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		must(t, err)
		for _, path := range found {
			name, err := filepath.Rel(root, path)
			must(t, err)
			names = append(names, name)
		}
	}
	if len(names) < 15 {
		t.Fatalf("only %d documents are found: %q", len(names), names)
	}
	return names
}

// rows returns the cells of the tables' rows in a text.
func rows(text string) (found [][]string) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") {
			continue
		}
		line = strings.ReplaceAll(line, `\|`, "\x00")
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		found = append(found, cells)
	}
	return found
}

var quoted = regexp.MustCompile("`([^`]+)`")

// words returns what stands between backquotes in a text.
func words(text string) (found []string) {
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		found = append(found, m[1])
	}
	return found
}

// section returns the part of a document below a heading, up to the next of its level.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, text, ok := strings.Cut("\n"+read(t, page), "\n"+heading+"\n")
	if !ok {
		t.Fatalf("%s has no %q", page, heading)
	}
	level, _, _ := strings.Cut(heading, " ")
	text, _, _ = strings.Cut(text, "\n"+level+" ")
	if level == "###" {
		text, _, _ = strings.Cut(text, "\n## ")
	}
	return text
}

// The front page is for people in a hurry.
func TestFrontPage(t *testing.T) {
	t.Parallel()
	text := read(t, "README.md")
	if n := len(strings.Fields(text)); n > 1200 {
		t.Errorf("README.md has %d words; move some of them to docs/", n)
	}
	for _, command := range []string{"make demo", "make test"} {
		if n := strings.Count(text, "\n    # "+command+" "); n != 1 {
			t.Errorf("README.md has %d lines with the command %q", n, command)
		}
	}
}

// Every page is found from the front page, or from the list of those in docs.
func TestPagesAreListed(t *testing.T) {
	t.Parallel()
	front, list := read(t, "README.md"), read(t, "docs/README.md")
	for _, page := range pages(t) {
		inDocs, isInDocs := strings.CutPrefix(page, "docs/")
		switch {
		case page == "README.md":
		case page == "docs/README.md" || !isInDocs:
			if !strings.Contains(front, "]("+page+")") {
				t.Errorf("README.md has no link to %s", page)
			}
		case !strings.Contains(list, "]("+inDocs+")"):
			t.Errorf("docs/README.md has no link to %s", page)
		}
	}
}

var (
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.*)$`)
	noAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// anchors returns the headings of a document in the form that links have.
func anchors(text string) (found []string) {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		plain := noAnchor.ReplaceAllString(strings.ToLower(m[1]), "")
		found = append(found, strings.ReplaceAll(plain, " ", "-"))
	}
	return found
}

func TestLinks(t *testing.T) {
	t.Parallel()
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			name, anchor, hasAnchor := strings.Cut(m[1], "#")
			target := filepath.Join(filepath.Dir(page), name)
			if name == "" {
				target = page
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s links to %s, which does not exist", page, m[1])
			} else if hasAnchor && !slices.Contains(anchors(read(t, target)), anchor) {
				t.Errorf("%s links to %s, and there is no such heading", page, m[1])
			}
		}
	}
}

// Every file and folder of the tree that a document names exists.
func TestPaths(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(
		"^(examples|docs|pam|conf|cmd|internal|packaging|test)/[a-zA-Z0-9_./-]+$")
	for _, page := range pages(t) {
		if page == "docs/architecture.md" || page == "CHANGELOG.md" {
			continue // the target, and the past
		}
		for _, word := range words(read(t, page)) {
			if !place.MatchString(word) {
				continue
			}
			if _, err := os.Stat(filepath.Join(root, word)); err != nil {
				t.Errorf("%s names %s, which does not exist", page, word)
			}
		}
	}
}
