package doctor

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pam-motp/pam-motp/internal/pamstack"
)

// somebody is who has locked the screen.
const somebody = "whoever locked the screen"

// lockers are services of programs that lock a screen, as the user whose screen it is.
var lockers = []string{
	"i3lock", "i3lock-color", "swaylock", "gtklock", "waylock", "hyprlock", "quickshell",
	"xscreensaver", "gnome-screensaver", "mate-screensaver", "cinnamon-screensaver",
	"xfce4-screensaver", "ukui-screensaver", "budgie-screensaver", "deepin-screensaver",
	"kde", "kde-fingerprint", "kde-smartcard", "kscreenlocker", "kscreensaver",
	"light-locker", "lxlock", "physlock", "screen", "slimlock", "vlock", "xlock", "xsecurelock",
}

// servers are services of other programs that do not run as root, and as whom they run.
var servers = map[string]string{
	"apache2": "www-data", "ejabberd": "ejabberd", "exim": "Debian-exim",
	"exim4":   "Debian-exim",
	"forgejo": "git", "freeradius": "freerad", "gitea": "git", "gitlab": "git",
	"httpd":   "apache",
	"mariadb": "mysql", "mysql": "mysql", "nginx": "www-data", "ocserv": "ocserv",
	"pgbouncer": "postgres", "pgpool": "postgres", "postgresql": "postgres",
	"prosody":  "prosody",
	"rabbitmq": "rabbitmq", "radiusd": "freerad", "slapd": "openldap", "squid": "proxy",
	"tigervnc": "the user of its session", "vnc": "the user of its session",
	"wayvnc": "the user of its session", "znc": "_znc",
}

// runsAs is as whom a service's program runs that is known not to be root's.
func runsAs(service string) (who string, known bool) {
	if slices.Contains(lockers, service) {
		return somebody, true
	}
	who, known = servers[service]
	return who, known
}

// unprivileged finds services whose programs can read neither root's table nor root's records.
func (v *visit) unprivileged() {
	for _, s := range v.services {
		who, without := runsAs(s.Name)
		if !without || len(s.lines) == 0 || v.setuidRoot(s.Name) ||
			v.owner(s.position()).uid != 0 || !s.needs("authinfo_unavail") {
			continue
		}
		what := "runs as " + who + ", who can read neither " + s.position().conf + " nor " +
			s.position().state + ": every code is refused"
		mend := "a table and records of its own, of " + who +
			": conf= and state= in the line"
		if who == somebody {
			what += ", and the screen stays locked"
			mend = "in the place of this line: auth required pam_unix.so"
		}
		v.errorAt(s.File, s.lines[0].Top, s.Name+" "+what, mend)
	}
}

// needs says whether nobody gets in when the module answers so.
func (s service) needs(answer pamstack.Answer) bool {
	lets := func(w pamstack.Way) bool {
		return (w.Code == "" || w.Code == answer) && !slices.Contains(w.Needs, "pam_rootok")
	}
	return len(s.ways) > 0 && !slices.ContainsFunc(s.ways, lets)
}

// setuidRoot says whether a program of that name runs as root, whoever starts it.
func (v *visit) setuidRoot(program string) bool {
	folders := []string{"/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/libexec", "/bin"}
	for _, folder := range folders {
		info, err := os.Stat(v.at(filepath.Join(folder, program)))
		if err == nil && info.Mode()&fs.ModeSetuid != 0 && uidOf(info) == 0 {
			return true
		}
	}
	return false
}

func (v *visit) exists(path string) bool {
	_, err := os.Stat(v.at(path))
	return err == nil
}
