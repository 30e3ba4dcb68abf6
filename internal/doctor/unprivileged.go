package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/ask"
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
	"mariadb": "mysql", "mysql": "mysql", "nginx": "www-data",
	"pgbouncer": "postgres", "pgpool": "postgres", "postgresql": "postgres",
	"prosody":  "prosody",
	"rabbitmq": "rabbitmq", "radiusd": "freerad", "slapd": "openldap", "squid": "proxy",
	"tigervnc": ofTheSession, "vnc": ofTheSession, "wayvnc": ofTheSession, "znc": "_znc",
}

// runsAs is as whom a service's program runs that is known not to be root's.
func runsAs(service string) (who string, known bool) {
	if slices.Contains(lockers, service) {
		return somebody, true
	}
	who, known = servers[service]
	return who, known
}

// ofTheSession is who has started a desktop that others see over the network.
const ofTheSession = "the user of its session"

// unprivileged finds services of programs that may read neither root's table nor root's records,
// and that motpd does not judge for.
func (v *visit) unprivileged() {
	for _, s := range v.services {
		if len(s.lines) == 0 || !s.needs("authinfo_unavail") {
			continue
		}
		who, without := v.withoutRoot(s)
		if !without {
			continue
		}
		what, mend := v.refusedTo(s, who)
		if what == "" {
			continue
		}
		what = s.Name + " runs as " + who + ", " + what + ": every code is refused"
		if who == somebody {
			what += ", and the screen stays locked"
			mend += "; or, in the place of this line: auth required pam_unix.so"
		}
		v.errorAt(s.File, s.lines[0].Top, what, mend)
	}
}

// withoutRoot says as whom a service runs that may not read what is root's, and needs to.
func (v *visit) withoutRoot(s service) (who string, without bool) {
	who, without = runsAs(s.Name)
	return who, without && !v.setuidRoot(s.Name) && v.owner(s.position()).uid == 0
}

// refusedTo says why nobody gets in by a service that runs as somebody who is not root, and what
// helps; or nothing.
func (v *visit) refusedTo(s service, who string) (what, mend string) {
	at, line := s.position(), s.lines[0]
	cannot := "who can read neither " + at.conf + " nor " + at.state
	switch {
	case at != position{conf.DefaultPath, conf.DefaultState}:
		return cannot + ", which motpd does not serve", "remove conf= and state= from " +
			"the line, so that motpd judges; or let both belong to " + who
	case !mayAskMotpd(line):
		return cannot + ", and the line keeps motpd from judging", "remove motpd=never"
	case !v.motpdServes():
		return cannot + ", and motpd, which would judge, does not run",
			v.manager().StartMotpd()
	case who == somebody || who == ofTheSession:
		return "", "" // who is logged in here already
	}
	settings, err := v.site(at).Settings()
	if err != nil || granted(settings.Callers, s.Name) {
		return "", "" // the table is another check's
	}
	return "whom " + at.conf + " does not let ask about others", "above the first user in " +
		at.conf + ": callers = " + withCaller(settings.Callers, who, s.Name)
}

// motpdServes says whether motpd runs, or starts when it is wanted; of a machine that does not run,
// whether its sockets are made at boot.
func (v *visit) motpdServes() bool {
	if v.System.Motpd != nil {
		_, err := v.System.Motpd()
		return !errors.Is(err, ask.ErrAway)
	}
	_, err := os.Lstat(v.at("/etc/systemd/system/sockets.target.wants/motpd.socket"))
	return err == nil
}

// granted says whether somebody may ask about others for a service. As whom a service runs that is
// called so on this machine, the table's author knows better.
func granted(callers []conf.Caller, service string) bool {
	return slices.ContainsFunc(callers, func(c conf.Caller) bool {
		return slices.Contains(c.Services, service)
	})
}

// withCaller is the setting callers, with one service more.
func withCaller(callers []conf.Caller, account, service string) string {
	var grants []string
	known := false
	for _, c := range callers {
		grant := c.Account + ": " + strings.Join(c.Services, " ")
		if c.Account == account {
			grant, known = grant+" "+service, true
		}
		grants = append(grants, grant)
	}
	if !known {
		grants = append(grants, account+": "+service)
	}
	return strings.Join(grants, ", ")
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
