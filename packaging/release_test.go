package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestGlibc(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	lay(t, folder, map[string]string{
		"new.c": "#include <pthread.h>\n" +
			"int main(void) { return pthread_detach(pthread_self()); }\n",
	})
	newest := filepath.Join(folder, "new")
	output, err := exec.Command("cc", "-o", newest, newest+".c").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, c := range []struct {
		limit, file string
		says        string // all is well if it is empty
	}{
		{"9.99", newest, ""},
		{"2.2", newest, newest + " needs GLIBC_2."},
		{"2.28", filepath.Join(folder, "new.c"), "no version of glibc stands in it"},
	} {
		said, ok := run(t, ".", "./glibc", c.limit, c.file)
		if ok != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s below %s: %t, %s", c.file, c.limit, ok, said)
		}
	}
}

// TestReleaseRefuses sees that no package is made of a tree that is not what was committed.
func TestReleaseRefuses(t *testing.T) {
	t.Parallel()
	const log = "## 1.2.0, 2026-01-01\n"
	for name, c := range map[string]struct {
		changelog string
		tag       bool
		dirt      string
		says      string
	}{
		"no section":     {"## 1.1.0, 2026-01-01\n", false, "", "no section"},
		"unreleased":     {"## 1.2.0, unreleased\n", true, "", "date its section"},
		"a changed file": {log, true, "VERSION", "VERSION"},
		"a new file":     {log, true, "more.go", "?? more.go"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			copyHere(t, folder, "packaging/release", "packaging/version")
			lay(t, folder, map[string]string{"VERSION": "1.2.0\n",
				"CHANGELOG.md": c.changelog})
			git := []string{"-c", "user.name=a", "-c", "user.email=a@example.com"}
			run(t, folder, "git", "init", "-q")
			run(t, folder, "git", "add", "-A")
			run(t, folder, "git", append(git, "commit", "-qm", "first")...)
			if c.tag {
				run(t, folder, "git", "tag", "v1.2.0")
			}
			if c.dirt != "" {
				lay(t, folder, map[string]string{c.dirt: "changed\n"})
			}
			said, ok := run(t, folder, "packaging/release", "out", "amd64")
			if ok || !strings.Contains(said, c.says) {
				t.Errorf("ended well: %t; said %q, and not %q", ok, said, c.says)
			}
			if _, err := os.Stat(filepath.Join(folder, "out")); err == nil {
				t.Error("it has begun to build")
			}
		})
	}
}
