package command

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// What "make install" puts on a machine can be read and run by everybody who should, whatever the
// umask of the root shell is; the table and the records by root alone.
func TestInstallUnderAnyUmask(t *testing.T) {
	root, err := stage.FindRoot()
	must(t, err)
	must(t, stage.NeedBuilt(root, "motp", "motpd", "motpd-etcd", "pam_motp.so"))
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
			case d.IsDir() || place == "/usr/local/bin/motp" ||
				place == "/usr/local/sbin/motpd" ||
				place == "/usr/local/sbin/motpd-etcd":
				want = 0o755
			}
			if got := info.Mode().Perm(); got != want {
				t.Errorf("umask %s: %s has mode %04o, want %04o", umask,
					place, got, want)
			}
			return nil
		}))
		checkManual(t, filepath.Join(dest, "usr/local/share"))
		page := filepath.Join(dest, "usr/local/share/doc/pam_motp/web/index.html")
		if _, err := os.Stat(page); err != nil {
			t.Errorf("umask %s: no web token: %v", umask, err)
		}
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

// checkManual looks for manual pages that know where the documents are, and for completions.
func checkManual(t *testing.T, share string) {
	t.Helper()
	for file, want := range map[string]string{
		"man/man8/pam_motp.8":                 "/usr/local/share/doc/pam_motp/",
		"man/man8/motpd.8":                    ".Dt MOTPD 8\n",
		"man/man5/motp.conf.5":                "\n.Pa alice.conf",
		"man/man1/motp.1":                     "\n.It Xr motp-add 1\n",
		"man/man1/motp-token-init.1":          "\n.Xr motp-token 1 ,\n",
		"bash-completion/completions/motp":    "complete -o default -F __start_motp motp",
		"zsh/site-functions/_motp":            "#compdef motp\n",
		"fish/vendor_completions.d/motp.fish": "complete -c motp ",
	} {
		text, err := os.ReadFile(filepath.Join(share, file))
		must(t, err)
		if !strings.Contains(string(text), want) {
			t.Errorf("%s does not have %q", file, want)
		}
		if strings.Contains(file, "man/") && strings.Contains(string(text), "@") {
			t.Errorf("%s has an @ that nothing was put in place of", file)
		}
	}
}

// The units are where systemd looks for them and name the program that was installed; who wants
// none, for a machine without systemd, gets none. What was installed is uninstalled.
func TestInstallUnits(t *testing.T) {
	root, err := stage.FindRoot()
	must(t, err)
	must(t, stage.NeedBuilt(root, "motp", "motpd", "motpd-etcd", "pam_motp.so"))
	for name, c := range map[string]struct {
		variables []string
		units     string // their folder
		motpd     string
	}{
		"a prefix of the machine's own": {nil, "/usr/local/lib/systemd/system",
			"/usr/local/sbin/motpd"},
		"a package's prefix": {[]string{"PREFIX=/usr"}, "/usr/lib/systemd/system",
			"/usr/sbin/motpd"},
		"a prefix that systemd does not know": {[]string{"PREFIX=/opt/motp"},
			"/usr/local/lib/systemd/system", "/opt/motp/sbin/motpd"},
		"other folders": {[]string{"UNITDIR=/lib/units", "SBINDIR=/usr/libexec"},
			"/lib/units", "/usr/libexec/motpd"},
		"no systemd": {[]string{"UNITDIR="}, "", "/usr/local/sbin/motpd"},
	} {
		t.Run(name, func(t *testing.T) {
			dest := t.TempDir()
			run := func(goal string) {
				arguments := append([]string{goal, "GO=none", "DESTDIR=" + dest,
					"PAMDIR=/lib/security"}, c.variables...)
				cmd := exec.Command("make", arguments...)
				cmd.Dir = root
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("make %s: %v\n%s", goal, err, out)
				}
			}
			run("install")
			for _, program := range []string{c.motpd, c.motpd + "-etcd"} {
				if _, err := os.Stat(filepath.Join(dest, program)); err != nil {
					t.Error(err)
				}
			}
			checkUnits(t, dest, c.units, c.motpd)
			run("uninstall")
			for _, place := range files(t, dest) {
				if place != "/etc/security/motp.conf" {
					t.Errorf("%s was left", place)
				}
			}
		})
	}
}

// checkUnits looks whether all units, and no others, are in a folder, and start this program
// and its edition for a fleet.
func checkUnits(t *testing.T, dest, folder, program string) {
	t.Helper()
	var want, got []string
	if folder != "" {
		for _, unit := range []string{"motpd-etcd.service", "motpd-root.socket",
			"motpd.service", "motpd.socket"} {
			want = append(want, folder+"/"+unit)
		}
	}
	for _, place := range files(t, dest) {
		if ext := filepath.Ext(place); ext == ".socket" || ext == ".service" {
			got = append(got, place)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("units %q, want %q", got, want)
	}
	if folder == "" {
		return
	}
	for unit, starts := range map[string]string{"motpd.service": program,
		"motpd-etcd.service": program + "-etcd"} {
		text, err := os.ReadFile(filepath.Join(dest, folder, unit))
		must(t, err)
		if !strings.Contains(string(text), "\nExecStart="+starts+"\n") {
			t.Errorf("%s does not start %s", unit, starts)
		}
	}
}

// files lists the files below a folder, as if it were the root.
func files(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, strings.TrimPrefix(path, root))
		}
		return err
	}))
	return all
}
