package web

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// files reads a folder.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	entries, err := os.ReadDir(folder)
	must(t, err)
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(folder, e.Name()))
		must(t, err)
		found[e.Name()] = string(text)
	}
	return found
}

// What is committed is what the sources give, and small.
func TestBuilt(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "dist")
	if output, err := exec.Command("node", "../../web/build.mjs",
		folder).CombinedOutput(); err != nil {
		t.Fatalf("node web/build.mjs: %v: %s\nmake web-modules", err, output)
	}
	built, committed := files(t, folder), files(t, dist)
	sum := 0
	for name, text := range built {
		sum += len(text)
		if committed[name] != text {
			t.Errorf("web/dist/%s is not what web/src gives: make web", name)
		}
	}
	for name := range committed {
		if _, is := built[name]; !is {
			t.Errorf("web/dist/%s comes from nowhere: make web", name)
		}
	}
	const most = 150_000
	if sum > most {
		t.Errorf("%d bytes in all, which is more than %d", sum, most)
	}
}

// The page allows its own script and style by their hashes, and nothing else; the worker knows the
// hash of each file.
func TestHashes(t *testing.T) {
	t.Parallel()
	all := files(t, dist)
	page := all["index.html"]
	said := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`)
	policy := said.FindStringSubmatch(page)
	if policy == nil {
		t.Fatal("the page has no policy")
	}
	part := func(name string) string {
		_, text, _ := strings.Cut(page, "<"+name+">")
		text, _, _ = strings.Cut(text, "</"+name+">")
		return integrity(text)
	}
	want := "default-src 'none'; script-src '" + part("script") + "'; style-src '" +
		part("style") + "'; img-src 'self' data:; manifest-src 'self'; " +
		"worker-src 'self'; base-uri 'none'; form-action 'none'; " +
		"require-trusted-types-for 'script'; trusted-types motp"
	if policy[1] != want {
		t.Errorf("the policy is\n%s\nand not\n%s", policy[1], want)
	}
	known := map[string]string{}
	of := regexp.MustCompile(`\{"[^}]*sha384-[^}]*\}`).FindString(all["worker.js"])
	if err := json.Unmarshal([]byte(of), &known); err != nil {
		t.Fatalf("%v: %s", err, of)
	}
	for name, text := range all {
		switch name {
		case "worker.js", "licenses.txt":
			continue
		case "index.html":
			name = "./"
		}
		if known[name] != integrity(text) {
			t.Errorf("the worker knows %s as %q", name, known[name])
		}
		delete(known, name)
	}
	for name := range known {
		t.Errorf("the worker knows %s, which is not there", name)
	}
}
