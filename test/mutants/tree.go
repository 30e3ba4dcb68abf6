package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// A mutant is one line of the code, broken.
type mutant struct {
	file, what string
	// old stands in the file once; it may hold more than the line that changes, to be found
	old, new string
}

// errList is the error for a list of breakages that the code has outgrown.
var errList = errors.New("the list is out of date")

// blank is what may stand for one blank in the code, where a line was broken.
var blank = regexp.MustCompile(`\s+`)

// broken returns the text with the mutant in it. What does not stand there as it is written may
// stand there with its lines broken elsewhere.
func (m mutant) broken(text string) (string, error) {
	if strings.Count(text, m.old) == 1 {
		return strings.Replace(text, m.old, m.new, 1), nil
	}
	old, err := regexp.Compile(blank.ReplaceAllString(regexp.QuoteMeta(m.old), `\s+`))
	if err != nil {
		return "", err
	}
	found := old.FindAllStringIndex(text, -1)
	if len(found) != 1 {
		return "", fmt.Errorf("%w: %s: %q: %q stands there %d times, not once", errList,
			m.file, m.what, m.old, len(found))
	}
	return text[:found[0][0]] + m.new + text[found[0][1]:], nil
}

// A tree is a copy of the repository.
type tree struct {
	dir, source string
}

// copyTree copies the checkout as it stands, changes that are not committed included, and nothing
// that git ignores.
func copyTree() (tree, error) {
	source, err := exec.Command("git", "rev-parse", "--show-toplevel").Output()
	if err != nil {
		return tree{}, fmt.Errorf("run this inside the repository: %w", err)
	}
	t := tree{source: strings.TrimSpace(string(source))}
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = t.source
	names, err := list.Output()
	if err != nil {
		return tree{}, fmt.Errorf("git ls-files: %w", err)
	}
	if t.dir, err = os.MkdirTemp("", "motp-mutants"); err != nil {
		return tree{}, err
	}
	if err := os.Chmod(t.dir, 0o755); err != nil { // tests run programs of plain users in it
		return tree{}, err
	}
	for _, name := range bytes.Split(bytes.TrimRight(names, "\x00"), []byte{0}) {
		if err := t.copyFile(string(name)); err != nil {
			t.remove()
			return tree{}, err
		}
	}
	return t, os.Mkdir(filepath.Join(t.dir, "tmp"), 0o755)
}

func (t tree) copyFile(name string) error {
	from, to := filepath.Join(t.source, name), filepath.Join(t.dir, name)
	info, err := os.Stat(from)
	if os.IsNotExist(err) || err == nil && !info.Mode().IsRegular() {
		return nil // removed, and that is not committed yet
	}
	if err != nil {
		return err
	}
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, content, info.Mode().Perm())
}

func (t tree) apply(m mutant) error {
	path := filepath.Join(t.dir, m.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, err := m.broken(string(text))
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(changed), 0o644)
}

func (t tree) mend(m mutant) error { return t.copyFile(m.file) }

func (t tree) remove() { os.RemoveAll(t.dir) }
