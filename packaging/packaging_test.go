// Package packaging tests the scripts in this folder, which make calls.
package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// lay writes files below a folder, with their folders. A text that begins with "-> " is a link.
func lay(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if target, link := strings.CutPrefix(text, "-> "); link {
			must(t, os.Symlink(target, path))
			continue
		}
		must(t, os.WriteFile(path, []byte(text), 0o755))
	}
}

// run runs a program, and returns what it printed and whether it ended well.
func run(t *testing.T, folder, program string, arguments ...string) (string, bool) {
	t.Helper()
	cmd := exec.Command(program, arguments...)
	cmd.Dir = folder
	output, err := cmd.CombinedOutput()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatalf("%s: %v", program, err)
	}
	return strings.TrimSpace(string(output)), err == nil
}

func copyHere(t *testing.T, folder string, names ...string) {
	t.Helper()
	for _, name := range names {
		content, err := os.ReadFile(filepath.Join("..", name))
		must(t, err)
		lay(t, folder, map[string]string{name: string(content)})
	}
}
