package packaging

import (
	"strings"
	"testing"
)

// Whoever is refused is told how each line is taken out: by what has put it there.
func TestRemedies(t *testing.T) {
	t.Parallel()
	setUp := func(state, service, file string) map[string]string {
		return map[string]string{
			file: namesIt,
			state + "/.setup/" + service + "/after/" + file: namesIt,
		}
	}
	byAuthselect := map[string]string{
		"etc/authselect/system-auth":     namesIt,
		"etc/authselect/authselect.conf": "custom/motp\nwith-motp\n",
		"etc/pam.d/system-auth":          "-> ../authselect/system-auth",
		"etc/pam.d/su":                   "auth include system-auth\n",
	}
	cases := map[string]struct {
		files     map[string]string
		variables []string
		want      string
	}{
		"by hand": {map[string]string{"etc/pam.d/a, b": namesIt}, nil,
			"/etc/pam.d/a, b, by hand"},
		"motp setup": {setUp("var/lib/motp", "sudo", "etc/pam.d/sudo-i"), nil,
			"/etc/pam.d/sudo-i, by: motp setup --undo sudo"},
		"motp setup, with other records": {setUp("srv/motp", "su", "etc/pam.d/su"),
			[]string{"STATE=/srv/motp"},
			"/etc/pam.d/su, by: motp --state /srv/motp setup --undo su"},
		"the profile, and who includes it": {map[string]string{
			"etc/pam.d/common-auth": byProfile,
			"etc/pam.d/su":          "@include common-auth\n",
		}, nil, "/etc/pam.d/common-auth, by: pam-auth-update --disable motp"},
		"below the profile's lines": {
			map[string]string{"etc/pam.d/common-auth": byProfile + namesIt}, nil,
			"/etc/pam.d/common-auth, by hand"},
		"authselect": {byAuthselect, nil,
			"/etc/pam.d/system-auth, by: authselect disable-feature with-motp"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			lay(t, root, c.files)
			said, ok := run(t, "..", "make", append([]string{"-s", "uninstall",
				"DESTDIR=" + root, "PAMDIR=/lib"}, c.variables...)...)
			var got []string
			for line := range strings.SplitSeq(said, "\n") {
				if how, remedy := strings.CutPrefix(line, "  /"); remedy {
					got = append(got, "/"+how)
				}
			}
			if ok || strings.Join(got, "\n") != c.want {
				t.Errorf("ended well: %t; said:\n%s\ninstead of: %s", ok, said,
					c.want)
			}
		})
	}
}
