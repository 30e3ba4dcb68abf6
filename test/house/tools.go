package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
)

// The tools are fetched by version: they are no part of what this project is built from.
const (
	misspell = "github.com/golangci/misspell/cmd/misspell@v0.8.0"
	dupl     = "github.com/mibk/dupl@v1.1.0"

	// How many nodes of syntax two blocks have in common, of one shape, before they count as
	// the same: about ten lines. Tests need more, since any two tables look alike.
	sameCode, sameTest = "50", "100"
)

// spelling finds misspelled words, and British spellings, by a list of words. "dialogue" is good
// English on both sides of the sea, "rela" a section of an ELF file, and "enrol" an option.
func spelling(t tree) ([]string, error) {
	files := t.files(func(name string) bool {
		return !isFixture(name) && name != "LICENSE" && path.Ext(name) != ".svg" &&
			path.Ext(name) != ".sum" && path.Dir(name) != "test/house"
	})
	arguments := []string{"-locale", "US", "-i", "dialogue,dialogues,rela,enrol"}
	return t.tool(misspell, append(arguments, files...), "")
}

// duplicates finds blocks of Go that stand twice. The lists of mutants are rows of one shape, which
// is what they are for.
func duplicates(t tree) ([]string, error) {
	var found []string
	for _, test := range []bool{false, true} {
		files := t.files(func(name string) bool {
			return isGo(name) && !isFixture(name) &&
				strings.HasSuffix(name, "_test.go") == test &&
				!strings.HasPrefix(name, "test/mutants/list_")
		})
		least := sameCode
		if test {
			least = sameTest
		}
		arguments := []string{"-plumbing", "-t", least, "-files"}
		here, err := t.tool(dupl, arguments, strings.Join(files, "\n"))
		if err != nil {
			return nil, err
		}
		found = append(found, here...)
	}
	return found, nil
}

// systems finds operating systems that package motp does not build on: it knows none of them.
func systems(t tree) ([]string, error) {
	if !slices.ContainsFunc(t.files(isGo), func(n string) bool {
		return path.Dir(n) == "motp"
	}) {
		return nil, nil
	}
	var found []string
	for _, system := range []string{"windows", "darwin", "plan9"} {
		build := exec.Command("go", "build", "./motp")
		build.Dir = t.dir
		build.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		if output, err := build.CombinedOutput(); err != nil {
			found = append(found, fmt.Sprintf("motp: does not build on %s: %s", system,
				bytes.TrimSpace(output)))
		}
	}
	return found, nil
}

// tool runs a tool that prints a line for each place. Its exit status is not a finding's: some end
// well whatever they found, so what is printed counts, and a failure without a line is one.
func (t tree) tool(module string, arguments []string, input string) ([]string, error) {
	cmd := exec.Command("go", append([]string{"run", module}, arguments...)...)
	cmd.Dir = t.dir
	cmd.Stdin = strings.NewReader(input)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	output, err := cmd.Output()
	var found []string
	for line := range strings.Lines(string(output)) {
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	slices.Sort(found)
	var exit *exec.ExitError
	if err != nil && (len(found) == 0 || !errors.As(err, &exit)) {
		return nil, fmt.Errorf("go run %s: %w: %s", module, err, errOut.Bytes())
	}
	return found, nil
}
