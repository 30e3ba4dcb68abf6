package doctor

import (
	"io/fs"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/pamstack"
	"github.com/pam-motp/pam-motp/internal/regular"
	"golang.org/x/sys/unix"
)

// An owner is whose a table and its records are: root, or the system user that a server runs as.
// The module accepts files of root and of whoever runs it.
type owner struct {
	name     string
	uid, gid int
	groups   []int
}

var root = owner{name: "root"}

// asRoot are services that call PAM as root, whatever their programs become later.
var asRoot = []string{
	"sshd", "login", "remote", "su", "su-l", "runuser", "runuser-l", "sudo", "sudo-i", "doas",
	"openvpn", "cron", "crond", "atd", "passwd", "chpasswd", "newusers", "groupmems", "useradd",
	"chsh", "chfn", "polkit-1", "cockpit", "vsftpd", "proftpd", "dovecot", "ocserv",
	"gdm-password", "lightdm", "sddm", "xrdp-sesman", "systemd-user",
}

// firstPerson is the first user id that is no system user's (UID_MIN in login.defs).
const firstPerson = 1000

// owner is whose a table and its records are meant to be: one of them that belongs to a system user
// speaks for the others.
func (v *visit) owner(p position) owner {
	if v.usedByRoot(p) {
		return root
	}
	for _, path := range []string{p.conf, p.conf + ".d", p.state} {
		if info, err := os.Lstat(v.at(path)); err == nil {
			if w, found := v.systemUser(uidOf(info)); found {
				return w
			}
		}
	}
	return root
}

// Owner is as whom a service, whose files are under a folder, has to be tried: root, or the user to
// whom its table and records belong.
func Owner(folder, name string) (user string, uid int, err error) {
	read, err := pamstack.Read(folder, name)
	if err != nil {
		return "", 0, err
	}
	v := &visit{Machine: Machine{Root: folder, Conf: conf.DefaultPath,
		State: conf.DefaultState}}
	v.services = []service{v.service(read)}
	for _, p := range v.positions() {
		if w := v.owner(p); w.uid != 0 {
			return w.name, w.uid, nil
		}
	}
	return root.name, root.uid, nil
}

// usedByRoot says whether a service that runs as root has any part of a position.
func (v *visit) usedByRoot(p position) bool {
	return slices.ContainsFunc(v.services, func(s service) bool {
		return slices.Contains(asRoot, s.Name) &&
			slices.ContainsFunc(s.lines, func(l moduleLine) bool {
				return l.says.Conf == p.conf || l.says.State == p.state
			})
	})
}

func uidOf(info os.FileInfo) int { return int(info.Sys().(*syscall.Stat_t).Uid) }

// systemUser finds a system user, other than root, in the machine's own files.
func (v *visit) systemUser(uid int) (w owner, found bool) {
	if uid == 0 || uid >= firstPerson {
		return owner{}, false
	}
	for _, user := range v.accounts("/etc/passwd") {
		gid, err := strconv.Atoi(user[3])
		if user[2] == strconv.Itoa(uid) && err == nil {
			return owner{user[0], uid, gid, v.groups(user[0])}, true
		}
	}
	return owner{}, false
}

// groups are those that a user is in besides the first.
func (v *visit) groups(user string) []int {
	var groups []int
	for _, group := range v.accounts("/etc/group") {
		gid, err := strconv.Atoi(group[2])
		if slices.Contains(strings.Split(group[3], ","), user) && err == nil {
			groups = append(groups, gid)
		}
	}
	return groups
}

// accounts are the lines of passwd or group that have at least four fields.
func (v *visit) accounts(file string) [][]string {
	text, err := regular.Read(v.at(file), regular.System)
	if err != nil {
		return nil
	}
	var all [][]string
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(strings.TrimSuffix(line, "\n"), ":"); len(fields) >= 4 {
			all = append(all, fields)
		}
	}
	return all
}

// as looks at a file with the rights of its owner and no others, so that what is found is what the
// owner's programs find.
func (v *visit) as(w owner, file string, look func()) {
	if w.uid == 0 || w.uid == os.Geteuid() {
		look()
		return
	}
	done := make(chan error)
	go func() {
		// for good: Go ends the thread with the goroutine, and nothing else runs on it
		runtime.LockOSThread()
		err := v.become(w)
		if err == nil {
			look()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		v.noteAt(file, 0, "belongs to "+w.name+", and cannot be looked at as "+w.name+
			" would: "+v.shown(err.Error()), "")
	}
}

// become makes this thread the owner's, and sees that the owner gets to the machine's files at all,
// which under another root is not certain.
func (v *visit) become(w owner) error {
	if err := unix.Setgroups(w.groups); err != nil {
		return err
	}
	// unix.Setresuid and libc would change every thread
	for _, call := range [][2]uintptr{{unix.SYS_SETRESGID, uintptr(w.gid)},
		{unix.SYS_SETRESUID, uintptr(w.uid)}} {
		if _, _, errno := unix.RawSyscall(call[0], call[1], call[1], call[1]); errno != 0 {
			return errno
		}
	}
	_, err := os.Stat(v.at("/etc/passwd"))
	return err
}

// owns says whether a file may be the owner's.
func (w owner) owns(uid int) bool {
	return uid == w.uid || w.uid == 0 && uid == os.Geteuid()
}

// others are those who must not get at what only root and the owner may change.
func (w owner) others() string {
	if w.uid == 0 {
		return "others than root"
	}
	return "others than root and " + w.name
}

// told is what the packages conf and motp say of a file, which think that it has to be root's.
func (w owner) told(text string) string {
	return strings.NewReplacer("must be root's", "must be "+w.name+"'s",
		"must be owned by root", "must be owned by "+w.name).Replace(text)
}

// command is the beginning of a command about the users of a position.
func (w owner) command(p position) string {
	command := "motp"
	if w.uid != 0 {
		command = "runuser -u " + w.name + " -- motp"
	}
	if p.conf != conf.DefaultPath {
		command += " --conf " + p.conf
	}
	if p.state != conf.DefaultState {
		command += " --state " + p.state
	}
	return command
}

// restore is how a file or folder becomes one that its owner can get at, and nobody else.
func (v *visit) restore(path string, w owner) string {
	info, err := os.Lstat(v.at(path))
	if err != nil {
		return "let " + w.name + " into the folders above it"
	}
	mode, allowed := "0600", fs.FileMode(0o600)
	if info.IsDir() {
		mode, allowed = "0700", 0o700
	}
	own := "chown " + w.name + ": " + path + " && chmod " + mode + " " + path
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || info.IsDir() || stat.Nlink < 2 {
		return own
	}
	other := "rm its other name, which this shows: find / -xdev -samefile " + path
	if w.owns(uidOf(info)) && info.Mode().Perm()&^allowed == 0 {
		return other
	}
	return own + "; " + other
}

// makeFolder is how a folder comes to be there.
func (w owner) makeFolder(path string) string {
	if w.uid == 0 {
		return "install -d -m 0700 " + path
	}
	return "install -d -o " + w.name + " -m 0700 " + path
}
