package command

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// What "make install" puts on a machine can be read and run by everybody who should, whatever the
// umask of the root shell is; the table and the records by root alone.
func TestInstallUnderAnyUmask(t *testing.T) {
	root, err := stage.FindRoot()
	must(t, err)
	must(t, stage.NeedBuilt(root, "motp", "pam_motp.so"))
	for _, umask := range []string{"0077", "0777", "0022", "0000"} {
		dest := t.TempDir()
		const script = `umask "$1" && exec make install GO=none DESTDIR="$2" ` +
			`PAMDIR=/lib/security`
		install := exec.Command("sh", "-c", script, "sh", umask, dest)
		install.Dir = root
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("umask %s: %v\n%s", umask, err, out)
		}
		must(t, filepath.WalkDir(dest, func(path string, d fs.DirEntry, err error) error {
			if err != nil || path == dest {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			place := strings.TrimPrefix(path, dest)
			want := fs.FileMode(0o644)
			switch {
			case place == "/etc/security/motp.conf":
				want = 0o600
			case place == "/var/lib/motp":
				want = 0o700
			case d.IsDir() || place == "/usr/local/bin/motp":
				want = 0o755
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("umask %s: %s has mode %04o, want %04o", umask,
					place, got, want)
			}
			return nil
		}))
		for _, file := range []string{"docs/security.md", "CHANGELOG.md",
			"examples/pam.d/sshd", "README.md", "LICENSE"} {
			path := filepath.Join(dest, "usr/local/share/doc/pam_motp", file)
			out, err := exec.Command("cmp", path,
				filepath.Join(root, file)).CombinedOutput()
			if err != nil {
				t.Errorf("umask %s: %v: %s", umask, err, out)
			}
		}
	}
}
