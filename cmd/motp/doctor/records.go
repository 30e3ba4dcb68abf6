package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// records looks at every folder of records, and at each user's record in it.
func (v *visit) records() string {
	usable := map[string]bool{}
	var saw []string
	for _, p := range v.positions() {
		if _, seen := usable[p.state]; !seen {
			if usable[p.state] = v.stateFolder(p.state); usable[p.state] {
				saw = append(saw, p.state)
			}
		}
		if usable[p.state] {
			v.userRecords(p)
		}
	}
	return enumerate(saw)
}

// stateFolder looks at the folder itself. It is false if no record in it can be used.
func (v *visit) stateFolder(folder string) bool {
	info, err := os.Lstat(v.at(folder))
	if err != nil {
		what, mend := plain(err), ""
		if errors.Is(err, fs.ErrNotExist) {
			what, mend = "is missing", "install -d -m 0700 "+folder
		}
		v.errorAt(folder, 0, "every code is refused: the folder of records "+what, mend)
		return false
	}
	if !info.IsDir() {
		v.errorAt(folder, 0, "every code is refused: it is not a folder, or only a link to one", "put a folder there: install -d -m 0700 "+folder)
		return false
	}
	v.trusted(parent(folder))
	owner := info.Sys().(*syscall.Stat_t).Uid
	if owner != 0 && int(owner) != os.Geteuid() || info.Mode().Perm()&0o077 != 0 {
		v.errorAt(folder, 0, "every code is refused: others than root can get at the records", fmt.Sprintf("chown root: %s && chmod 0700 %s", folder, folder))
		return false
	}
	for _, temporary := range []string{"/tmp", "/var/tmp", "/run", "/var/run", "/dev/shm", "/var/cache"} {
		if strings.HasPrefix(folder+"/", temporary+"/") {
			v.errorAt(folder, 0, "is emptied at times, since it is under "+temporary+": then codes that were used are good again, and nobody stays locked",
				"state=/var/lib/motp, or none, in the line of PAM")
		}
	}
	v.writable(folder)
	v.fileSystem(folder)
	return true
}

// writable makes a file without a name in the folder, and lets it go.
func (v *visit) writable(folder string) {
	fd, err := unix.Open(v.at(folder), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	switch {
	case err == nil:
		_ = unix.Close(fd)
	case errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR):
		if err := unix.Access(v.at(folder), unix.W_OK); err != nil {
			v.errorAt(folder, 0, "every code is refused: cannot be written: "+err.Error(), "")
		}
	case errors.Is(err, unix.EROFS):
		v.errorAt(folder, 0, "every code is refused: the file system is mounted read-only", "mount -o remount,rw, and find out why it was")
	default:
		v.errorAt(folder, 0, "new users are refused: no record can be made: "+err.Error(), "")
	}
}

// userRecords looks at the records of a table's users, and at what else is in the folder.
func (v *visit) userRecords(p position) {
	policy, users := v.users(p.conf)
	verifier := motp.Verifier{Dir: v.at(p.state), Policy: policy}
	var locked []string
	for _, u := range users {
		file := p.state + "/" + motp.EncodeName(u.Name)
		status, err := verifier.Status(u, v.Now)
		switch {
		case errors.Is(err, motp.ErrCorrupt):
			v.errorAt(file, 0, show(u.Name)+" cannot log in: the record is damaged beyond reading", "motp unlock "+u.Name)
		case err != nil:
			mend := ""
			if errors.Is(err, motp.ErrUnsafe) {
				mend = fmt.Sprintf("chown root: %s && chmod 0600 %s", file, file)
			}
			v.errorAt(file, 0, show(u.Name)+" cannot log in: the record "+plain(err), mend)
		}
		if err != nil {
			continue
		}
		if status.Doubt {
			v.warnAt(file, 0, "one half of the record of "+show(u.Name)+" is damaged; the next login mends it. Is the disk sound?", "")
		}
		if status.LastLogin.After(v.Now.Add(policy.Window + time.Minute)) {
			v.errorAt(file, 0, fmt.Sprintf("the last login of %s is in the future, %s: the clock was set back, and codes are refused until it is there again",
				show(u.Name), status.LastLogin.Format(time.DateTime)), "set the clock: timedatectl")
		}
		if status.Locked {
			locked = append(locked, show(u.Name))
		}
	}
	if n := len(locked); n > 0 {
		if n > 5 {
			locked = append(locked[:4], fmt.Sprintf("%d more", n-4))
		}
		v.noteAt(p.state, 0, count(n, "user")+" locked after too many wrong codes: "+enumerate(locked), "motp unlock USER")
	}
}

// plain is an error without its path, which stands beside it.
func plain(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return "cannot " + path.Op + ": " + path.Err.Error()
	}
	return err.Error()
}
