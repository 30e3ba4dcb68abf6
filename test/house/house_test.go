package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	table = "# Rooms\n\n## What may import what\n\n" +
		"| Package | Packages of this project | Others |\n|---|---|---|\n" +
		"| `motp` | none | none |\n" +
		"| `conf` | `motp` | `golang.org/x/sys`, `gopkg.in/ini.v1` |\n" +
		"| `cmd/motp` | `internal/cli` | none |\n" +
		"| `internal/cli` | all | any |\n" +
		"| `internal/doctor` | all but `internal/cli` | any |\n" +
		"| `test/…` | all but `internal/cli` | any |\n\n## Then\n\n| `x` |\n"
)

// long is a line that is too long in any file.
var long = columns(101)

// columns is a comment of so many columns.
func columns(n int) string { return "// " + strings.Repeat("word ", n)[:n-4] + "e\n" }

// rooms is a tree that keeps every rule, but for what a case changes in it.
func rooms(changes map[string]string) tree {
	text := map[string]string{
		rulesFile: table,
		"motp/a.go": "// Package motp.\npackage motp\n\n// T is.\n" +
			"type T struct{ A int }\n",
		"conf/a.go":     source1("conf", "os", module+"motp", "golang.org/x/sys/unix"),
		"cmd/motp/a.go": source1("main", module+"internal/cli"),
		"internal/cli/a.go": source1("cli", "fmt", module+"conf", module+"internal/doctor",
			"github.com/spf13/cobra"),
		"internal/doctor/a.go": source1("doctor", module+"conf"),
		"internal/doctor/a_test.go": source1("doctor", module+"internal/cli",
			module+"test/stage"),
		"test/stage/a.go": source1("stage", "C", module+"conf"),
		apiFile:           apiHead + "member T.A int\ntype T struct\n",
		changelog: "# Changes\n\n## 0.2.0\n\n- nothing\n\n## 0.1.0\n\n" +
			"`Old`, `T.B`\n",
	}
	for name, s := range changes {
		if s == "" {
			delete(text, name)
			continue
		}
		text[name] = s
	}
	return tree{text: text}
}

func source1(name string, imports ...string) string {
	s := "// Package " + name + " is.\npackage " + name + "\n\n"
	for _, i := range imports {
		s += "import _ \"" + i + "\"\n"
	}
	return s
}

func function1(lines int) string {
	return "func f() {\n" + strings.Repeat("\tg()\n", lines-2) + "}\n"
}

// TestChecks: each check finds what breaks its rule, there, and nothing else.
func TestChecks(t *testing.T) {
	t.Parallel()
	type change = map[string]string
	for name, c := range map[string]struct {
		check   func(tree) ([]string, error)
		changes change
		want    []string // how each place begins; the words of the rule may change
	}{
		"imports: all is well": {imports, nil, nil},
		"imports: of ours, not in the row": {imports,
			change{"motp/b.go": source1("motp", module+"conf")},
			[]string{"motp/b.go:4: "}},
		"imports: of others, not in the row": {imports,
			change{"conf/b.go": source1("conf", "rsc.io/qr")},
			[]string{"conf/b.go:4: "}},
		"imports: a module that begins like an allowed one": {imports,
			change{"conf/b.go": source1("conf", "golang.org/x/system")},
			[]string{"conf/b.go:4: "}},
		"imports: the command, from doctor": {imports,
			change{"internal/doctor/b.go": source1("doctor", module+"internal/cli")},
			[]string{"internal/doctor/b.go:4: only",
				"internal/doctor/b.go:4: internal/doctor"}},
		"imports: a test's room": {imports,
			change{"internal/cli/b.go": source1("cli", module+"test/stage")},
			[]string{"internal/cli/b.go:4: "}},
		"imports: the client of a fleet": {imports,
			change{"internal/cli/b.go": source1("cli", module+"internal/fleet")},
			[]string{"internal/cli/b.go:4: only"}},
		"imports: the client that makes users": {imports,
			change{"internal/cli/b.go": source1("cli", module+"internal/fleetauth")},
			[]string{"internal/cli/b.go:4: only"}},
		"imports: the client of etcd, past both": {imports,
			change{"internal/cli/b.go": source1("cli", "go.etcd.io/etcd/client/v3")},
			[]string{"internal/cli/b.go:4: only"}},
		"imports: cgo": {imports,
			change{"internal/cli/b.go": source1("cli", "C")},
			[]string{"internal/cli/b.go:4: "}},
		"imports: a C file": {imports,
			change{
				"conf/x.c":     "int x;\n",
				"pam/x.c":      "int y;\n",
				"pam/thin/x.c": "int y;\n",
				"pam/wire/x.c": "int y;\n",
				"test/x/x.h":   "int z;\n",
			},
			[]string{"conf/x.c: ", "pam/wire/x.c: "}},
		"imports: a package without a row": {imports,
			change{"internal/new/a.go": source1("new")}, []string{"internal/new: "}},
		"imports: a row without a package": {imports,
			change{"conf/a.go": ""}, []string{rulesFile + ": "}},
		"imports: fmt in what the module links": {imports,
			change{
				"pam/a.go":  source1("main", module+"conf"),
				"conf/b.go": source1("conf", "fmt"),
			},
			[]string{"conf/b.go:4: what", "pam: the package"}},
		"imports: files in motp": {imports,
			change{"motp/b.go": source1("motp", "os")}, []string{"motp/b.go:4: "}},
		"imports: a clock in motp": {imports,
			change{"motp/b.go": source1("motp", "time") + "var t = time.Now\n"},
			[]string{"motp/b.go:5: "}},

		"rooms: all is well": {named,
			change{rulesFile: "## The rooms\n\n    motp/          kinds\n" +
				"                   motp/ again\n    internal/\n" +
				"      cli/         verbs\n" + table}, nil},
		"rooms: twice": {named,
			change{rulesFile: "## The rooms\n\n    motp/          kinds\n" +
				"    internal/\n      cli/         verbs\n" +
				"    motp/          kinds\n      cli/         verbs\n" + table},
			[]string{rulesFile + ": names the room motp twice",
				rulesFile + ": names the room internal/cli twice"}},
		"rooms: none": {named,
			change{rulesFile: "## The rooms\n\n    mopt/          kinds\n" + table},
			[]string{rulesFile + ": names the room mopt, which"}},

		"lines: 100 columns, and 101": {lines,
			change{"a/a.go": "package a\n" +
				columns(100) + columns(101)},
			[]string{"a/a.go:3: "}},
		"lines: a tab takes up to eight columns": {lines,
			change{"a/a.c": "\t" + columns(92) + "	" + columns(93)},
			[]string{"a/a.c:2: "}},
		"lines: every kind of file": {lines,
			change{"Makefile": columns(100) + long, "a.md": long,
				"x/y.h":   long,
				".ci/run": long, "w.yml": long,
				"packaging/need": long,
				"testdata/a.md":  long, "x/testdata/a.c": long},
			[]string{".ci/run:1", "Makefile:2", "a.md:1", "packaging/need:1", "w.yml:1",
				"x/testdata/a.c:1", "x/y.h:1"}},
		"lines: tables, URLs, vectors": {lines,
			change{"a.md": "| " + long + "see https://example.org/" +
				strings.Repeat("x/", 60) +
				"\n", "a.go": "package a\n\nconst v = \"" +
				strings.Repeat("0f", 80) + "\"\n"}, nil},

		"functions: 60 lines, and 61": {functions,
			change{"a/a.go": "package a\n" + function1(60) + function1(61)},
			[]string{"a/a.go:62: "}},
		"functions: tests": {functions,
			change{"a/a_test.go": "package a\n" + function1(99)}, nil},
		"functions: C": {functions,
			change{"pam/a.c": "int f(void)\n{\n" +
				strings.Repeat("\tg();\n", 58) + "}\n"},
			[]string{"pam/a.c:1: "}},

		"comments: none": {comments, change{"a/a.go": "package a\n"}, []string{"a: "}},
		"comments: in one file of two": {comments,
			change{"a/a.go": "package a\n", "a/b.go": source1("a")}, nil},

		"api: nothing new": {api, nil, nil},
		"api: new": {api,
			change{"motp/b.go": "package motp\n\n" +
				"func New(a int) error { return nil }\nfunc n() {}\n"},
			[]string{"motp: new, and not in the newest section of CHANGELOG.md: func " +
				"New func(a int) error"}},
		"api: changed, and gone": {api,
			change{"motp/a.go": "package motp\n\ntype T struct{ A, B string }\n"},
			[]string{"motp: new, and not in the newest section of CHANGELOG.md: " +
				"member T.A string",
				"motp: new, and not in the newest section of CHANGELOG.md: " +
					"member T.B string",
				"motp: gone, and not in the newest section of CHANGELOG.md: " +
					"member T.A int"}},
		"api: told": {api,
			change{"motp/a.go": "package motp\n\ntype T struct{ A, B string }\n",
				changelog: "# Changes\n\n## 0.2.0\n\n" +
					"- `T.A` is text now. New: `T.B`.\n"}, nil},
		"api: another name is told": {api,
			change{"motp/b.go": "package motp\n\nfunc Go() {}\nfunc (T) Go() {}\n",
				changelog: "# Changes\n\n## 0.2.0\n\n- `T.Go`, `Gone`\n"},
			[]string{"motp: new, and not in the newest section of CHANGELOG.md: func " +
				"Go func()"}},
		"api: not written": {api, change{apiFile: ""}, []string{apiFile + ": "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := c.check(rooms(c.changes))
			if err != nil {
				t.Fatal(err)
			}
			same := slices.EqualFunc(found, c.want, strings.HasPrefix)
			if !same {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
}

// TestRulesAreRead: a table that is not understood is an error, not a table without rules.
func TestRulesAreRead(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"no heading": strings.Replace(table, "## What may", "## Who may", 1),
		"no row":     rulesHeading + "\n\n## Then\n",
		"no cell":    strings.Replace(table, "| none | none |", "| none |", 1),
		"an unknown one": strings.Replace(table, "| none | none |",
			"| nothing | none |", 1),
		"no file": "",
	} {
		if _, err := imports(rooms(map[string]string{rulesFile: text})); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestTools: what other programs check is found as well.
func TestTools(t *testing.T) {
	t.Parallel()
	block := "package a\n\nfunc a(x []int) (n int) {\n" +
		strings.Repeat("\tfor i, y := range x {\n"+
			"\t\tif y > i && y < 9 {\n\t\t\tn += y * i\n\t\t}\n\t}\n", 5) +
		"\treturn n\n}\n"
	const windows = "package motp\n\nimport \"syscall\"\n\nvar E = syscall.Kill\n"
	for name, c := range map[string]struct {
		check func(tree) ([]string, error)
		files map[string]string
		want  []string
	}{
		"spelling: well spelled": {spelling, map[string]string{"a.md": "the color\n"}, nil},
		"spelling: British, and wrong": {spelling,
			map[string]string{
				"a.md":   "the colour\n",
				"b/b.go": "package b // recieve\n",
			},
			[]string{"a.md:1:", "b/b.go:1:"}},
		"duplicates: none": {duplicates, map[string]string{"a/a.go": block}, nil},
		"duplicates: two": {duplicates,
			map[string]string{"a/a.go": block, "b/b.go": block},
			[]string{"a/a.go:", "b/b.go:"}},
		"duplicates: a test's": {duplicates,
			map[string]string{"a/a_test.go": block, "b/b_test.go": block},
			[]string{"a/a_test.go:", "b/b_test.go:"}},
		"systems: every": {systems, map[string]string{"go.mod": "module x\n\ngo 1.24\n",
			"motp/a.go": "package motp\n"}, nil},
		"systems: not every": {systems, map[string]string{"go.mod": "module x\n\ngo 1.24\n",
			"motp/a.go": windows},
			[]string{"motp: does not build on windows",
				"motp: does not build on plan9"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := tree{dir: t.TempDir(), text: c.files}
			for name, text := range c.files {
				file := filepath.Join(made.dir, name)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			found, err := c.check(made)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.EqualFunc(found, c.want, strings.HasPrefix) {
				t.Errorf("found %q, want %q", found, c.want)
			}
		})
	}
}

// TestComing: what is still to come is not looked at, and nothing else is left out for it.
func TestComing(t *testing.T) {
	t.Parallel()
	text := long
	made := tree{coming: []string{"docs/", "README.md"}, text: map[string]string{
		"docs/a.md": text, "README.md": text, "docs.md": text, "a/README.md": text}}
	found, err := lines(made)
	want := []string{"a/README.md:1", "docs.md:1"}
	if err != nil || !slices.EqualFunc(found, want, strings.HasPrefix) {
		t.Errorf("found %q, %v", found, err)
	}
}

// TestWriteAPI: the API is taken over as soon as CHANGELOG.md names what changed, and not before.
func TestWriteAPI(t *testing.T) {
	t.Parallel()
	made := rooms(map[string]string{"motp/b.go": "package motp\n\nfunc New() {}\n"})
	made.dir = t.TempDir()
	if err := writeAPI(made); err == nil || !strings.Contains(err.Error(), "func New") {
		t.Errorf("what nobody was told of was taken over: %v", err)
	}
	made.text[changelog] = "## 0.2.0\n\n- `New`\n"
	if err := writeAPI(made); err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(filepath.Join(made.dir, apiFile))
	want := apiHead + "func New func()\nmember T.A int\ntype T struct\n"
	if err != nil || string(written) != want {
		t.Errorf("%v, %q", err, written)
	}
}
