package fleetsetup

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// network are the machines beside the stage, which is the administrator's: those of docs/fleet.md.
type network struct {
	t    *testing.T
	dir  string // ssh, scp, and systemctl; and a file for each machine, with a process
	pids map[string]int
}

// newMachine gives a machine an own host name, address, and own files where a set-up writes. It
// lives as long as its first process.
const newMachine = `set -eu
hostname "$1"
for dir in /etc /root /var/lib; do
	mkdir -p /tmp/copy
	mount -t tmpfs copy /tmp/copy
	cp -a "$dir/." /tmp/copy
	mount --move /tmp/copy "$dir"
done
rm -rf /etc/motp
mkdir -p /run/motp
mount -t tmpfs sockets /run/motp -o mode=0755
mkdir -p /var/lib/etcd
chown etcd: /var/lib/etcd
echo ready
exec sleep infinity
`

// The programs that a set-up calls and that would need a network of real machines.
const (
	ssh = `#!/bin/sh
# ssh [user@]HOST COMMAND...; with its root, which is not that of the namespace in test/distros
host=${1#root@}; shift
exec nsenter -t "$(cat "DIR/$host")" -m -n -u -r -w -- \
	env -i HOME=/root "PATH=$PATH" sh -c "cd && $*"
`
	scp = `#!/bin/sh
# scp -pr FOLDER root@HOST:FOLDER
to=${3#*:} host=${3%%:*}
exec tar -C "$2" -c . | ssh "$host" "mkdir -p $to && tar -C $to -x"
`
	systemctl = `#!/bin/sh
# what the units of etcd and motpd-etcd do
test "$1" = restart || exit 0
case "$*" in
*motpd-etcd.service)
	test ! -e /root/motpd.pid || kill "$(cat /root/motpd.pid)"
	setsid BUILD/motpd-etcd --listen /run/motp >/root/motpd.log 2>&1 </dev/null &
	echo $! >/root/motpd.pid
	while test ! -S /run/motp/motpd.sock; do kill -0 $! && sleep 0.05 || exit 1; done
	exit 0
	;;
esac
if old=$(cat /root/etcd.pid 2>/dev/null) && kill "$old" 2>/dev/null; then
	# nobody takes note of its end
	while grep -q '^State:.[^Z]' "/proc/$old/status"; do sleep 0.05; done
fi
set -a
. /etc/default/etcd
setsid setpriv --reuid etcd --regid etcd --init-groups /usr/bin/etcd \
	>/root/etcd.log 2>&1 </dev/null &
echo $! >/root/etcd.pid
`
)

func newNetwork(t *testing.T, build string) *network {
	t.Helper()
	n := &network{t: t, dir: t.TempDir(), pids: map[string]int{}}
	for name, text := range map[string]string{"ssh": ssh, "scp": scp,
		"systemctl": systemctl, "motpd": "#!/bin/sh\nexec BUILD/motpd \"$@\"\n"} {
		text = strings.NewReplacer("DIR", n.dir, "BUILD", build).Replace(text)
		path := filepath.Join(n.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Dir(n.dir), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", n.dir+":"+os.Getenv("PATH"))
	n.run("grep -q ^etcd: /etc/passwd || useradd --system --home-dir /var/lib/etcd etcd")
	if err := stage.Bridge(); err != nil {
		t.Fatal(err)
	}
	return n
}

// add makes a machine.
func (n *network) add(name, address string) {
	n.t.Helper()
	cmd := exec.Command("unshare", "--mount", "--net", "--uts", "--propagation", "private",
		"sh", "-c", newMachine, "sh", name)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	_, out, err := stage.Piped(cmd)
	if err != nil {
		n.t.Fatal(err)
	}
	said := make([]byte, len("ready\n"))
	if _, err := out.Read(said); err != nil || string(said) != "ready\n" {
		n.t.Fatalf("%s: %q, %v", name, said, err)
	}
	pid := cmd.Process.Pid
	n.pids[name] = pid
	for _, file := range []string{name, address} {
		if err := os.WriteFile(filepath.Join(n.dir, file), fmt.Appendln(nil, pid),
			0o644); err != nil {
			n.t.Fatal(err)
		}
	}
	if err := stage.Plug(pid, name, address); err != nil {
		n.t.Fatal(err)
	}
}

// file is a file of a machine, as this process sees it.
func (n *network) file(machine, path string) string {
	return filepath.Join(fmt.Sprintf("/proc/%d/root", n.pids[machine]), path)
}

// run runs a command of the administrator's, who is root.
func (n *network) run(command string) string {
	n.t.Helper()
	output, err := n.try(command)
	if err != nil {
		n.t.Fatalf("%s: %v\n%s", command, err, output)
	}
	return output
}

func (n *network) try(command string) (string, error) {
	output, err := exec.Command("sh", "-c", command).CombinedOutput()
	return string(output), err
}
