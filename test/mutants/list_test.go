package main

import (
	"os"
	"testing"
)

// A list that does not fit the code breaks nothing, and proves nothing.
func TestEveryMutantFitsTheCode(t *testing.T) {
	seen := make(map[string]bool)
	for _, m := range mutants() {
		text, err := os.ReadFile("../../" + m.file)
		if err != nil {
			t.Error(err)
			continue
		}
		broken, err := m.broken(string(text))
		if err != nil {
			t.Error(err)
		}
		if broken == string(text) {
			t.Errorf("%s: %s: changes nothing", m.file, m.what)
		}
		if seen[m.what] {
			t.Errorf("%s stands in the list twice", m.what)
		}
		seen[m.what] = true
	}
}
