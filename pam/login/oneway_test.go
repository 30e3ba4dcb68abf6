package login

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// Some things are done in one place, where everything that speaks for or against them is looked at.
func TestOneWay(t *testing.T) {
	for _, c := range []struct {
		what   string
		within string
		is     func(ast.Node) bool
	}{
		{"PAM_IGNORE is returned", "ignore", func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			return ok && id.Name == "Ignore"
		}},
		{"a user is looked up", "lookup", calls("Lookup")},
		{"names are looked for", "find", calls("lookup")},
	} {
		if got := functionsWith(t, c.is); !slices.Equal(got, []string{c.within}) {
			t.Errorf("%s in %q, want %s alone", c.what, got, c.within)
		}
	}
}

// calls is for calls of a method of that name.
func calls(method string) func(ast.Node) bool {
	return func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return false
		}
		called, ok := call.Fun.(*ast.SelectorExpr)
		return ok && called.Sel.Name == method
	}
}

// functionsWith names the functions of the package in which something stands, but for outcome,
// which tells the words for codes.
func functionsWith(t *testing.T, is func(ast.Node) bool) []string {
	t.Helper()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		if strings.HasSuffix(file.Name(), "_test.go") ||
			!strings.HasSuffix(file.Name(), ".go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Name.Name == "outcome" {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if n != nil && is(n) {
					found = append(found, f.Name.Name)
				}
				return true
			})
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
