package pamstack

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
)

// run is a stack with modules whose answers stand on their lines, as pam_debug's do: "auth required
// pam_debug.so auth=auth_err".
func run(s Stack) bool {
	p := position{}
	for p.at < len(s.Lines) {
		answer := Success
		for _, o := range s.Lines[p.at].Options {
			answer = Answer(strings.TrimPrefix(o, "auth="))
		}
		if s.Lines[p.at].broken {
			answer = "perm_denied"
		}
		p = s.answer(p, answer)
	}
	return p.granted()
}

// libpamSays runs a service of a folder with the real libpam.
func libpamSays(t *testing.T, folder, service string) bool {
	t.Helper()
	tx, err := pam.StartConfDir(service, "nobody",
		pam.ConversationFunc(func(pam.Style, string) (string, error) {
			return "", nil
		}), folder)
	if err != nil {
		return false // a service that cannot be read
	}
	defer tx.End()
	return tx.Authenticate(pam.Silent) == nil
}

// The dispatcher here and libpam's come to the same end, with stacks as wild as chance makes them.
// pam_debug.so answers what it is told to.
func TestLibpamAgrees(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2)) // the same stacks every time
	granted, refused := 0, 0
	for n := range 600 {
		root := t.TempDir()
		folder := filepath.Join(root, "etc/pam.d")
		must(t, os.MkdirAll(folder, 0o755))
		// libpam 1.5 looks for an included file in /etc/pam.d even here, unless it has a
		// path: one that is good under root, too
		must(t, os.MkdirAll(filepath.Join(root, filepath.Dir(folder)), 0o755))
		must(t, os.Symlink(folder, filepath.Join(root, folder)))
		first, second := filepath.Join(folder, "first"), filepath.Join(folder, "second")
		write(t, folder, "service", wild(random, []string{first, second}))
		write(t, folder, "first", wild(random, []string{second}))
		write(t, folder, "second", wild(random, nil))
		write(t, folder, "other", "auth required pam_deny.so\n")
		service, err := Read(root, "service")
		must(t, err)
		s, _ := service.Stack("auth")

		got, want := run(s), libpamSays(t, folder, "service")
		if got {
			granted++
		} else {
			refused++
		}
		if got != want {
			t.Fatalf("stack %d: granted %t, libpam says %t:\n%s", n, got, want,
				show(t, folder))
		}
	}
	if granted < 100 || refused < 100 {
		t.Errorf("%d stacks let in and %d refused: one of them is hardly tested",
			granted, refused)
	}
}

func wild(random *rand.Rand, files []string) string {
	pick := func(from ...string) string { return from[random.IntN(len(from))] }
	control := func() string {
		if random.IntN(2) == 0 {
			return pick("required", "requisite", "sufficient", "optional")
		}
		what := func() string {
			return pick("ignore", "ok", "done", "bad", "die", "reset", "1", "2",
				"ok", "ignore")
		}
		return fmt.Sprintf("[success=%s user_unknown=%s default=%s]", what(),
			what(), what())
	}
	var b strings.Builder
	for range 1 + random.IntN(4) {
		if len(files) > 0 && random.IntN(4) == 0 {
			fmt.Fprintf(&b, "auth %s %s\n", pick("include", "substack"), pick(files...))
			continue
		}
		if len(files) > 0 && random.IntN(10) == 0 {
			fmt.Fprintf(&b, "@include %s\n", pick(files...))
			continue
		}
		fmt.Fprintf(&b, "auth %s pam_debug.so auth=%s\n", control(),
			pick("success", "success", "auth_err", "user_unknown", "ignore"))
	}
	return b.String()
}

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
}

func show(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	for _, name := range []string{"service", "first", "second"} {
		text, err := os.ReadFile(filepath.Join(folder, name))
		must(t, err)
		fmt.Fprintf(&b, "%s:\n%s", name, text)
	}
	return b.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
