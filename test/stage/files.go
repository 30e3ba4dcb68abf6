package stage

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pam-motp/pam-motp/test/mounts"
	"golang.org/x/sys/unix"
)

// The stage's own places; /run is private and empty on it.
const (
	stageFolder = "/run/stage"
	repository  = stageFolder + "/repository"
	binFolder   = stageFolder + "/bin"
)

// inMemory are the folders that programs write to while somebody logs in.
var inMemory = []struct{ folder, mode string }{
	{"/tmp", "1777"}, {"/var/tmp", "1777"}, {"/home", "0755"}, {"/root", "0700"},
	{"/var/lib", "0755"}, {"/var/log", "0755"}, {"/var/mail", "0755"},
}

// deviceNodes are what /dev holds on the stage.
var deviceNodes = []string{"null", "zero", "full", "random", "urandom", "tty"}

// tunDevice is wanted by OpenVPN only: [Machine.NeedTun] says so where it is missing.
const tunDevice = "net/tun"

// freeze makes this namespace's view of every file system read-only, so that a mistake in a test is
// an error and not a change to the machine.
func freeze() error {
	if err := mounts.Private(); err != nil {
		return err
	}
	readOnly := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	return unix.MountSetattr(unix.AT_FDCWD, "/", unix.AT_RECURSIVE, readOnly)
}

// mountOwn gives the stage its /proc and /run, and shows the repository there: it may lie in a
// folder that is about to be covered.
func mountOwn(root string) error {
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	inRepository, err := filepath.Rel(root, folder)
	if err != nil {
		return err
	}
	before, err := unix.Open(root, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(before)

	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC,
		""); err != nil {
		return err
	}
	if err := mountMemory("/run", "0755"); err != nil {
		return err
	}
	for _, folder := range []string{repository, binFolder, "/run/lock", "/run/sshd",
		motpdFolder} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	if err := bind(fmt.Sprintf("/proc/self/fd/%d", before), repository); err != nil {
		return err
	}
	// So that "motp" is found by its name, as after an installation.
	if err := os.Symlink(repository+"/build/motp", binFolder+"/motp"); err != nil {
		return err
	}
	return os.Chdir(filepath.Join(repository, inRepository))
}

// mountSys gives the stage a /sys with control groups where the machine shows none, as in a chroot:
// journald does not start without.
func mountSys() error {
	var at unix.Statfs_t
	err := unix.Statfs("/sys/fs/cgroup", &at)
	if err == nil && at.Type != unix.SYSFS_MAGIC {
		return nil
	}
	const flags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC | unix.MS_RDONLY
	if err := unix.Mount("sysfs", "/sys", "sysfs", flags, ""); err != nil {
		return err
	}
	return unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", flags, "")
}

// makeDevices makes a /dev with terminals of its own and room for /dev/log. The nodes are the
// machine's own: a container may not make new ones.
func makeDevices() error {
	const place = stageFolder + "/dev"
	if err := os.Mkdir(place, 0o755); err != nil {
		return err
	}
	if err := mountMemory(place, "0755"); err != nil {
		return err
	}
	for _, folder := range []string{"pts", "shm", "net"} {
		if err := os.Mkdir(filepath.Join(place, folder), 0o755); err != nil {
			return err
		}
	}
	if err := unix.Chmod(filepath.Join(place, "shm"), 0o1777); err != nil {
		return err
	}
	for _, node := range deviceNodes {
		if err := bindFile("/dev/"+node, filepath.Join(place, node)); err != nil {
			return err
		}
	}
	if err := bindFile("/dev/"+tunDevice, filepath.Join(place, tunDevice)); err != nil &&
		!errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := unix.Mount("devpts", place+"/pts", "devpts", 0,
		"newinstance,ptmxmode=0666,mode=0620,gid=5"); err != nil {
		return err
	}
	links := map[string]string{
		"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0",
		"stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2",
	}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(place, name)); err != nil {
			return err
		}
	}
	return unix.Mount(place, "/dev", "", unix.MS_MOVE, "")
}

func coverFolders() error {
	for _, cover := range inMemory {
		if err := mountMemory(cover.folder, cover.mode); err != nil {
			return err
		}
	}
	return os.Mkdir("/var/lib/motp", 0o700)
}

// copyEtc takes over the machine's configuration, without its users of one-time passwords.
func copyEtc() error {
	if err := coverWithCopy("/etc"); err != nil {
		return err
	}
	for _, table := range []string{TablePath, TablePath + ".d"} {
		if err := os.RemoveAll(table); err != nil {
			return err
		}
	}
	return nil
}

func copyModules() error {
	folder, err := moduleFolder()
	if err != nil {
		return err
	}
	return coverWithCopy(folder)
}

// moduleFolder is where libpam of this architecture looks for modules.
func moduleFolder() (string, error) {
	found, err := filepath.Glob("/lib/*/security/pam_unix.so")
	if err != nil {
		return "", err
	}
	if len(found) == 0 {
		return "", errors.New("no folder of PAM modules: apt-get install libpam-modules")
	}
	return filepath.EvalSymlinks(filepath.Dir(found[0]))
}

// coverWithCopy puts a copy of the folder, in memory, in its place.
func coverWithCopy(folder string) error {
	place := filepath.Join(stageFolder, "copies", folder)
	if err := os.MkdirAll(place, 0o755); err != nil {
		return err
	}
	if output, err := exec.Command("cp", "-a", folder+"/.",
		place).CombinedOutput(); err != nil {
		return fmt.Errorf("cp %s: %w: %s", folder, err, output)
	}
	return bind(place, folder)
}

func mountMemory(folder, mode string) error {
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "mode="+mode); err != nil {
		return fmt.Errorf("tmpfs on %s: %w", folder, err)
	}
	return nil
}

func bindFile(source, target string) error {
	if _, err := os.Stat(source); err != nil {
		return err
	}
	if err := os.WriteFile(target, nil, 0o600); err != nil {
		return err
	}
	return bind(source, target)
}

func bind(source, target string) error {
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %s to %s: %w", source, target, err)
	}
	return nil
}
