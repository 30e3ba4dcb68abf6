package confinement

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

const (
	selinuxPolicy = "../../packaging/selinux/motp.cil"
	basePolicy    = "testdata/base.cil"
)

// compile makes a policy of the base, motp.cil, and a rule.
func compile(t *testing.T, rule string) (complaint string, ok bool) {
	t.Helper()
	must(t, stage.Need("secilc", "secilc"))
	folder := t.TempDir()
	extra := filepath.Join(folder, "rule.cil")
	must(t, os.WriteFile(extra, []byte(rule+"\n"), 0o644))
	out, err := exec.Command("secilc", "--output="+filepath.Join(folder, "policy"),
		"--filecontext="+filepath.Join(folder, "contexts"), basePolicy, selinuxPolicy,
		extra).CombinedOutput()
	return string(out), err == nil
}

// allows says whether the policy lets a program do something: whether it breaks a rule that nobody
// may.
func allows(t *testing.T, source, target, class, permission string) bool {
	t.Helper()
	out, ok := compile(t, "(neverallow "+source+" "+target+" ("+class+" ("+permission+")))")
	if !ok && !strings.Contains(out, "neverallow check failed") {
		t.Fatalf("secilc: %s", out)
	}
	return !ok
}

// TestSELinuxAccess: the policy compiles, motpd may what it does, and programs that log people in
// may connect to it and not reach the table or the records.
func TestSELinuxAccess(t *testing.T) {
	t.Parallel()
	if out, ok := compile(t, ""); !ok {
		t.Fatalf("secilc: %s", out)
	}
	text, err := os.ReadFile("testdata/access")
	must(t, err)
	for line := range strings.Lines(string(text)) {
		word := strings.Fields(line)
		if len(word) == 0 || word[0] == "#" {
			continue
		}
		t.Run(strings.Join(word, " "), func(t *testing.T) {
			t.Parallel()
			if len(word) != 5 {
				t.Fatalf("no rule: %s", line)
			}
			if may := allows(t, word[0], word[1], word[2], word[3]); may !=
				(word[4] == "yes") {
				t.Errorf("allowed: %t", may)
			}
		})
	}
}
