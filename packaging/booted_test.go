package packaging

import "testing"

// booted starts systemd on the copy of the machine, with no units but the few that it needs to
// start, and has dpkg and systemctl run where it does. "over" ends it.
const booted = `
units=/usr/lib/systemd/system
rm -f /usr/sbin/policy-rc.d # a container's may forbid to start anything
rm -rf /etc/systemd/system $units
mkdir -p /etc/systemd/system $units /run/control
for target in sysinit basic sockets shutdown; do
	printf '[Unit]\nDefaultDependencies=no\n' >$units/$target.target
done
echo 'Wants=sockets.target' >>$units/sysinit.target
mount -t cgroup2 cgroup2 /run/control
group=$(mktemp -d /run/control/motp-test-XXXXXX)
sh -c 'echo 0 >"$1/cgroup.procs"; exec unshare --cgroup --mount --pid --fork --kill-child \
	env -i PATH="$PATH" container=test "SYSTEMD_UNIT_PATH=/etc/systemd/system:$2" \
	SYSTEMD_GENERATOR_PATH=/nonexistent SYSTEMD_ENVIRONMENT_GENERATOR_PATH=/nonexistent sh -ec "
		mount -t proc proc /proc
		umount -R /sys/fs/cgroup 2>/dev/null || mount -t sysfs sysfs /sys
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		exec /lib/systemd/systemd --system --unit=sysinit.target --log-target=null \
			--show-status=no"' sh "$group" "$units" 2>/run/boot &
guard=$!
inside() { nsenter --target "$init" --pid --mount --root -- "$@"; }
until init=$(tr -d ' ' </proc/$guard/task/$guard/children) &&
	inside timeout 30 systemctl is-system-running --wait; do
	kill -0 $guard || break
done >/dev/null 2>&1
dpkg() { inside dpkg --force-unsafe-io "$@" >/run/said 2>&1; }
state() { inside systemctl is-active motpd.service motpd.socket motpd-root.socket | paste -sd' '; }
pid() { inside systemctl show --value --property=MainPID motpd.service; }
over() {
	kill -KILL "$init"
	{ wait $guard; } 2>/dev/null # dash of Debian 13 says "Killed"
	until find "$group" -depth -type d -exec rmdir {} + 2>/dev/null; do
		[ -d "$group" ] || break
	done
}
`

// The sockets listen as soon as the package is installed; an upgrade leaves them open and makes a
// motpd that runs the new one; closed ones stay closed; and nothing is left when it is removed.
func TestDebUnderSystemd(t *testing.T) {
	t.Parallel()
	expectPlay(t, booted+`
	ends dpkg -i /run/pam-motp.deb; state
	inside systemctl is-enabled motpd.socket motpd-root.socket | uniq
	stat -c '%n %a' /run/motp/*
	inside motp status >/dev/null; state; before=$(pid)
	ends dpkg -i /run/pam-motp.deb; state; ends [ "$before" != "$(pid)" ]
	inside systemctl -q disable --now motpd.socket 2>/dev/null; state
	ends dpkg -i /run/pam-motp.deb; state
	inside systemctl -q enable --now motpd.socket 2>/dev/null; state
	ends dpkg -r pam-motp; state; ls /run/motp
	ends dpkg -i /run/pam-motp.deb; state
	ends dpkg -P pam-motp; ls -A /etc/systemd/system; inside systemctl is-failed motpd.socket
	over
`, `done
inactive active active
enabled
/run/motp/motpd.sock 666
/run/motp/root.sock 600
active active active
done
active active active
done
inactive inactive inactive
done
inactive inactive inactive
inactive active active
done
inactive inactive inactive
done
inactive active active
done
inactive`)
}

// motpd-etcd is a package of its own. To install it changes nothing; once it has motpd's place it
// keeps that in upgrades of both packages, and gives it back when its own is removed.
func TestEtcdDebUnderSystemd(t *testing.T) {
	t.Parallel()
	expectPlay(t, booted+`
	running() { inside env -C / sh -c 'cat /proc/[0-9]*/comm' | grep '^motpd' | paste -sd' '; }
	ends dpkg -i /run/pam-motp.deb; inside motp status >/dev/null; running
	ends dpkg -i /run/pam-motp-etcd.deb; running; state
	inside systemctl -q enable motpd-etcd.service; inside systemctl restart motpd-etcd.service
	running; state; before=$(pid)
	ends dpkg -i /run/pam-motp-etcd.deb; ends [ "$before" != "$(pid)" ]; running
	before=$(pid); ends dpkg -i /run/pam-motp.deb; ends [ "$before" != "$(pid)" ]; running
	state
	ends dpkg -r pam-motp
	ends dpkg -r pam-motp-etcd; cat /run/said | grep -c 'nothing else reads'
	inside motp status >/dev/null; running; state
	ends dpkg -i /run/pam-motp-etcd.deb
	inside systemctl -q enable motpd-etcd.service; inside systemctl restart motpd-etcd.service
	printf 'store = etcd https://a:1\n' >/etc/security/motp.conf
	ends dpkg -P pam-motp-etcd; grep -c 'the records of a fleet' /run/said
	find /etc/systemd/system -name 'motpd*.service'
	over
`, `done
motpd
done
motpd
active active active
motpd-etcd
active active active
done
done
motpd-etcd
done
done
motpd-etcd
active active active
refused
done
0
motpd
active active active
done
done
1`)
}
