package main

import (
	"fmt"
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	rulesFile    = "docs/architecture.md"
	rulesHeading = "## What may import what"
	roomsHeading = "## The rooms"
	module       = "github.com/pam-motp/pam-motp/"
)

// A rule is a row of the table in docs/architecture.md.
type rule struct {
	pattern     string // a package, or "folder/…" for all below it
	own, others permission
}

// A permission is a cell: "none", "any" or "all", "all but" some, or a list.
type permission struct {
	all  bool
	list []string // what is allowed; with all, what is not
}

func (p permission) allows(pkg string) bool {
	return p.all != slices.ContainsFunc(p.list, func(l string) bool {
		return l == pkg || strings.HasPrefix(pkg, l+"/") && strings.Contains(l, ".") ||
			strings.HasSuffix(l, "/…") &&
				strings.HasPrefix(pkg, strings.TrimSuffix(l, "…"))
	})
}

var quoted = regexp.MustCompile("`([^`]+)`")

func names(cell string) []string {
	var list []string
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		list = append(list, m[1])
	}
	return list
}

// rules reads the table. Whatever is not understood is an error: a rule that is skipped holds
// nothing.
func rules(text string) ([]rule, error) {
	_, text, found := strings.Cut(text, rulesHeading+"\n")
	if !found {
		return nil, fmt.Errorf("%s has no heading %q", rulesFile, rulesHeading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var table []rule
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		pattern := names(cells[0])
		if len(cells) != 3 || len(pattern) != 1 {
			return nil, fmt.Errorf("%s: a row that is not understood: %s",
				rulesFile, line)
		}
		r := rule{pattern: pattern[0]}
		for i, p := range []*permission{&r.own, &r.others} {
			cell := strings.TrimSpace(cells[i+1])
			p.list = names(cell)
			p.all = cell == "any" || cell == "all" ||
				strings.HasPrefix(cell, "all but ")
			if !p.all && cell != "none" && len(p.list) == 0 {
				return nil, fmt.Errorf("%s: a cell that is not understood: %s",
					rulesFile, cell)
			}
		}
		table = append(table, r)
	}
	if len(table) == 0 {
		return nil, fmt.Errorf("%s has no table below %q", rulesFile, rulesHeading)
	}
	return table, nil
}

// of is the rule for a package.
func of(table []rule, pkg string) (rule, bool) {
	for _, r := range table {
		below, open := strings.CutSuffix(r.pattern, "…")
		if r.pattern == pkg || open && strings.HasPrefix(pkg, below) {
			return r, true
		}
	}
	return rule{}, false
}

// An imported is one import of a file.
type imported struct {
	at, from, path string
	own            bool // a package of this project; path is then without the module's
}

// imports finds imports that docs/architecture.md does not allow, packages that have no row there
// and rows that have no package, and what breaks the rules that the table cannot say.
func imports(t tree) ([]string, error) {
	sources, err := t.sources()
	if err != nil {
		return nil, err
	}
	all, err := importsOf(sources)
	if err != nil {
		return nil, err
	}
	found := fixedRules(t, sources, all)
	if t.isComing(rulesFile) {
		return found, nil
	}
	table, err := rules(t.text[rulesFile])
	if err != nil {
		return nil, err
	}
	packages := make(map[string]bool)
	for _, s := range sources {
		packages[s.dir] = packages[s.dir] || !s.isTest()
	}
	return append(found, tableRules(t, table, packages, all)...), nil
}

// importsOf lists the imports of everything but tests, which may import what they like.
func importsOf(sources []source) ([]imported, error) {
	var all []imported
	for _, s := range sources {
		if s.isTest() {
			continue
		}
		for _, spec := range s.file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			at := fmt.Sprintf("%s:%d", s.name, s.line(spec.Pos()))
			name, own := strings.CutPrefix(name, module)
			all = append(all, imported{at: at, from: s.dir, path: name, own: own})
		}
	}
	return all, nil
}

func tableRules(t tree, table []rule, packages map[string]bool, all []imported) []string {
	var found []string
	for _, i := range all {
		r, known := of(table, i.from)
		if !known {
			continue
		}
		allowed := i.own && r.own.allows(i.path) || !i.own && r.others.allows(i.path)
		standard := !i.own && !strings.Contains(strings.Split(i.path, "/")[0], ".")
		if !allowed && !standard {
			found = append(found, fmt.Sprintf("%s: %s may not import %s: see %s", i.at,
				i.from, i.path, rulesFile))
		}
	}
	for pkg, built := range packages {
		if _, known := of(table, pkg); built && !known {
			found = append(found,
				fmt.Sprintf("%s: the package has no row in %s", pkg, rulesFile))
		}
	}
	for _, r := range table {
		open := strings.HasSuffix(r.pattern, "/…")
		if !open && !packages[r.pattern] && !t.isComing(r.pattern+"/") {
			found = append(found,
				fmt.Sprintf("%s: has a row for %s, which is no package",
					rulesFile, r.pattern))
		}
	}
	slices.Sort(found)
	return found
}

// fixedRules are those beside the table.
func fixedRules(t tree, sources []source, all []imported) []string {
	var found []string
	for _, i := range all {
		test := strings.HasPrefix(i.from, "test/")
		switch {
		case i.path == "C" && i.from != "pam" && !test:
			found = append(found, i.at+`: only pam may import "C"`)
		case i.own && strings.HasPrefix(i.path, "test/") && !test:
			found = append(found, i.at+": only tests may import "+i.path)
		case i.own && i.path == "internal/cli" && i.from != "cmd/motp" &&
			i.from != "packaging/manual":
			found = append(found,
				i.at+": only cmd/motp and packaging/manual may import "+i.path)
		case i.own && slices.Contains(clients, i.path) && i.from != "cmd/motpd-etcd" &&
			!slices.Contains(clients, i.from) && !test:
			found = append(found, i.at+": only cmd/motpd-etcd may import "+i.path)
		case strings.HasPrefix(i.path, "go.etcd.io/") && !test &&
			!slices.Contains(clients, i.from):
			found = append(found, i.at+": only "+strings.Join(clients, " and ")+
				" may import etcd's client, which is larger than all of motpd")
		case i.from == "motp" && slices.Contains(outside, i.path):
			found = append(found,
				i.at+": package motp knows no files and no system: "+i.path)
		}
	}
	for _, name := range t.files(isC) {
		folder := path.Dir(name)
		if folder != "pam" && folder != "pam/thin" && !strings.HasPrefix(name, "test/") {
			found = append(found,
				name+": C may stand in pam, pam/thin, and tests only")
		}
	}
	linked := reached("pam", all)
	for _, i := range all {
		if i.path == "fmt" && slices.Contains(linked, i.from) {
			found = append(found,
				i.at+": what is linked into the module may not import fmt, "+
					"which every login would start")
		}
	}
	return append(found, clocks(sources)...)
}

// clients are the packages that link the large client of etcd.
var clients = []string{"internal/fleet", "internal/fleetauth", "internal/fleetserve"}

// outside is what package motp leaves to stores and programs.
var outside = []string{"os", "io/fs", "path/filepath", "syscall", "golang.org/x/sys/unix"}

// reached are the packages of this project that one imports, itself, and what those import.
func reached(pkg string, all []imported) []string {
	list := []string{pkg}
	for n := 0; n < len(list); n++ {
		for _, i := range all {
			if i.from == list[n] && i.own && !slices.Contains(list, i.path) {
				list = append(list, i.path)
			}
		}
	}
	return list
}

// clocks finds where package motp reads the clock, which its callers do.
func clocks(sources []source) []string {
	var found []string
	for _, s := range sources {
		if s.dir != "motp" || s.isTest() {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok || !slices.Contains([]string{"Now", "Since", "Until"},
				call.Sel.Name) {
				return true
			}
			if x, ok := call.X.(*ast.Ident); ok && x.Name == "time" {
				found = append(found,
					fmt.Sprintf("%s:%d: package motp reads no clock: time.%s",
						s.name, s.line(n.Pos()), call.Sel.Name))
			}
			return true
		})
	}
	return found
}
