package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	copyHere(t, folder, ".gitattributes", "packaging/version")
	text, err := os.ReadFile("../VERSION")
	must(t, err)
	release, commitLine, _ := strings.Cut(string(text), "\n")
	const unsaid = "$Format:%h %D$\n"
	if commitLine != unsaid &&
		!regexp.MustCompile(`^[0-9a-f]{7,} .*\n$`).MatchString(commitLine) {
		t.Fatalf("VERSION says %q of its commit", commitLine)
	}
	lay(t, folder, map[string]string{"VERSION": release + "\n" + unsaid})

	git := func(arguments ...string) {
		t.Helper()
		who := []string{"-c", "user.name=a", "-c", "user.email=a@example.com"}
		if said, ok := run(t, folder, "git", append(who, arguments...)...); !ok {
			t.Fatalf("git %q: %s", arguments, said)
		}
	}
	check := func(what, folder, pattern string) {
		t.Helper()
		said, ok := run(t, folder, "packaging/version")
		if !ok || !regexp.MustCompile("^"+pattern+"$").MatchString(said) {
			t.Errorf("%s: %q instead of %s", what, said, pattern)
		}
	}
	archive := func() string {
		t.Helper()
		to := t.TempDir()
		if said, ok := run(t, folder, "sh", "-c", `git archive HEAD | tar -x -C "$1"`,
			"-", to); !ok {
			t.Fatal(said)
		}
		return to
	}
	quoted := regexp.QuoteMeta(release)
	const commit = `\+[0-9a-f]{7,}`

	check("a bare copy", folder, quoted)
	git("init", "-q")
	check("no commit yet", folder, quoted)
	git("add", ".")
	git("commit", "-qm", "first")
	check("a commit", folder, quoted+commit)
	check("an archive of it", archive(), quoted+commit)

	inside := filepath.Join(folder, "inside")
	copyHere(t, inside, "packaging/version")
	lay(t, inside, map[string]string{"VERSION": release + "\n" + unsaid})
	check("a bare copy in another's repository", inside, quoted)
	must(t, os.RemoveAll(inside))

	// Root builds what belongs to a user: git would rather not look.
	must(t, exec.Command("chown", "-R", "65534", folder).Run())
	check("a user's clone", folder, quoted+commit)
	must(t, exec.Command("chown", "-R", "0", folder).Run())

	git("tag", "v"+release)
	check("the release", folder, quoted)
	check("an archive of the release", archive(), quoted)
	lay(t, folder, map[string]string{"packaging/version": "#!/bin/sh\n" + script(t, "version")})
	check("the release, changed", folder, quoted+commit+`\.changed`)
	git("commit", "-qam", "second")
	check("a commit after the release", folder, quoted+commit)
	check("an archive of that", archive(), quoted+commit)
}

func script(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(name)
	must(t, err)
	return string(content)
}
