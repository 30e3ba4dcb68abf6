package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pam-motp/pam-motp/internal/holder"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// records looks at every folder of records, and at each user's record in it.
func (v *visit) records() string {
	usable := map[string]bool{}
	var saw []string
	for _, p := range v.positions() {
		w := v.owner(p)
		if _, seen := usable[p.state]; !seen {
			v.trusted(parent(p.state), w)
			v.as(w, p.state, func() { usable[p.state] = v.stateFolder(p, w) })
			if usable[p.state] {
				saw = append(saw, p.state)
			}
		}
		if usable[p.state] {
			v.as(w, p.state, func() { v.userRecords(p, w) })
		}
	}
	return enumerate(saw)
}

// stateFolder looks at the folder itself. It is false if no record in it can be used.
func (v *visit) stateFolder(p position, w owner) bool {
	folder := p.state
	info, err := os.Lstat(v.at(folder))
	if err != nil {
		what, mend := plain(err), ""
		if errors.Is(err, fs.ErrNotExist) {
			what, mend = "is missing", v.mendMissing(p, w)
		}
		v.errorAt(folder, 0, "every code is refused: the folder of records "+what, mend)
		return false
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		v.errorAt(folder, 0, "every code is refused: it is not a folder, or only a link "+
			"to one", "put the folder with the records in its place, or mount it "+
			"there: mount --bind")
		return false
	}
	if !info.IsDir() {
		v.errorAt(folder, 0, "every code is refused: it is not a folder, or only a link "+
			"to one", "move it away; "+w.bringBack(p))
		return false
	}
	if !w.owns(uidOf(info)) || info.Mode().Perm()&0o077 != 0 {
		v.errorAt(folder, 0, "every code is refused: must belong to "+w.name+
			" and be closed to everybody else", v.restore(folder, w))
		return false
	}
	for _, temporary := range []string{"/tmp", "/var/tmp", "/run", "/var/run", "/dev/shm",
		"/var/cache"} {
		if strings.HasPrefix(folder+"/", temporary+"/") {
			v.errorAt(folder, 0, "is emptied at times, since it is under "+temporary+
				": then codes that were used are good again, and nobody stays "+
				"locked",
				"state=/var/lib/motp, or none, in the line of PAM")
		}
	}
	v.writable(folder)
	v.fileSystem(folder)
	return true
}

// mendMissing is what to do about a folder of records that is missing: where there are users, an
// empty one would take their used codes again.
func (v *visit) mendMissing(p position, w owner) string {
	var sharing []string
	for _, other := range v.positions() {
		if other.state == p.state {
			sharing = append(sharing, v.at(other.conf))
		}
	}
	if v.site(p).MayBegin(sharing...) == nil {
		return w.makeFolder(p.state)
	}
	return w.bringBack(p)
}

// bringBack is what to do about records that somebody has used codes with, perhaps.
func (w owner) bringBack(p position) string {
	return "mount its file system; if the records are lost: " + w.makeFolder(p.state) + " && " +
		w.command(p) + " restored; if no code was ever used, the first of these alone"
}

// writable makes a file without a name in the folder, and lets it go.
func (v *visit) writable(folder string) {
	fd, err := unix.Open(v.at(folder), unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	switch {
	case err == nil:
		_ = unix.Close(fd)
	case errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EISDIR):
		if err := unix.Access(v.at(folder), unix.W_OK); err != nil {
			v.errorAt(folder, 0, "every code is refused: cannot be written: "+
				err.Error(), "")
		}
	case errors.Is(err, unix.EROFS):
		v.errorAt(folder, 0, "every code is refused: the file system is mounted read-only",
			"mount -o remount,rw, and find out why it was")
	default:
		v.errorAt(folder, 0, "new users are refused: no record can be made: "+
			err.Error(), "")
	}
}

// userRecords looks at the records of a table's users, and at what else is in the folder.
func (v *visit) userRecords(p position, w owner) {
	command := w.command(p)
	policy, users := v.users(p.conf)
	verifier := v.site(p).Verifier(policy)
	locks := holder.Locks()
	var locked, fewLeft []string
	for _, u := range users {
		file := p.state + "/" + motp.EncodeName(u.Name)
		if who, held := locks.Of(v.at(file)); held {
			v.errorAt(file, 0, fmt.Sprintf("%s cannot log in while %v keeps the "+
				"record for itself",
				show(u.Name), who), command+" unlock --force "+u.Name)
		}
		status, err := verifier.Status(context.Background(), u, v.Now)
		var ofStore interface{ Reason() string }
		switch {
		case errors.As(err, &ofStore) && !errors.Is(err, motp.ErrMoved):
			continue // the check of the fleet tells once what is wrong with it
		case errors.Is(err, motp.ErrCorrupt):
			v.errorAt(file, 0, show(u.Name)+" cannot log in: the record is damaged "+
				"beyond reading", command+" unlock "+u.Name)
		case err != nil:
			mend := ""
			if errors.Is(err, files.ErrUnsafe) ||
				w.uid != 0 && errors.Is(err, fs.ErrPermission) {
				mend = v.restore(file, w)
			}
			v.errorAt(file, 0, show(u.Name)+" cannot log in: the record "+
				w.told(plain(err)), mend)
		}
		if err != nil {
			continue
		}
		if status.Doubt {
			v.warnAt(file, 0, "one half of the record of "+show(u.Name)+
				" is damaged; the next login mends it. Is the disk sound?", "")
		}
		if status.LastLogin.After(v.Now.Add(policy.Window + time.Minute)) {
			v.errorAt(file, 0, fmt.Sprintf("the last login of %s is in the future, "+
				"%s: the clock was set back, and codes are refused until it is "+
				"there again",
				show(u.Name), status.LastLogin.Format(time.DateTime)),
				"set the clock: "+v.manager().clock())
		}
		if status.Locked {
			locked = append(locked, show(u.Name))
		}
		if u.Paper.Exist() && status.Paper.Left <= fewCodes {
			fewLeft = append(fewLeft, u.Name)
		}
	}
	v.paper(p.state, fewLeft, command)
	if n := len(locked); n > 0 {
		if n > 5 {
			locked = append(locked[:4], fmt.Sprintf("%d more", n-4))
		}
		v.noteAt(p.state, 0, count(n, "user")+" locked after too many wrong codes: "+
			enumerate(locked), command+" unlock USER")
	}
}

// fewCodes on paper are worth a word.
const fewCodes = 2

// paper names who has few codes on paper left.
func (v *visit) paper(state string, names []string, command string) {
	if n := len(names); n > 0 {
		v.noteAt(state, 0, count(n, "user")+" with two paper codes or fewer left: "+
			some(names), command+" codes USER")
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
