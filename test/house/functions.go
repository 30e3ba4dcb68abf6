package main

import (
	"fmt"
	"go/ast"
	"strings"
)

// functions finds functions of more than 60 lines. Tests may be longer, since their tables are.
func functions(t tree) ([]string, error) {
	sources, err := t.sources()
	if err != nil {
		return nil, err
	}
	var found []string
	note := func(name string, from, to int) {
		if n := to - from + 1; n > mostInBlock {
			found = append(found,
				fmt.Sprintf("%s:%d: the function has %d lines, not %d",
					name, from, n, mostInBlock))
		}
	}
	for _, s := range sources {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && !s.isTest() {
				note(s.name, s.line(f.Pos()), s.line(f.End()))
			}
		}
	}
	for _, name := range t.files(isC) {
		from := 0
		for i, line := range strings.Split(t.text[name], "\n") {
			switch {
			case strings.HasPrefix(line, "{"):
				from = i // the line before: the function's name
			case strings.HasPrefix(line, "}") && from > 0:
				note(name, from, i+1)
				from = 0
			}
		}
	}
	return found, nil
}

// comments finds packages that do not say what they are for.
func comments(t tree) ([]string, error) {
	sources, err := t.sources()
	if err != nil {
		return nil, err
	}
	said := make(map[string]bool)
	var dirs []string
	for _, s := range sources {
		if _, known := said[s.dir]; !known {
			dirs = append(dirs, s.dir)
		}
		said[s.dir] = said[s.dir] || s.file.Doc != nil
	}
	var found []string
	for _, dir := range dirs {
		if !said[dir] {
			found = append(found,
				dir+": the package has no comment that says what it is for")
		}
	}
	return found, nil
}
