package documents

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// The version stands in VERSION. What is built says so, with a commit or without, and CHANGELOG
// begins with it.
func TestVersion(t *testing.T) {
	t.Parallel()
	must(t, stage.NeedBuilt(root, "motp", "pam_motp.so"))
	version, _, _ := strings.Cut(read(t, "VERSION"), "\n")
	if !regexp.MustCompile(`^\d+\.\d+\.\d+$`).MatchString(version) {
		t.Errorf("VERSION says %q", version)
	}
	_, newest, _ := strings.Cut(read(t, "CHANGELOG.md"), "\n## ")
	if !strings.HasPrefix(newest, version+",") {
		t.Errorf("CHANGELOG.md does not begin with %s", version)
	}
	said, err := exec.Command(filepath.Join(root, "build/motp"), "--version").Output()
	must(t, err)
	if !strings.HasPrefix(string(said), "motp "+version) {
		t.Errorf("the command says %q, and VERSION %s", said, version)
	}
	module, err := os.ReadFile(filepath.Join(root, "build/pam_motp.so"))
	must(t, err)
	built := strings.TrimSpace(strings.TrimPrefix(string(said), "motp "))
	if !bytes.Contains(module, []byte("motp\x00\x00\x00\x00"+built+"\x00")) {
		t.Errorf("the module's note does not say %s", built)
	}
}
