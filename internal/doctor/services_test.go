package doctor

import (
	"os"
	"strings"
	"testing"
)

const (
	passwordAlone = "@include common-auth\n@include common-account\n"
	rootOnly      = "auth sufficient pam_rootok.so\naccount required pam_permit.so\n"
	aCode         = "auth requisite pam_motp.so\naccount required pam_permit.so\n"
)

// files writes files of services: names and texts by turns.
func fileMap(namesAndTexts ...string) func(*patient) {
	return func(p *patient) {
		for i := 0; i < len(namesAndTexts); i += 2 {
			p.file("/etc/pam.d/"+namesAndTexts[i], namesAndTexts[i+1], 0o644)
		}
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	const alone = "the Unix password (pam_unix) is enough without a code, though "
	finds := func(severity, service, one string) string {
		return severity + " PAM services /etc/pam.d/" + service + ":1 " + service +
			": " + alone + one
	}
	debian := func(p *patient) { p.file("/etc/debian_version", "12\n", 0o644) }
	findAll(t, []sickness{
		{"sudo -i", fileMap("sudo-i", passwordAlone),
			[]string{finds("warning", "sudo-i", "sudo asks for one: \"sudo -i\" "+
				"goes by it | motp setup sudo")}},
		{"sudo -i, by the line where it asks",
			fileMap("sudo-i", "# Debian's\nauth required "+
				"pam_unix.so\n"+passwordAlone),
			[]string{"warning PAM services /etc/pam.d/sudo-i:2 sudo-i: " + alone}},
		{"only sudo -i", fileMap("sudo", passwordAlone),
			[]string{finds("warning", "sudo", "sudo-i")}},
		{"sudo -i, by anybody", fileMap("sudo-i",
			"auth required pam_permit.so\naccount required pam_permit.so\n"),
			[]string{"error PAM services /etc/pam.d/sudo-i:1 sudo-i: anybody gets in " +
				"without a code"}},
		{"su -", fileMap("su-l", passwordAlone), []string{finds("warning", "su-l", "su")}},
		{"su - by root", fileMap("su-l", rootOnly), nil},
		{"runuser", fileMap("runuser", aCode, "runuser-l", passwordAlone),
			[]string{finds("warning", "runuser-l", "runuser")}},
		{"Debian's runuser", fileMap("runuser", rootOnly, "runuser-l",
			"auth include runuser\n"), nil},
		{"logins over a network", fileMap("remote", passwordAlone),
			[]string{finds("warning", "remote", "login")}},
		{"logins over a network, as the example has it", func(p *patient) {
			p.example("pam.d/remote", "/etc/pam.d/remote")
		}, nil},
		{"Cockpit", fileMap("cockpit", "auth substack common-auth\n"+
			"account include common-account\n"),
			[]string{"warning PAM services /etc/pam.d/cockpit:1 cockpit: " +
				alone + "sshd"}},
		{"Cockpit, as the example has it", func(p *patient) {
			p.example("pam.d/cockpit", "/etc/pam.d/cockpit")
			for _, module := range []string{"sepermit", "ssh_add", "listfile"} {
				p.file("/usr/lib/x86_64-linux-gnu/security/pam_"+module+
					".so", "", 0o644)
			}
		}, nil},
		{"Cockpit with a code, ssh without", func(p *patient) {
			fileMap("cockpit", aCode, "sshd", passwordAlone)(p)
		}, nil},
		{"pkexec", fileMap("polkit-1", passwordAlone),
			[]string{finds("note", "polkit-1", "sudo asks for one: pkexec and run0 go "+
				"by it | if that is not meant, in the place of the password in "+
				"/etc/pam.d/polkit-1: auth requisite pam_motp.so")}},
		{"neither", fileMap("sudo", passwordAlone, "sudo-i", passwordAlone), nil},
		{"no file, on Debian", func(p *patient) {
			debian(p)
			p.remove("/etc/pam.d/sudo-i")
			fileMap("other", passwordAlone)(p)
		}, []string{"warning PAM services /etc/pam.d/other:1 sudo-i: there is no " +
			"/etc/pam.d/sudo-i, so this file decides"}},
		{"no file, and others refuse", func(p *patient) {
			debian(p)
			p.remove("/etc/pam.d/sudo-i")
			fileMap("other",
				"auth required pam_deny.so\naccount required pam_deny.so\n")(p)
		}, nil},
		{"no file, elsewhere", func(p *patient) {
			p.remove("/etc/pam.d/sudo-i")
			fileMap("other", passwordAlone)(p)
		}, nil},
		{"telnetd", func(p *patient) {
			p.file("/usr/sbin/telnetd", "", 0o755)
			fileMap("other", passwordAlone)(p)
		}, []string{"warning PAM services /etc/pam.d/other:1 remote: there is no " +
			"/etc/pam.d/remote"}},
	})
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	const nullok = "auth required pam_unix.so\nauth requisite pam_motp.so nullok\n" +
		"account required pam_permit.so\n"
	from := func(text string) func(*patient) {
		return func(p *patient) {
			p.file("/etc/nsswitch.conf", text, 0o644)
			fileMap("cron", nullok)(p)
		}
	}
	const noted = "note PAM services /etc/pam.d/cron:2 cron: nullok: for who is " +
		"not in the table, the Unix password (pam_unix) is enough"
	warns := func(sources, line string) []string {
		return []string{noted, "warning PAM services /etc/pam.d/cron:2 nullok, and " +
			"accounts come from " +
			sources +
			" too (/etc/nsswitch.conf:" + line + ")"}
	}
	findAll(t, []sickness{
		{"sssd", from("# x\npasswd:         files systemd sss\ngroup: files\n"),
			warns("sss", "2")},
		{"winbind, with what to do", from("passwd: files [NOTFOUND=continue] winbind\n"),
			warns("winbind", "1")},
		{"LDAP, and another", from("passwd: ldap files sss # last\n"),
			warns("ldap and sss", "1")},
		{"by compat", from("passwd: compat\npasswd_compat: ldap\n"), warns("ldap", "2")},
		{"one that nobody knows", from("passwd:files oslogin\n"), warns("oslogin", "1")},
		{"files only", from("passwd: files systemd\ngroup: files sss\nshadow: files sss\n"),
			[]string{noted}},
		{"no nsswitch.conf", fileMap("cron", nullok), []string{noted}},
		{"by its control instead", func(p *patient) {
			p.file("/etc/nsswitch.conf", "passwd: files sss\n", 0o644)
			fileMap("cron", strings.Replace(strings.Replace(nullok, " nullok", "",
				1), "requisite",
				"[success=ok user_unknown=ignore default=die]", 1))(p)
		}, []string{
			"note PAM services /etc/pam.d/cron:2 cron: for who is not in the " +
				"table, the Unix password (pam_unix) is enough",
			"warning PAM services /etc/pam.d/cron:2 [success=ok user_unknown=ignore " +
				"default=die], and accounts",
		}},
		{"without nullok", func(p *patient) {
			p.file("/etc/nsswitch.conf", "passwd: files sss\n", 0o644)
		}, nil},
	})
}

func TestSaslauthd(t *testing.T) {
	t.Parallel()
	const (
		file  = "/etc/default/saslauthd"
		keeps = "smtp: saslauthd keeps what was typed (-c)"
	)
	says := func(text string) func(*patient) {
		return func(p *patient) {
			p.file(file, text, 0o644)
			fileMap("smtp", aCode)(p)
		}
	}
	warns := []string{"warning saslauthd " + file + ":2 " + keeps}
	const systemd = "/usr/lib/systemd/system/saslauthd.service"
	findAll(t, []sickness{
		{"as Debian starts it", says("MECHANISMS=\"pam\"\n" +
			"OPTIONS=\"-c -m /var/run/saslauthd\"\n"),
			warns},
		{"in one word", says("# x\nOPTIONS='-cm /var/run/saslauthd'\n"), warns},
		{"behind other options", says("# x\nOPTIONS=\"-m /run/s -rc\"\n"), warns},
		{"without", says("OPTIONS=\"-m /var/run/saslauthd\"\n"), nil},
		{"a value with the letter", says("OPTIONS=\"-m -c -r\"\n"), nil},
		{"a folder with the letter", says("OPTIONS=\"-mc\"\n"), nil},
		{"another mechanism", says("MECHANISMS=shadow\nOPTIONS=\"-c\"\n"), nil},
		{"no options", says("START=yes\n"),
			[]string{"warning saslauthd " + file + ":0 " + keeps}},
		{"no options, by systemd", func(p *patient) {
			says("OPTIONS=\"\"\n")(p)
			p.file(systemd, "", 0o644)
		}, nil},
		{"a second one", func(p *patient) {
			says("OPTIONS=\"-m /var/run/saslauthd\"\n")(p)
			p.file(file+"-postfix", "\nOPTIONS=\"-c -m /var/spool/postfix\"\n", 0o644)
			p.file(file+".dpkg-dist", "\nOPTIONS=\"-c -m /var/spool/postfix\"\n", 0o644)
		}, []string{"warning saslauthd " + file + "-postfix:2 " + keeps}},
		{"of Red Hat", func(p *patient) {
			p.file("/etc/sysconfig/saslauthd", "MECH=pam\nFLAGS=-c\n", 0o644)
			fileMap("smtp", aCode)(p)
		}, []string{"warning saslauthd /etc/sysconfig/saslauthd:2 " + keeps}},
		{"no service that it may ask", func(p *patient) {
			p.file(file, "OPTIONS=\"-c\"\n", 0o644)
		}, nil},
	})
	p := newPatient(t)
	says("x=y\nOPTIONS=\"-a -c -m /run/s -rc\"\n")(p)
	for _, f := range Look(p.Machine).Findings {
		if want := `OPTIONS="-a -c -m /run/s -r" in this file`; !strings.HasPrefix(f.Mend,
			want) {
			t.Errorf("%q mends it, want %q", f.Mend, want)
		}
	}
}

func TestSystemd(t *testing.T) {
	t.Parallel()
	const (
		lib, etc = "/usr/lib/systemd/system/", "/etc/systemd/system/"
		strict   = "[Unit]\nDescription=x\n[Service]\nProtectSystem=strict\n"
	)
	unit := func(file, text string, causes ...func(*patient)) func(*patient) {
		return func(p *patient) {
			p.file(file, text, 0o644)
			both(causes...)(p)
		}
	}
	helper := fileMap("polkit-1", aCode)
	nothingWritten := func(file, by string) []string {
		return []string{"error systemd " + file + " " + by +
			" lets nothing write to /var/lib/motp: every code is refused"}
	}
	const polkit = "polkit-agent-helper@.service"
	findAll(t, []sickness{
		{"polkit's helper, as Debian's next release has it",
			unit(lib+polkit, strict, helper),
			nothingWritten(lib+polkit+":4",
				"polkit-1: ProtectSystem=strict in "+polkit)},
		{"mended", unit(lib+polkit, strict, helper, unit(etc+polkit+".d/override.conf",
			"[Service]\nReadWritePaths=/var/lib/motp\n")), nil},
		{"polkit without a code", unit(lib+polkit, strict), nil},
		{"sshd, by a drop-in", unit(lib+"ssh.service", "[Service]\nExecStart=sshd\n", unit(
			etc+"ssh.service.d/x.conf", "[Service]\n# no\nReadOnlyPaths=/etc /var\n")),
			nothingWritten(etc+"ssh.service.d/x.conf:3",
				"sshd: ReadOnlyPaths=/etc /var in ssh.service")},
		{"sshd, one for each login", unit(lib+"ssh.service", "",
			unit(lib+"ssh@.service", strict)),
			nothingWritten(lib+"ssh@.service:4",
				"sshd: ProtectSystem=strict in ssh@.service")},
		{"one console", unit(lib+"getty@.service", "",
			unit(etc+"getty@tty1.service.d/x.conf", "[Service]\nTasksMax=4\n")),
			[]string{"error systemd " + etc +
				"getty@tty1.service.d/x.conf:2 login: TasksMax=4 in " +
				"getty@tty1.service leaves no room"}},
		{"few tasks", unit(lib+"ssh.service", "TasksMax=15\n"), []string{
			"warning systemd " + lib +
				"ssh.service:1 sshd: TasksMax=15 in ssh.service leaves no room " +
				"for two at once"}},
		{"tasks for one login", unit(lib+"ssh.service", "TasksMax=7\n"), []string{
			"warning systemd " + lib +
				"ssh.service:1 sshd: TasksMax=7 in ssh.service leaves no room " +
				"for two at once"}},
		{"enough tasks", unit(lib+"ssh.service", "TasksMax=16\n"), nil},
		{"a share of all tasks", unit(lib+"ssh.service", "TasksMax=10%\n"), nil},
		{"everybody's sessions", unit(etc+"user-.slice.d/x.conf",
			"[Slice]\nTasksMax=5\n"), []string{
			"error systemd " + etc + "user-.slice.d/x.conf:2 su: TasksMax=5",
			"error systemd " + etc + "user-.slice.d/x.conf:2 su-l: TasksMax=5",
			"error systemd " + etc + "user-.slice.d/x.conf:2 sudo: TasksMax=5",
			"error systemd " + etc + "user-.slice.d/x.conf:2 sudo-i: TasksMax=5",
		}},
		{"OpenVPN's server that is there",
			unit(lib+"openvpn-server@.service", "TasksMax=6\n",
				unit(lib+"openvpn@.service", "TasksMax=6\n")),
			[]string{"error systemd " + lib +
				"openvpn-server@.service:1 openvpn: TasksMax=6 in " +
				"openvpn-server@server.service"}},
		{"a hidden table", unit(lib+"ssh.service",
			"InaccessiblePaths=-/etc/security\n"), []string{
			"error systemd " + lib +
				"ssh.service:1 sshd: InaccessiblePaths=-/etc/security in " +
				"ssh.service hides /etc/security/motp.conf"}},
		{"a program by its own name",
			unit(lib+"house.service", "User=house\n", fileMap("house", aCode)),
			[]string{
				"error systemd " + lib + "house.service:1 house: User=house in " +
					"house.service cannot read /etc/security/motp.conf"}},
		{"as root", unit(lib+"house.service", "User=root\n", fileMap("house", aCode)), nil},
		{"under two names", func(p *patient) {
			p.file(lib+"ssh.service", "TasksMax=3\n", 0o644)
			p.folder(etc, 0o755)
			p.must(os.Symlink(lib+"ssh.service", p.path(etc+"sshd.service")))
			p.file(etc+"sshd.service.d/x.conf",
				"[Service]\nReadOnlyPaths=/var\n", 0o644)
		}, append([]string{
			"error systemd " + lib +
				"ssh.service:1 sshd: TasksMax=3 in ssh.service leaves no room for"},
			nothingWritten(etc+"sshd.service.d/x.conf:2",
				"sshd: ReadOnlyPaths=/var in ssh.service")...)},
		{"masked", func(p *patient) {
			helper(p)
			p.file(lib+polkit, strict, 0o644)
			p.folder(etc, 0o755)
			p.must(os.Symlink("/dev/null", p.path(etc+polkit)))
		}, nil},
		{"another folder of records",
			unit(lib+"ssh.service", "ReadOnlyPaths=/srv\n", func(p *patient) {
				p.folder("/srv/motp", 0o700)
				for _, s := range []string{"sshd", "login", "su", "sudo",
					"sudo-i", "openvpn"} {
					p.change("/etc/pam.d/"+s, "requisite    pam_motp.so",
						"requisite    pam_motp.so state=/srv/motp")
				}
			}), []string{"error systemd " + lib +
				"ssh.service:1 sshd: ReadOnlyPaths=/srv in ssh.service " +
				"lets nothing write to /srv/motp"}},
	})
}
