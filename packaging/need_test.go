package packaging

import (
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// machine is a script that makes a private /usr/sbin and /run, and an apt-get for "need" that notes
// how Debian's policy answers while it installs. Then it runs the lines of a test.
const machine = `set -eu
base=$1 scripts=$2
mkdir "$base/bin" "$base/here"
cp "$scripts/need" "$base/need"
mount -t tmpfs tmpfs /usr/sbin
mount -t tmpfs tmpfs /run
mkdir -p /etc/systemd
mount -t tmpfs tmpfs /etc/systemd
export WANTS=/etc/systemd/system/multi-user.target.wants
export USERS=/etc/systemd/user/sockets.target.wants
mkdir -p "$WANTS" "$USERS"
ln -s /usr/lib/systemd/system/cron.service "$WANTS"
policy=/usr/sbin/policy-rc.d
cat >"$base/bin/apt-get" <<'END'
#!/bin/sh
status=0
/usr/sbin/policy-rc.d ssh start || status=$?
echo "policy while installing: $status" >>"$BASE/told"
touch "$BASE/installed"
ln -sf /usr/lib/systemd/system/ssh.service /usr/lib/systemd/system/networkd.service "$WANTS"
ln -sf /usr/lib/systemd/user/ssh-agent.socket "$USERS"
case $BEHAVE in
fail) exit 100 ;;
kill) kill -9 "$PPID"; exit 1 ;;
esac
END
cat >"$base/bin/dpkg-query" <<'END'
#!/bin/sh
echo "ii  base 1"
[ ! -e "$BASE/installed" ] || echo "ii  openssh-server 1:10"
END
cat >"$base/bin/dpkg" <<'END'
#!/bin/sh
case $2 in
*/networkd.service) echo "systemd: $2" ;;
*) echo "openssh-server: $2" ;;
esac
END
cat >"$base/bin/deb-systemd-helper" <<'END'
#!/bin/sh
[ -n "$DPKG_MAINTSCRIPT_PACKAGE" ] || exit 1
case "$*" in
"disable "*) rm "$WANTS/$2" ;;
"--user disable "*) rm "$USERS/$3" ;;
esac
END
chmod +x "$base"/bin/*
export PATH="$base/bin:$PATH" BASE="$base" BEHAVE=
cd "$base/here"
need() { "$base/need" "$@" >"$base/said" 2>&1; }
# told says what the policy says when everything has ended.
told() {
	flock /run/pam_motp-need.lock true
	if [ ! -e "$policy" ]; then echo "no policy"; return; fi
	status=0
	"$policy" ssh start || status=$?
	echo "policy: $status"
}
`

func TestNeed(t *testing.T) {
	t.Parallel()
	own := `printf '#!/bin/sh\nexit 104\n' >"$policy"; chmod +x "$policy"` + "\n"
	cases := map[string]struct{ lines, want string }{
		"nothing starts, and all is as before": {
			"need openssh-server; cat $base/told; told",
			"policy while installing: 101\nno policy",
		},
		"what was installed is said, and kept": {
			"need openssh-server; grep -h openssh $base/said build/packages",
			"installing: openssh-server\n  openssh-server\nopenssh-server 1:10",
		},
		"what starts with the machine is as before, but for systemd's own": {
			"need openssh-server; ls $WANTS $USERS; grep disabled $base/said",
			"/etc/systemd/system/multi-user.target.wants:\ncron.service\n" +
				"networkd.service\n\n/etc/systemd/user/sockets.target.wants:\n" +
				"none of them was started, and these are disabled: " +
				"ssh-agent.socket ssh.service",
		},
		"a policy of the machine's own comes back": {
			own + "need openssh-server; cat $base/told; told",
			"policy while installing: 101\npolicy: 104",
		},
		"a link to one, too": {
			own + "mv $policy $policy.far; ln -s policy-rc.d.far $policy; need " +
				"openssh-server\ntold; readlink $policy",
			"policy: 104\npolicy-rc.d.far",
		},
		"the installation fails": {
			own + "BEHAVE=fail need openssh-server || echo failed; told",
			"failed\npolicy: 104",
		},
		"killed, and what is left behind forbids nothing": {
			"BEHAVE=kill need openssh-server || echo killed; told",
			"killed\npolicy: 0",
		},
		"killed, and the machine's own policy goes on": {
			own + "BEHAVE=kill need openssh-server || echo killed; told",
			"killed\npolicy: 104",
		},
		"the next run after one that was killed puts it back": {
			own + "BEHAVE=kill need openssh-server || echo killed\n" +
				"need openssh-server; told; ls $policy*",
			"killed\npolicy: 104\n/usr/sbin/policy-rc.d",
		},
		"the next run takes it away where there was none": {
			"BEHAVE=kill need openssh-server || echo killed; need openssh-server; told",
			"killed\nno policy",
		},
	}
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				said, ok := run(t, ".", "unshare", "--mount", "--propagation",
					"private", "sh", "-c",
					machine+c.lines, "-", t.TempDir(), m.Path("packaging"))
				if !ok || said != c.want {
					t.Errorf("ended well: %t, and said:\n%s\ninstead of:\n%s",
						ok, said, c.want)
				}
			})
		}
	})
}
