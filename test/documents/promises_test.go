package documents

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	declared = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	named    = regexp.MustCompile("`([a-z0-9/]+)`|" +
		"\\b((?:Test|Fuzz)[A-Z]\\w*)|\\b([a-z]+(?:-[a-z]+)*\\.txtar)")
)

// tests returns the folders in which each test of the tree is, by its name.
func tests(t *testing.T) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	must(t, fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		folder := path.Dir(name)
		switch {
		case d.IsDir() && (d.Name() == "build" || d.Name() == ".git"):
			return fs.SkipDir
		case strings.HasSuffix(name, ".txtar"):
			found[d.Name()] = append(found[d.Name()], path.Dir(folder))
		case strings.HasSuffix(name, "_test.go"):
			text, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				return err
			}
			for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
				found[m[1]] = append(found[m[1]], folder)
			}
		}
		return nil
	}))
	return found
}

// Every test that a document names exists, in the package whose name stands before it.
func TestPromisesNameTests(t *testing.T) {
	t.Parallel()
	all := tests(t)
	for _, page := range []string{"docs/security.md", "docs/limits.md", "docs/web-token.md"} {
		count := 0
		for line := range strings.Lines(read(t, page)) {
			within := ""
			for _, m := range named.FindAllStringSubmatch(line, -1) {
				name := m[2] + m[3]
				if name == "" {
					within = m[1]
					continue
				}
				count++
				if !isIn(all[name], within) {
					t.Errorf("%s names %s %s; it is in %q",
						page, within, name, all[name])
				}
			}
		}
		if count < 3 {
			t.Errorf("%s names only %d tests", page, count)
		}
	}
}

// isIn says whether a test is in a package or below it, or anywhere if none is named.
func isIn(folders []string, within string) bool {
	if info, err := os.Stat(filepath.Join(root, within)); err != nil || !info.IsDir() {
		within = ""
	}
	for _, folder := range folders {
		if within == "" || folder == within || strings.HasPrefix(folder, within+"/") {
			return true
		}
	}
	return false
}
