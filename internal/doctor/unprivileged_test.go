package doctor

import (
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/ask"
)

func TestUnprivileged(t *testing.T) {
	t.Parallel()
	const cannot = "/etc/security/motp.conf nor /var/lib/motp, "
	const away = cannot + "and motpd, which would judge, does not run: every code is refused"
	locker := func(name, line string) string {
		return "error PAM services /etc/pam.d/" + name + ":" + line + " " + name +
			" runs as whoever locked the screen, who can read neither " + away
	}
	findAll(t, []sickness{
		{"lockers, as Debian has them",
			fileMap("swaylock", "# x\nauth include login\n", "i3lock",
				"auth include login\n"),
			[]string{locker("i3lock", "1"), locker("swaylock", "2")}},
		{"a locker with a line of its own",
			fileMap("swaylock", "auth optional pam_faildelay.so\nauth "+
				"requisite pam_motp.so\n"),
			[]string{locker("swaylock", "2")}},
		{"a locker that is root's", func(p *patient) {
			p.file("/usr/bin/vlock", "", 0o755)
			p.must(os.Chmod(p.path("/usr/bin/vlock"), 0o755|os.ModeSetuid))
			fileMap("vlock", "auth include login\naccount include login\n")(p)
		}, nil},
		{"a locker that takes a password",
			fileMap("swaylock", "@include common-auth\n"), nil},
		{"a locker that takes a password too", fileMap("swaylock",
			"auth sufficient pam_unix.so\nauth requisite pam_motp.so\n"+
				"account required pam_permit.so\n"),
			[]string{"warning PAM services /etc/pam.d/swaylock:2 swaylock: the " +
				"Unix password (pam_unix) is enough, "}},
		{"by what every service includes", func(p *patient) {
			p.file("/etc/pam.d/common-auth", "auth requisite pam_motp.so\n", 0o644)
			fileMap("xscreensaver", passwordAlone)(p)
		}, []string{locker("xscreensaver", "1")}},
		{"a server", fileMap("postgresql", aCode), []string{
			"error PAM services /etc/pam.d/postgresql:1 postgresql runs as postgres, " +
				"who can read neither " + away}},
	})
}

// withMotpd makes service files, on a machine that motpd runs on and whose table lets some ask.
func withMotpd(callers string, files ...string) func(*patient) {
	return func(p *patient) {
		p.System.Motpd = func() (*ask.State, error) {
			return &ask.State{Version: p.Version}, nil
		}
		p.change(conf.DefaultPath, "window = 3m\n", "window = 3m\n"+callers)
		fileMap(files...)(p)
	}
}

func TestUnprivilegedByMotpd(t *testing.T) {
	t.Parallel()
	const (
		service = "error PAM services /etc/pam.d/postgresql:1 postgresql runs as " +
			"postgres, "
		refused = ": every code is refused | "
		denied  = service + "whom /etc/security/motp.conf does not let ask about others" +
			refused + "above the first user in /etc/security/motp.conf: callers = "
		granted = "callers = postgres: postgresql\n"
		include = "auth include login\n"
		wanted  = "/etc/systemd/system/sockets.target.wants"
	)
	with := func(options string) string {
		return strings.Replace(aCode, "pam_motp.so", "pam_motp.so "+options, 1)
	}
	findAll(t, []sickness{
		{"lockers", withMotpd("", "i3lock", include, "vnc", aCode), nil},
		{"a server that may ask", withMotpd(granted, "postgresql", aCode), nil},
		{"a server of another account",
			withMotpd("callers = web: apache2 httpd\n", "httpd", aCode), nil},
		{"a server that may not", withMotpd("", "postgresql", aCode),
			[]string{denied + "postgres: postgresql"}},
		{"a server beside others",
			withMotpd("callers = www-data: apache2, git: gitea\n", "postgresql", aCode),
			[]string{denied + "www-data: apache2, git: gitea, postgres: postgresql"}},
		{"a server that may ask for another service",
			withMotpd("callers = postgres: pgpool\n", "postgresql", aCode),
			[]string{denied + "postgres: pgpool postgresql"}},
		{"motpd=never", withMotpd(granted, "postgresql", with("motpd=never")),
			[]string{service + "who can read neither /etc/security/motp.conf nor " +
				"/var/lib/motp, and the line keeps motpd from judging" + refused +
				"remove motpd=never"}},
		{"another table of root's", func(p *patient) {
			p.file("/etc/pg.conf", table, 0o600)
			withMotpd(granted, "postgresql", with("conf=/etc/pg.conf"))(p)
		}, []string{service + "who can read neither /etc/pg.conf nor /var/lib/motp, " +
			"which motpd does not serve" + refused + "remove conf= and state= from"}},
		{"motpd that starts when it is wanted", func(p *patient) {
			p.folder(wanted, 0o755)
			p.must(os.Symlink("/usr/lib/systemd/system/motpd.socket",
				p.path(wanted+"/motpd.socket")))
			fileMap("i3lock", include)(p)
		}, nil},
		{"motpd that is away", func(p *patient) {
			withMotpd("", "i3lock", include)(p)
			p.System.Motpd = func() (*ask.State, error) { return nil, ask.ErrAway }
		}, []string{"error PAM services /etc/pam.d/i3lock:1 i3lock runs as whoever " +
			"locked the screen, who can read neither /etc/security/motp.conf nor " +
			"/var/lib/motp, and motpd, which would judge, does not run: every code " +
			"is refused, and the screen stays locked | " +
			Manager{Systemd: true}.StartMotpd()}},
	})
}
