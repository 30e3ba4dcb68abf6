package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/pamstack"
)

// profile is a stack as authselect's profiles have it: a right password ends it.
const profile = `{imply "with-smartcard" if "with-smartcard-required"}
auth        required                                     pam_env.so
auth        required                                     pam_faildelay.so delay=2000000
auth        required          pam_faillock.so preauth {include if "with-faillock"}
auth        [default=1 ignore=ignore success=ok]         pam_localuser.so
auth        sufficient        pam_unix.so {if not "without-nullok":nullok}
auth        sufficient                                   pam_sss.so forward_pass
auth        required                                     pam_deny.so

account     required                                     pam_unix.so
`

var (
	included = regexp.MustCompile(`\s*\{include if "([^"]+)"\}`)
	either   = regexp.MustCompile(`\{[^{}]*\}`)
)

// rendered is what authselect makes of a profile, as far as it matters here.
func rendered(text string, features ...string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		m := included.FindStringSubmatch(line)
		if strings.HasPrefix(line, "{imply") ||
			m != nil && !slices.Contains(features, m[1]) {
			continue
		}
		b.WriteString(either.ReplaceAllString(included.ReplaceAllString(line, ""), ""))
	}
	return b.String()
}

func addFeature(t *testing.T, files map[string]string) (folder, said string, err error) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "motp")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("authselect/add", folder).CombinedOutput()
	return folder, string(out), err
}

func content(t *testing.T, folder, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Without the feature a profile is what it was; with it nobody gets in by a wrong code, and nobody
// without a password.
func TestAuthselectFeature(t *testing.T) {
	t.Parallel()
	folder, said, err := addFeature(t,
		map[string]string{"system-auth": profile, "password-auth": profile})
	if err != nil || said != "next: authselect select custom/motp with-motp\n" {
		t.Fatalf("%v: %s", err, said)
	}
	for _, name := range []string{"system-auth", "password-auth"} {
		text := content(t, folder, name)
		if rendered(text) != rendered(profile) {
			t.Errorf("%s: without the feature:\n%s", name, rendered(text))
		}
		root := t.TempDir()
		service := filepath.Join(root, "etc/pam.d/login")
		if err := os.MkdirAll(filepath.Dir(service), 0o755); err != nil {
			t.Fatal(err)
		}
		stack := rendered(text, "with-motp", "with-faillock")
		if err := os.WriteFile(service, []byte(stack), 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := pamstack.Read(root, "login")
		if err != nil || len(s.Problems) > 0 {
			t.Fatalf("%v, %+v:\n%s", err, s, stack)
		}
		auth, _ := s.Stack("auth")
		ways, err := auth.Ways("pam_motp")
		if err != nil || len(ways) == 0 {
			t.Fatalf("%v, %d ways", err, len(ways))
		}
		for _, w := range ways {
			password := slices.Contains(w.Needs, "pam_unix") ||
				slices.Contains(w.Needs, "pam_sss")
			if w.Code != pamstack.Success && w.Code != pamstack.Ignore || !password {
				t.Errorf("%s lets in: %+v", name, w)
			}
		}
	}
}

// Nothing is changed where something is not as it should be.
func TestAuthselectRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		said  string
	}{
		"half a profile": {map[string]string{"system-auth": profile}, "is missing"},
		"again": {map[string]string{"system-auth": profile,
			"password-auth": profile + "auth required pam_motp.so\n"},
			"names pam_motp.so"},
		"nothing asks": {map[string]string{"system-auth": profile,
			"password-auth": "auth required pam_env.so\n"}, "no line that asks"},
	} {
		folder, said, err := addFeature(t, c.files)
		if err == nil || !strings.Contains(said, c.said) {
			t.Errorf("%s: %v: %s", name, err, said)
		}
		left, err := os.ReadDir(folder)
		if err != nil || len(left) != len(c.files) {
			t.Errorf("%s: left: %v, %v", name, left, err)
		}
		for file, text := range c.files {
			if content(t, folder, file) != text {
				t.Errorf("%s: %s is changed", name, file)
			}
		}
	}
}
