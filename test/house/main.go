// Command house checks rules of the source that no compiler knows: which package may import what,
// how long lines and functions are, spelling, duplicated blocks, package comments, and that the
// exported API of package motp changes only where CHANGELOG.md says so. "make lint" runs it.
//
//	house            checks the tree that git tracks, and lists what breaks a rule
//	house -api       writes api/motp.txt, if CHANGELOG.md names all that changed
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
)

// A check looks at a tree for what breaks one rule, and names each place: "file:line: what".
type check struct {
	name string
	run  func(tree) ([]string, error)
}

var checks = []check{
	{"imports", imports},
	{"rooms", named},
	{"line length", lines},
	{"function length", functions},
	{"package comments", comments},
	{"exported API", api},
	{"other systems", systems},
	{"spelling", spelling},
	{"duplicated blocks", duplicates},
}

func main() {
	write := flag.Bool("api", false, "write "+apiFile)
	flag.Parse()
	if err := run(*write); err != nil {
		fmt.Fprintln(os.Stderr, "house:", err)
		os.Exit(1)
	}
}

func run(write bool) error {
	t, err := tracked(".")
	if err != nil {
		return err
	}
	if write {
		return writeAPI(t)
	}
	broken := 0
	for _, c := range checks {
		found, err := c.run(t)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		for _, place := range found {
			fmt.Println(place)
		}
		broken += len(found)
	}
	if broken > 0 {
		return fmt.Errorf("%d places break a rule of the tree", broken)
	}
	if len(t.coming) > 0 {
		fmt.Println("house: not checked yet:", strings.Join(t.coming, " "))
	}
	return nil
}
