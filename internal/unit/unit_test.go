package unit

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReadPutsDropInsInOrder(t *testing.T) {
	t.Parallel()
	const lib, etc = "/usr/lib/systemd/system/", "/etc/systemd/system/"
	root := stage.Folder(t, map[string]string{
		lib + "a-b@.service":                "[Service]\n# X=0\nX = 1 \\\n; no\n  2\nY=1\n",
		lib + "a-b@.service.d/20.conf":      "X=template\n",
		etc + "a-b@.service.d/20.conf":      "X=template of etc\n",
		etc + "a-b@one.service.d/10.conf":   "X=instance\n",
		etc + "a-.service.d/30.conf":        "X=beginning\n",
		etc + "service.d/00.conf":           "X=kind\nY=\n",
		etc + "a-b@one.service.d/x.txt":     "X=no\n",
		etc + "a-b@.service.d/40.conf/file": "",
	})
	u, found := Read(root, "a-b@one.service")
	if !found {
		t.Fatal("no unit")
	}
	var got []string
	for _, s := range u.Settings {
		got = append(got, s.Key+"="+s.Value)
	}
	want := []string{"X=1  2", "Y=1", "X=kind", "Y=", "X=instance", "X=template of etc",
		"X=beginning"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	last, set := u.Last("X")
	if !set || last != (Setting{etc + "a-.service.d/30.conf", 1, "X", "beginning"}) {
		t.Errorf("the last X: %+v, %t", last, set)
	}
	if _, set := u.Last("Y"); set {
		t.Error("Y counts")
	}
	if got := Instances(root, "a-b@.service"); !slices.Equal(got, []string{"a-b@one.service"}) {
		t.Errorf("instances: %q", got)
	}
	if _, found := Read(root, "b.service"); found {
		t.Error("a unit without a file")
	}
	must(t, os.Symlink("/dev/null", filepath.Join(root, etc, "a-b@.service")))
	if _, found := Read(root, "a-b@one.service"); found {
		t.Error("a masked unit")
	}
}

func TestReach(t *testing.T) {
	t.Parallel()
	const state = "/var/lib/motp"
	for _, c := range []struct {
		settings, path string
		want           Access
		by             string // the setting's key
	}{
		{"", state, ReadWrite, ""},
		{"ProtectSystem=strict", state, ReadOnly, "ProtectSystem"},
		{"ProtectSystem=full", state, ReadWrite, ""},
		{"ProtectSystem=full", "/etc/security/motp.conf", ReadOnly, "ProtectSystem"},
		{"ProtectSystem=yes", "/usr/lib/motp", ReadOnly, "ProtectSystem"},
		{"ProtectSystem=strict\nProtectSystem=full", state, ReadWrite, ""},
		{"ProtectSystem=strict\nProtectSystem=", state, ReadWrite, ""},
		{"DynamicUser=yes", state, ReadOnly, "DynamicUser"},
		{"ProtectSystem=strict\nReadWritePaths=/var/lib/motp", state, ReadWrite,
			"ReadWritePaths"},
		{"ProtectSystem=strict\nReadWritePaths=-/var/log -/var/lib", state, ReadWrite,
			"ReadWritePaths"},
		{"ProtectSystem=strict\nReadWritePaths=%S/motp", state, ReadWrite,
			"ReadWritePaths"},
		{"ProtectSystem=strict\nReadWritePaths=/var/lib/motp\nReadWritePaths=",
			state, ReadOnly,
			"ProtectSystem"},
		{"ProtectSystem=strict\nStateDirectory=a motp", state, ReadWrite, "StateDirectory"},
		{"ProtectSystem=strict\nStateDirectory=mot", state, ReadOnly, "ProtectSystem"},
		{"ReadOnlyPaths=/", state, ReadOnly, "ReadOnlyPaths"},
		{"ReadOnlyDirectories=/var", state, ReadOnly, "ReadOnlyDirectories"},
		{"ReadOnlyPaths=/var/li", state, ReadWrite, ""},
		{"ReadOnlyPaths=/var\nReadWritePaths=/var/lib", state, ReadWrite, "ReadWritePaths"},
		{"ReadWritePaths=/var\nReadOnlyPaths=/var/lib", state, ReadOnly, "ReadOnlyPaths"},
		{"ReadWritePaths=/var/lib\nReadOnlyPaths=/var/lib", state, ReadOnly,
			"ReadOnlyPaths"},
		{"InaccessiblePaths=/etc/security", "/etc/security/motp.conf", Hidden,
			"InaccessiblePaths"},
		{"TemporaryFileSystem=/var:ro", state, Hidden, "TemporaryFileSystem"},
		{"TemporaryFileSystem=/var\nBindPaths=/var/lib/motp", state,
			ReadWrite, "BindPaths"},
		{"BindReadOnlyPaths=/srv:/var/lib", state, ReadOnly, "BindReadOnlyPaths"},
	} {
		root := stage.Folder(t,
			map[string]string{"/etc/systemd/system/x.service": "[Service]\n" +
				c.settings + "\n"})
		u, found := Read(root, "x.service")
		if !found {
			t.Fatal("no unit")
		}
		if got, by := u.Reach(c.path); got != c.want || by.Key != c.by {
			t.Errorf("%q: %s is %d by %q, want %d by %q", c.settings, c.path, got,
				by.Key, c.want, c.by)
		}
	}
}
