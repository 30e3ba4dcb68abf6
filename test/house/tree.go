package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// comingFile lists the parts of the tree that are still to be brought under the rules.
const comingFile = "test/house/coming"

// A tree is what git tracks, or what a test makes up.
type tree struct {
	dir    string
	text   map[string]string // by the file's path from the root
	coming []string          // paths and beginnings of paths
}

// tracked reads the files that git tracks, as they stand, below the root of the repository.
func tracked(dir string) (tree, error) {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = dir
	names, err := list.Output()
	if err != nil {
		return tree{}, fmt.Errorf("git ls-files: %w", err)
	}
	t := tree{dir: dir, text: make(map[string]string)}
	for _, name := range bytes.Split(bytes.TrimRight(names, "\x00"), []byte{0}) {
		file := filepath.Join(dir, string(name))
		info, err := os.Lstat(file)
		if os.IsNotExist(err) || err == nil && info.Mode()&fs.ModeType != 0 {
			continue // removed, and that is not committed yet; or a link
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return tree{}, err
		}
		t.text[string(name)] = string(text)
	}
	for line := range strings.Lines(t.text[comingFile]) {
		line, _, _ = strings.Cut(line, "#")
		t.coming = append(t.coming, strings.Fields(line)...)
	}
	return t, nil
}

// files are the paths, in order, for which keep holds, without those still to come.
func (t tree) files(keep func(string) bool) []string {
	var names []string
	for name := range t.text {
		if keep(name) && !t.isComing(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (t tree) isComing(name string) bool {
	for _, c := range t.coming {
		if name == c || strings.HasSuffix(c, "/") && strings.HasPrefix(name+"/", c) {
			return true
		}
	}
	return false
}

// isFixture tells files that tests read: they have the form that they have.
func isFixture(name string) bool { return strings.Contains(name, "testdata/") }

func isGo(name string) bool { return path.Ext(name) == ".go" }

func isC(name string) bool { return path.Ext(name) == ".c" || path.Ext(name) == ".h" }

// A source is a Go file that was read.
type source struct {
	name, dir string
	file      *ast.File
	set       *token.FileSet
}

func (s source) isTest() bool { return strings.HasSuffix(s.name, "_test.go") }

func (s source) line(pos token.Pos) int { return s.set.Position(pos).Line }

// sources are the Go files of packages that are built: fixtures are not among them.
func (t tree) sources() ([]source, error) {
	var all []source
	for _, name := range t.files(func(n string) bool { return isGo(n) && !isFixture(n) }) {
		set := token.NewFileSet()
		mode := parser.ParseComments | parser.SkipObjectResolution
		file, err := parser.ParseFile(set, name, t.text[name], mode)
		if err != nil {
			return nil, err
		}
		all = append(all, source{name: name, dir: path.Dir(name), file: file, set: set})
	}
	return all, nil
}
