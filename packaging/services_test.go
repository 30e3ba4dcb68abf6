package packaging

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const namesIt = "auth required pam_motp.so\n"

func TestUninstallAsksServices(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		files map[string]string
		named []string // what is refused for; all that is
	}{
		"nothing": {nil, nil},
		"a service": {
			map[string]string{"etc/pam.d/sshd": "\n" + namesIt},
			[]string{"/etc/pam.d/sshd, line 2"},
		},
		"a comment, a like name, an argument": {
			map[string]string{"etc/pam.d/sshd": "# " + namesIt +
				"auth required pam_unix.so # pam_motp.so\n" +
				"auth required pam_motp.so.old\n" +
				"auth required pam_exec.so /bin/pam_motp.so\n" +
				"auth required my_pam_motp.so\n"},
			nil,
		},
		"a comment that ends in a backslash": {
			map[string]string{"etc/pam.d/sshd": "# and then \\\n" + namesIt},
			[]string{"/etc/pam.d/sshd, line 2"},
		},
		"every way to write it": {
			map[string]string{
				"etc/pam.d/a": "-auth\t[success=1 " +
					"default=ignore]\tpam_motp.so\tnullok\n",
				"etc/pam.d/b": "  AUTH requisite " +
					"/usr/lib/x86_64-linux-gnu/security/pam_motp.so",
				"etc/pam.d/c": "auth \\\n  sufficient \\\n  pam_motp.so\n",
				"etc/pam.d/d": "session optional pam_motp.so\r\n",
				"etc/pam.d/e": "auth [default=bad [x\\] ]pam_motp.so\n",
			},
			[]string{"/etc/pam.d/a, line 1", "/etc/pam.d/b, line 1",
				"/etc/pam.d/c, line 1",
				"/etc/pam.d/d, line 1", "/etc/pam.d/e, line 1"},
		},
		"an included file": {
			map[string]string{
				"etc/pam.d/common-auth": namesIt,
				"etc/pam.d/cron":        "@include common-auth\n",
				"etc/pam.d/su":          "auth substack common-auth\n",
				"etc/pam.d/sudo":        "auth include su\n",
				"etc/pam.d/other":       "#@include common-auth\n",
			},
			[]string{"/etc/pam.d/common-auth, line 1",
				"/etc/pam.d/cron, by way of /etc/pam.d/common-auth, line 1",
				"/etc/pam.d/su, by way of /etc/pam.d/common-auth, line 1",
				"/etc/pam.d/sudo, by way of /etc/pam.d/common-auth, line 1"},
		},
		"an included file elsewhere, and in a circle": {
			map[string]string{
				"etc/pam.d/sshd":  "@include /etc/motp/stack\n",
				"etc/pam.d/sub/x": namesIt,
				"etc/pam.d/su":    "auth include sub/x\n",
				"etc/motp/stack": "@include sshd\n@include missing\n" +
					"auth required pam_motp.so\n",
			},
			[]string{"/etc/pam.d/sshd, by way of /etc/motp/stack, line 3",
				"/etc/pam.d/su, by way of /etc/pam.d/sub/x, line 1"},
		},
		"a vendor's files": {
			map[string]string{
				"etc/pam.d/sshd":     "auth required pam_unix.so\n",
				"usr/lib/pam.d/sshd": namesIt,
				"usr/lib/pam.d/base": namesIt,
				"etc/pam.d/su":       "auth include base\n",
			},
			[]string{"/etc/pam.d/su, by way of /usr/lib/pam.d/base, line 1",
				"/usr/lib/pam.d/base, line 1"},
		},
		"a name in brackets": {
			map[string]string{
				"etc/motp.pam":   namesIt,
				"etc/pam.d/sshd": "auth include [/etc/motp.pam]\n",
			},
			[]string{"/etc/pam.d/sshd, by way of /etc/motp.pam, line 1"},
		},
		"odd names": {
			map[string]string{
				"etc/pam.d/..b":   namesIt,
				"etc/pam.d/c d *": namesIt,
			},
			[]string{"/etc/pam.d/..b, line 1",
				"/etc/pam.d/c d *, line 1"},
		},
		"a link": {
			map[string]string{
				"etc/motp.pam":   namesIt,
				"etc/pam.d/sshd": "-> ../motp.pam",
				"etc/pam.d/x":    "-> nowhere",
			},
			[]string{"/etc/pam.d/sshd, line 1"},
		},
		"pam.conf": {
			map[string]string{"etc/pam.conf": "sshd auth required pam_unix.so\nsu " +
				namesIt},
			[]string{"/etc/pam.conf, line 2"},
		},
		"pam.conf beside pam.d": {
			map[string]string{
				"etc/pam.conf": "su " + namesIt,
				"etc/pam.d/su": "auth required pam_unix.so\n",
			},
			nil,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			lay(t, root, c.files)
			module := filepath.Join(root, "lib/pam_motp.so")
			lay(t, root, map[string]string{"lib/pam_motp.so": ""})
			var want []string
			for _, line := range c.named {
				want = append(want, root+line)
			}

			uninstall := []string{"-s", "uninstall", "DESTDIR=" + root, "PAMDIR=/lib"}
			said, ok := run(t, "..", "make", uninstall...)
			var got []string
			for line := range strings.SplitSeq(said, "\n") {
				if strings.Contains(line, ", line ") {
					got = append(got, line)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("named: %q\ninstead of: %q\nin:\n%s", got, want, said)
			}
			_, err := os.Stat(module)
			if refused := len(want) > 0; ok == refused || (err == nil) != refused {
				t.Errorf("ended well: %t; the module is there: %t; %s", ok,
					err == nil, said)
			}
			for _, no := range []string{"FORCE=0", "FORCE=", "FORCE=no", "FORCE=01"} {
				_, ok := run(t, "..", "make", append(uninstall, no)...)
				if refused := len(want) > 0; ok == refused {
					t.Errorf("%s: ended well: %t", no, ok)
				}
			}
			if said, ok = run(t, "..", "make", append(uninstall, "FORCE=1")...); !ok {
				t.Errorf("by force: %s", said)
			}
			if _, err := os.Stat(module); err == nil {
				t.Error("by force, the module is still there")
			}
		})
	}
}

// byProfile is how pam-auth-update writes common-auth.
const byProfile = `auth	[success=1 default=ignore]	pam_unix.so nullok
# here are the per-package modules (the "Primary" block)
auth	requisite			pam_deny.so
# and here are more per-package modules (the "Additional" block)
auth	requisite	pam_motp.so nullok
# end of pam-auth-update config
`

func TestBesidesProfile(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		files map[string]string
		named string
	}{
		"the profile, and who includes it": {
			map[string]string{
				"etc/pam.d/common-auth": byProfile,
				"etc/pam.d/sshd":        "@include common-auth\n",
			}, ""},
		"below the profile's lines": {
			map[string]string{"etc/pam.d/common-auth": byProfile + namesIt},
			"/etc/pam.d/common-auth, line 7"},
		"above them": {
			map[string]string{"etc/pam.d/common-auth": namesIt + byProfile},
			"/etc/pam.d/common-auth, line 1"},
		"a service beside the profile": {
			map[string]string{
				"etc/pam.d/common-auth": byProfile,
				"etc/pam.d/sshd":        "@include common-auth\n" + namesIt,
			}, "/etc/pam.d/sshd, line 2"},
		"a file elsewhere, by way of common-auth": {
			map[string]string{
				"etc/pam.d/common-auth": byProfile + "@include /etc/more\n",
				"etc/more":              namesIt,
			}, "/etc/pam.d/common-auth, by way of /etc/more, line 1"},
		"the same lines in a file that pam-auth-update does not write": {
			map[string]string{"etc/pam.d/mine": byProfile},
			"/etc/pam.d/mine, line 5"},
		"a copy of common-auth": {
			map[string]string{
				"etc/pam.d/common-auth":     byProfile,
				"etc/pam.d/common-auth-ssh": byProfile,
			}, "/etc/pam.d/common-auth-ssh, line 5"},
		"a file after the profile's last line was lost": {
			map[string]string{
				"etc/pam.d/common-auth": strings.TrimSuffix(byProfile,
					"# end of pam-auth-update config\n"),
				"etc/pam.d/sshd": "@include common-auth\n" + namesIt,
			}, "/etc/pam.d/sshd, line 2"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			lay(t, root, c.files)
			said, ok := run(t, ".", "./services", "--besides-profile", root)
			if said = strings.ReplaceAll(said, root, ""); said != c.named {
				t.Errorf("named: %q instead of: %q", said, c.named)
			}
			if ok != (c.named == "") {
				t.Errorf("ended well: %t", ok)
			}
		})
	}
}

// Whoever cannot look finds no service that names the module, and must not say that there is none.
func TestServicesFolderThatCannotBeListed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	lay(t, root, map[string]string{"etc/pam.d/sshd": namesIt})
	shut := `mount -t tmpfs none "$1/etc/pam.d" && chmod 0 "$1/etc/pam.d" &&
		setpriv --bounding-set=-all --inh-caps=-all --no-new-privs \
		/bin/sh /dev/fd/3 "$1" 3<./services`
	said, ok := run(t, ".", "unshare", "--mount", "--propagation", propagation(t),
		"sh", "-c", shut, "sh", root)
	if want := root + "/etc/pam.d, which cannot be read"; said != want || ok {
		t.Errorf("said %q, ended well: %t; want %q", said, ok, want)
	}
}
