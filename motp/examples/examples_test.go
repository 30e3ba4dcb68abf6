// Package examples_test runs the examples that are modules of their own, so that what they need is
// nothing that package motp needs.
package examples_test

import (
	"os/exec"
	"path/filepath"
	"testing"
)

func TestModules(t *testing.T) {
	modules, err := filepath.Glob("*/go.mod")
	if err != nil || len(modules) == 0 {
		t.Fatal(modules, err)
	}
	for _, file := range modules {
		module := filepath.Dir(file)
		t.Run(module, func(t *testing.T) {
			for _, args := range [][]string{{"mod", "tidy", "-diff"}, {"vet", "./..."},
				{"test", "./..."}} {
				cmd := exec.Command("go", args...)
				cmd.Dir = module
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v: %v\n%s", cmd, err, out)
				}
			}
		})
	}
}
