package motp

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What the package may import. What is not here may bring in files, processes or a network.
var mayImport = []string{"bytes", "context", "crypto/hmac", "crypto/md5", "crypto/rand",
	"crypto/sha1", "crypto/sha256", "crypto/sha512", "crypto/subtle", "encoding/base32",
	"encoding/binary", "encoding/hex", "errors", "fmt", "hash", "math", "net/url",
	"slices", "sort",
	"strconv", "strings", "sync", "time", "unicode", "unicode/utf8"}

// What reads or waits for a clock. The time is passed in.
var clocks = []string{"time.Now", "time.Since", "time.Until", "time.After", "time.AfterFunc",
	"time.Tick", "time.NewTimer", "time.NewTicker", "time.Sleep", "context.WithTimeout",
	"context.WithDeadline"}

// impurities are what a file may not have in it.
func impurities(fset *token.FileSet, file *ast.File) (found []string) {
	tell := func(node ast.Node, what string) {
		found = append(found, fmt.Sprintf("%s: %s", fset.Position(node.Pos()), what))
	}
	for _, i := range file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		if !slices.Contains(mayImport, path) {
			tell(i, "imports "+path)
		}
		if i.Name != nil {
			tell(i, "renames an import")
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok &&
				slices.Contains(clocks, x.Name+"."+s.Sel.Name) {
				tell(s, "uses "+x.Name+"."+s.Sel.Name)
			}
		}
		return true
	})
	return found
}

// The package knows no files and no clock.
func TestPure(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range impurities(fset, file) {
			t.Error(what)
		}
	}
}

// The check finds what it is for.
func TestImpure(t *testing.T) {
	for _, text := range []string{
		`import "os"`, `import "golang.org/x/sys/unix"`, `import t "time"`,
		"import \"time\"\nfunc f() { _ = time.Now() }",
		"import \"time\"\nvar clock = time.Now",
	} {
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, "impure.go", "package impure\n"+text, 0)
		if err != nil || len(impurities(fset, file)) == 0 {
			t.Errorf("%q: nothing is found, %v", text, err)
		}
	}
}
