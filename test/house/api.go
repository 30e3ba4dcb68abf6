package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	apiFile   = "api/motp.txt"
	apiHead   = "# The exported API of package motp. \"go run ./test/house -api\" writes it.\n"
	changelog = "CHANGELOG.md"
)

// api finds what was added to the exported API of package motp, or taken from it, since
// api/motp.txt was written, and is not named in the newest section of CHANGELOG.md.
func api(t tree) ([]string, error) {
	if t.isComing("motp/") || t.isComing(apiFile) {
		return nil, nil
	}
	now, err := exported(t)
	if err != nil {
		return nil, err
	}
	was, written := t.text[apiFile]
	if !written {
		return []string{apiFile + ": is missing: go run ./test/house -api"}, nil
	}
	before := strings.Split(strings.TrimSpace(strings.TrimPrefix(was, apiHead)), "\n")
	var found []string
	told := newest(t.text[changelog])
	for _, line := range now {
		if !slices.Contains(before, line) && !tells(told, line) {
			found = append(found,
				fmt.Sprintf("motp: new, and not in the newest section of "+
					"%s: %s", changelog, line))
		}
	}
	for _, line := range before {
		if !slices.Contains(now, line) && !tells(told, line) {
			found = append(found,
				fmt.Sprintf("motp: gone, and not in the newest section of "+
					"%s: %s", changelog, line))
		}
	}
	return found, nil
}

// writeAPI makes today's API the one that is compared with.
func writeAPI(t tree) error {
	if _, written := t.text[apiFile]; written {
		found, err := api(t)
		if err != nil {
			return err
		}
		if len(found) > 0 {
			return fmt.Errorf("first say so in %s:\n%s", changelog,
				strings.Join(found, "\n"))
		}
	}
	now, err := exported(t)
	if err != nil {
		return err
	}
	file := filepath.Join(t.dir, apiFile)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(apiHead+strings.Join(now, "\n")+"\n"), 0o644)
}

// newest is the first section below the title.
func newest(text string) string {
	_, text, _ = strings.Cut("\n"+text, "\n## ")
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// tells reports whether a text names what a line of the API is about: "Token.PIN", "Parse".
func tells(text, line string) bool {
	name := regexp.QuoteMeta(strings.Trim(strings.Fields(line)[1], ","))
	return regexp.MustCompile(`(^|[^\w.])` + name + `($|\W)`).MatchString(text)
}

// exported lists the API of package motp, a line for each name: "func", "method" and so on, the
// name, and what it is.
func exported(t tree) ([]string, error) {
	sources, err := t.sources()
	if err != nil {
		return nil, err
	}
	var list []string
	for _, s := range sources {
		if s.dir != "motp" || s.isTest() {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				list = append(list, function(d)...)
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					list = append(list, declared(d.Tok, spec)...)
				}
			}
		}
	}
	slices.Sort(list)
	return list, nil
}

func function(d *ast.FuncDecl) []string {
	if !d.Name.IsExported() {
		return nil
	}
	kind, name := "func ", d.Name.Name
	if d.Recv != nil {
		of := strings.TrimPrefix(shown(d.Recv.List[0].Type), "*")
		if !ast.IsExported(of) {
			return nil
		}
		kind, name = "method ", of+"."+name
		if _, pointer := d.Recv.List[0].Type.(*ast.StarExpr); pointer {
			return []string{kind + name + " on a pointer " + shown(d.Type)}
		}
	}
	return []string{kind + name + " " + shown(d.Type)}
}

// declared lists what one line of a declaration makes known.
func declared(kind token.Token, spec ast.Spec) []string {
	var list []string
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			if name.IsExported() {
				list = append(list,
					strings.TrimSpace(kind.String()+" "+name.Name+" "+
						shown(spec.Type)))
			}
		}
	case *ast.TypeSpec:
		name := spec.Name.Name
		if !spec.Name.IsExported() {
			return nil
		}
		switch of := spec.Type.(type) {
		case *ast.StructType:
			return append([]string{"type " + name + " struct"},
				members(name, of.Fields)...)
		case *ast.InterfaceType:
			return append([]string{"type " + name + " interface"},
				members(name, of.Methods)...)
		}
		equals := ""
		if spec.Assign.IsValid() {
			equals = "= "
		}
		list = append(list, "type "+name+" "+equals+shown(spec.Type))
	}
	return list
}

// members lists fields of a struct, or methods of an interface.
func members(of string, fields *ast.FieldList) []string {
	var list []string
	for _, field := range fields.List {
		for _, name := range field.Names {
			if name.IsExported() {
				list = append(list,
					"member "+of+"."+name.Name+" "+shown(field.Type))
			}
		}
		if len(field.Names) == 0 {
			list = append(list, "member "+of+"."+shown(field.Type)+" embedded")
		}
	}
	return list
}

// shown prints a type in one line.
func shown(n ast.Node) string {
	if n == nil {
		return ""
	}
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), n); err != nil {
		panic(err) // no node of a file that was parsed
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
