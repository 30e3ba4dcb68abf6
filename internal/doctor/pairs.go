package doctor

import (
	"slices"

	"github.com/pam-motp/pam-motp/internal/pamstack"
)

// A pair are two services by which the same people get to the same thing: who protects one of
// them has protected nothing while the other takes a password alone.
type pair struct {
	one, other string
	goes       string   // what goes by the other one, with the verb
	worse      Severity // if only one of them asks for a code
	both       bool     // also if it is the other one that asks
}

var pairsOfServices = []pair{
	{"sudo", "sudo-i", `"sudo -i" goes`, Warning, true},
	{"su", "su-l", `"su -" goes`, Warning, true},
	{"runuser", "runuser-l", `"runuser -" goes`, Warning, true},
	{"login", "remote", `login goes, for who comes over a network ("login -h"),`,
		Warning, true},
	{"sshd", "cockpit", "Cockpit's page goes", Warning, false},
	{"sudo", "polkit-1", "pkexec and run0 go", Note, false},
	{"sudo", "doas", "doas goes", Note, false},
}

// pairs finds services that let in without a code while their twins ask for one.
func (v *visit) pairs() {
	for _, p := range pairsOfServices {
		v.twin(p.one, p.other, p.goes+" by it", p.worse)
		if p.both {
			v.twin(p.other, p.one, p.one+" without that goes by it", p.worse)
		}
	}
}

// twin looks at the other of two services, if the one asks for a code.
func (v *visit) twin(one, other, why string, worse Severity) {
	if _, asks := v.named(one); !asks {
		return
	}
	read, err := pamstack.Read(v.at(""), other)
	missing := err != nil
	if missing {
		if !v.usesOther(other) {
			return
		}
		if read, err = pamstack.Read(v.at(""), "other"); err != nil {
			return // libpam refuses everyone
		}
	}
	auth, _ := read.Stack("auth")
	ways, err := auth.Ways("")
	if mentions, _ := read.Mentions(moduleName); mentions || err != nil || read.Dropped() {
		return
	}
	lets := ""
	for _, w := range ways {
		switch {
		case slices.Contains(w.Needs, "pam_rootok"): // root's own processes
		case len(w.Needs) == 0:
			lets, worse = "anybody gets in", Error
		case lets == "":
			lets = enough(w.Needs)
		}
	}
	if lets == "" {
		return
	}
	what := lets + " without a code, though " + one + " asks for one: " + why
	if missing {
		what = "there is no /etc/pam.d/" + other + ", so this file decides: " + what
	}
	v.found(Finding{Severity: worse, File: read.File, Line: asksAt(auth),
		What: other + ": " + what,
		Mend: setUp(other, "if that is not meant, in the place of the password in "+
			"/etc/pam.d/"+other+": auth requisite pam_motp.so")})
}

// usesOther says whether a program asks a service though it has no file: Debian's sudo and su
// have theirs by their packages, and login's is asked for where something logs in over a network.
func (v *visit) usesOther(service string) bool {
	var programs []string
	switch service {
	case "sudo-i", "su-l":
		programs = []string{"/etc/debian_version"}
	case "remote":
		programs = []string{"/usr/sbin/telnetd", "/usr/sbin/in.telnetd",
			"/usr/sbin/in.rlogind",
			"/usr/libexec/telnetd"}
	}
	return slices.ContainsFunc(programs, v.exists)
}

// asksAt is the line of a service's own file by which it comes to the first module that has a say.
func asksAt(auth pamstack.Stack) int {
	for _, l := range auth.Modules() {
		if l.Proves() {
			return l.Top
		}
	}
	if len(auth.Lines) > 0 {
		return auth.Lines[0].Top
	}
	return 0
}
