package pamstack

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

func TestReadFollowsIncludes(t *testing.T) {
	t.Parallel()
	root := stage.Folder(t, map[string]string{
		"etc/pam.d/sshd": "#%PAM-1.0\n@include common\nauth include \\\n" +
			"  deeper # why not\n-account [success=ok \\\n" +
			" default=bad] pam_motp.so [prompt=Your [code\\]: ] conf=/x\n" +
			"session optional pam_motd.so\n",
		"etc/pam.d/common": "auth substack deeper\naccount required pam_unix.so\n",
		"usr/lib/pam.d/deeper": "AUTH Required pam_deny.so\n" +
			"session optional pam_systemd.so\n",
	})
	service, err := Read(root, "sshd")
	must(t, err)
	var got []string
	for _, task := range []string{"auth", "account", "password", "session"} {
		s, _ := service.Stack(task)
		for _, l := range s.Lines {
			got = append(got, fmt.Sprintf("%s %s:%d %s %q dash=%t level=%d entry=%t",
				task, l.File, l.Number, l.Name(), l.Options, l.Dash,
				l.level, l.entry))
		}
	}
	want := []string{
		"auth /etc/pam.d/common:1 deeper [] dash=false level=0 entry=true",
		"auth /usr/lib/pam.d/deeper:1 pam_deny [] dash=false level=1 entry=false",
		"auth /usr/lib/pam.d/deeper:1 pam_deny [] dash=false level=0 entry=false",
		"account /etc/pam.d/common:2 pam_unix [] dash=false level=0 entry=false",
		`account /etc/pam.d/sshd:5 pam_motp ["prompt=Your [code]: " "conf=/x"] dash=true ` +
			`level=0 entry=false`,
		"session /etc/pam.d/sshd:7 pam_motd [] dash=false level=0 entry=false",
	}
	if !slices.Equal(got, want) {
		t.Errorf("lines:\n%q, want\n%q", got, want)
	}
	if want := []string{"common", "deeper"}; !slices.Equal(service.Includes, want) ||
		len(service.Problems) != 0 {
		t.Errorf("includes %q, problems %v", service.Includes, service.Problems)
	}
}

func TestReadFindsMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       Problem
	}{
		{"a missing file", "auth include gone\n",
			Problem{"/etc/pam.d/x", 1,
				"the line includes gone, and there is no /etc/pam.d/gone", true}},
		{"a missing file of Debian's kind", "\n@include gone\n",
			Problem{"/etc/pam.d/x", 2,
				"the line includes gone, and there is no /etc/pam.d/gone", true}},
		{"a circle", "auth include x\n",
			Problem{"/etc/pam.d/x", 1, "includes go round in a circle", true}},
		{"a task", "auht required pam_deny.so\n",
			Problem{"/etc/pam.d/x", 1,
				`"auht" is none of auth, account, password, session`, false}},
		{"a control", "auth requird pam_deny.so\n",
			Problem{"/etc/pam.d/x", 1, `"requird" is no control`, false}},
		{"an answer", "auth [succes=ok] pam_deny.so\n",
			Problem{"/etc/pam.d/x", 1, `"[succes=ok]" is no control`, false}},
		{"an action", "auth [success=okay] pam_deny.so\n",
			Problem{"/etc/pam.d/x", 1, `"[success=okay]" is no control`, false}},
		{"no module", "auth required\n",
			Problem{"/etc/pam.d/x", 1,
				"the line ends too early: a task, a control and a module are " +
					"wanted", false}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			service, err := Read(stage.Folder(t,
				map[string]string{"etc/pam.d/x": c.text}), "x")
			must(t, err)
			if !slices.Equal(service.Problems, []Problem{c.want}) {
				t.Errorf("problems %+v, want %+v", service.Problems, c.want)
			}
			if service.Dropped() != c.want.Fatal {
				t.Errorf("dropped: %t", service.Dropped())
			}
		})
	}
}

func TestServices(t *testing.T) {
	t.Parallel()
	root := stage.Folder(t, map[string]string{
		"etc/pam.d/sshd": "", "etc/pam.d/sshd.dpkg-dist": "", "etc/pam.d/sshd~": "",
		"etc/pam.d/.sshd.swp": "", "etc/pam.d/sudo-i": "",
		"usr/lib/pam.d/sshd": "", "usr/lib/pam.d/polkit-1": "",
	})
	got, err := Services(root)
	if want := []string{"polkit-1", "sshd", "sudo-i"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Services: %q, %v, want %q", got, err, want)
	}
	if _, err := Read(root, "gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a service without a file: %v", err)
	}
}
