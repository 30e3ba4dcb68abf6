package mounts_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/mounts"
	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

// insideVariable marks the process in the chroot.
const insideVariable = "MOTP_MOUNTS_INSIDE"

// TestInChroot: in a chroot that is no mount point, what is mounted stays inside, and can be
// made read-only. The mount around it is one that others share, as on a machine with systemd.
func TestInChroot(t *testing.T) {
	if os.Getenv(insideVariable) != "" {
		checkInside(t)
		return
	}
	const script = `set -eu
base=$1 self=$2
mount -t tmpfs base "$base"
mount --make-rshared "$base"
root=$base/one/two/root
mkdir -p "$root/etc" "$root/proc" "$root/mnt" "$root/work" "$root/usr"
ln -s usr/lib usr/lib64 "$root"
cp "$self" "$root/self"
mount --bind /usr "$root/usr"
mount -t proc proc "$root/proc"
before=$(grep -c " $base" /proc/self/mountinfo)
cd "$root/work"
unshare --mount --propagation unchanged \
	chroot "$root" /self -test.run='^TestInChroot$' -test.count=1
test "$before" = "$(grep -c " $base" /proc/self/mountinfo)" || echo "a mount came out"
`
	stage.Test(t, func(t *testing.T, _ *stage.Machine) {
		self := fmt.Sprintf("/proc/%d/exe", os.Getpid())
		cmd := exec.Command("unshare", "--mount", "--propagation", "private",
			"sh", "-c", script, "-", t.TempDir(), self)
		cmd.Env = append(os.Environ(), insideVariable+"=1")
		output, err := cmd.CombinedOutput()
		if err != nil || strings.TrimSpace(string(output)) != "PASS" {
			t.Errorf("%v\n%s", err, output)
		}
	})
}

func checkInside(t *testing.T) {
	if err := os.Chdir("/work"); err != nil {
		t.Fatal(err)
	}
	if err := mounts.Private(); err != nil {
		t.Fatal(err)
	}
	if folder, err := os.Getwd(); folder != "/work" {
		t.Errorf("the working folder is %q now: %v", folder, err)
	}
	if _, err := os.Stat("/self"); err != nil {
		t.Errorf("another root than before: %v", err)
	}
	if err := unix.Mount("tmpfs", "/mnt", "tmpfs", 0, ""); err != nil {
		t.Errorf("mount in the chroot: %v", err)
	}
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, readOnly); err != nil {
		t.Errorf("make all of it read-only: %v", err)
	}
	if err := os.Mkdir("/more", 0o755); err == nil {
		t.Error("the root is writable")
	}
}
