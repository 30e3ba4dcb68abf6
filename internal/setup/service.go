// Package setup puts the project's example files in the place of what a distribution ships, and
// puts back what was there.
//
// service.go knows which files belong to which service, expected.go whether what is there is what a
// distribution ships, plan.go what would change, rehearse.go what that would do to the machine,
// keep.go and write.go do it and undo it.
//
// It changes nothing that somebody has edited, and nothing before the old files are on disk. It
// must not know how a difference is shown, or who is asked about it.
package setup

import (
	"path"
	"slices"

	"github.com/pam-motp/pam-motp/examples"
)

// A Service is one thing to set up: a service of PAM, with the files that belong to it.
type Service struct {
	Name string
	// Keeps is the name under which its files are kept: that of PAM's service.
	Keeps string
	// Next is what to do when the files are there.
	Next string
	// Until is how sshd lets in before it reads its files anew; empty where it is not sshd's.
	Until string

	files []file
}

// Clash returns the file that two services want, each with another text.
func (s Service) Clash(other Service) (path string, found bool) {
	for _, f := range s.files {
		if g, both := other.file(f.path); both && f.example != g.example {
			return f.path, true
		}
	}
	return "", false
}

// A file is one of a service's: where it belongs, and the example that goes there.
type file struct {
	path, example string
	fresh         bool // no package need have shipped one
}

func pamFile(name, example string, fresh bool) file {
	return file{"/etc/pam.d/" + name, "pam.d/" + example, fresh}
}

const dropIn = "/etc/ssh/sshd_config.d/motp.conf"

var (
	sshdFile    = file{dropIn, "sshd_config.d/motp.conf", true}
	dovecotFile = file{"/etc/dovecot/conf.d/99-motp.conf", "dovecot/99-motp.conf", true}
)

const (
	second  = "keep this session, and log in from a second window"
	anew    = "keep this session, and log in anew from a second window"
	callers = "motpd has to run, and motp.conf needs a line with callers: the first lines " +
		"of the new file have both"
	resident = "motpd has to run: \"motp doctor\" says whether it does"
)

// services are all that can be set up, in the order in which they are listed.
var services = []Service{
	{"sshd", "sshd", second, "the code is the answer to sshd's question \"password:\"",
		[]file{sshdFile, pamFile("sshd", "sshd", false)}},
	{"sshd-password-first", "sshd", second,
		"sshd may ask for the password only, and let nobody in",
		[]file{sshdFile, pamFile("sshd", "sshd-password-first", false)}},
	{"sshd-enrol", "sshd", second, "the code is the answer to sshd's question \"password:\"",
		[]file{sshdFile, pamFile("sshd", "sshd-enrol", false)}},
	{"sshd-grace", "sshd", second,
		"sshd may ask for the password only, and let nobody in",
		[]file{sshdFile, pamFile("sshd", "sshd-grace", false)}},
	{"sudo", "sudo", anew, "",
		[]file{pamFile("sudo", "sudo", false), pamFile("sudo-i", "sudo-i", false)}},
	{"su", "su", anew, "", []file{pamFile("su", "su", false), pamFile("su-l", "su-l", false)}},
	{"login", "login", anew, "",
		[]file{pamFile("login", "login", false), pamFile("remote", "remote", true)}},
	{"cockpit", "cockpit", anew, "", []file{pamFile("cockpit", "cockpit", false)}},
	{"openvpn", "openvpn", "examples/openvpn has the lines that server and client need", "",
		[]file{pamFile("openvpn", "openvpn", true)}},
	{"openvpn-one-field", "openvpn", "the server's plugin needs the line that the first " +
		"lines of the new file have", "",
		[]file{pamFile("openvpn", "openvpn-one-field", true)}},
	{"radiusd", "radiusd", "examples/freeradius/pam.site has the rest", "",
		[]file{pamFile("radiusd", "radiusd", false)}},
	{"ocserv", "ocserv", "/etc/ocserv/ocserv.conf needs the lines of examples/ocserv", "",
		[]file{pamFile("ocserv", "ocserv", false)}},
	{"dovecot", "dovecot", "doveadm reload", "",
		[]file{dovecotFile, pamFile("dovecot", "dovecot", false)}},
	{"dovecot-one-field", "dovecot", "doveadm reload", "",
		[]file{dovecotFile, pamFile("dovecot", "dovecot-one-field", false)}},
	{"smtp", "smtp", "motp doctor says whether saslauthd keeps used codes", "",
		[]file{pamFile("smtp", "smtp", true)}},
	{"vsftpd", "vsftpd", resident, "", []file{pamFile("vsftpd", "vsftpd", false)}},
	{"postgresql", "postgresql", callers, "",
		[]file{pamFile("postgresql", "postgresql", true)}},
	{"postgresql-own-table", "postgresql",
		"the first lines of the new file say how the table is made", "",
		[]file{pamFile("postgresql", "postgresql-own-table", true)}},
	{"postgresql-one-field", "postgresql", callers, "",
		[]file{pamFile("postgresql", "postgresql-one-field", true)}},
	{"apache2", "apache2", callers, "", []file{pamFile("apache2", "apache2", true)}},
	{"nginx", "nginx", callers, "", []file{pamFile("nginx", "nginx", true)}},
	{"sddm-one-field", "sddm", anew, "", []file{pamFile("sddm", "sddm-one-field", false)}},
	{"i3lock", "i3lock", resident, "", []file{pamFile("i3lock", "i3lock", false)}},
	{"xsecurelock", "xsecurelock", resident, "",
		[]file{pamFile("xsecurelock", "xsecurelock", true)}},
}

// Services are all that can be set up.
func Services() []Service { return slices.Clone(services) }

// Named finds a service by its name.
func Named(name string) (found Service, known bool) {
	for _, s := range services {
		if s.Name == name {
			return s, true
		}
	}
	return found, false
}

// text is what goes into a file.
func (f file) text() []byte {
	text, err := examples.Files.ReadFile(f.example)
	if err != nil {
		panic(err) // it is part of the program
	}
	return text
}

// siblings are the examples that some service has for the same file.
func (f file) siblings() [][]byte {
	var all [][]byte
	for _, s := range services {
		for _, other := range s.files {
			if other.path == f.path {
				all = append(all, other.text())
			}
		}
	}
	return all
}

// file finds the one at a path.
func (s Service) file(path string) (found file, known bool) {
	for _, f := range s.files {
		if f.path == path {
			return f, true
		}
	}
	return found, false
}

func (f file) name() string { return path.Base(f.path) }
