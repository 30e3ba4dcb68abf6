package doctor

import (
	"fmt"
	"slices"

	"github.com/pam-motp/pam-motp/internal/pamstack"
)

// codeOnly says whether nobody gets through a service but by a code; root's own processes do not
// count. A password that does instead, or nullok, says no; so does a stack that could not be
// followed.
func (s service) codeOnly() bool {
	code := false
	for _, w := range s.ways {
		if w.Code == pamstack.Success {
			code = true
		} else if !slices.Contains(w.Needs, "pam_rootok") {
			return false
		}
	}
	return code
}

// Who is asked for a code of his own, by service.
var (
	// asksForRoot are services in which root's own code is wanted, if somebody is to become
	// root.
	asksForRoot = map[string]string{
		"login":  "root cannot log in on a console",
		"remote": "root cannot log in",
		"su":     "it makes nobody root",
		"su-l":   "it makes nobody root",
	}

	// asksCaller are services in which whoever may become root gives a code of his own.
	asksCaller = []string{"sudo", "sudo-i", "polkit-1", "doas"}

	// logsIn are services by which people log in who have a password.
	logsIn = []string{
		"sshd", "login", "remote", "cockpit", "gdm-password", "lightdm", "sddm", "xdm",
		"lxdm", "greetd",
		"xrdp-sesman", "vsftpd", "proftpd", "dovecot",
	}
)

// accountsAndCodes finds out who of this machine's people a code keeps out, because they have none.
func (v *visit) accountsAndCodes() string {
	ways := gathered{}
	for _, s := range v.services {
		if len(s.lines) == 0 || !v.standing(s.position()).known {
			continue
		}
		v.rootOut(s, ways)
		v.callersOut(s, ways)
		v.peopleOut(s, ways)
	}
	ways.tell(v)
	for _, p := range v.positions() {
		v.everybodyOut(p)
		v.withoutAccount(p)
		v.names(p)
	}
	if people := v.people(); len(people) > 0 {
		return count(len(people), "account") + " with a shell"
	}
	return ""
}

// everybodyOut finds a table of which nobody can log in.
func (v *visit) everybodyOut(p position) {
	s := v.standing(p)
	accountOut := v.accountOut(p)
	var why []string
	told := true // an empty table is, and so is a mistake
	for _, e := range s.entries {
		w := v.keptOut(p, e.User.Name)
		if w == "" {
			w = accountOut(e.User.Name)
		}
		if w == "" {
			return
		}
		told = told && w == mistaken
		why = append(why, show(e.User.Name)+" "+w)
	}
	if told {
		return
	}
	command := v.owner(p).command(p)
	v.errorAt(p.conf, 0, "nobody in it can log in: "+enumerate(firstFew(why)),
		command+" enable NAME, "+command+" unlock NAME, or "+command+" add NAME")
}

// mendStanding is the command that lets somebody in again.
func mendStanding(command, why, name string) string {
	switch why {
	case disabled:
		return command + " enable " + name
	case locked:
		return command + " unlock " + name
	case mistaken:
		return "correct the entry"
	case invited:
		return command + " invite " + name
	}
	return command + " add " + name
}

// rootOut finds a service that wants root's code, where root has none that counts.
func (v *visit) rootOut(s service, ways gathered) {
	lost, asks := asksForRoot[s.Name]
	if rules := v.sudoers(); slices.Contains(asksCaller[:2], s.Name) && rules.asksForRoot {
		lost, asks = s.Name+" asks for root's code (Defaults rootpw), and makes nobody "+
			"root", true
	}
	why := v.keptOut(s.position(), root.name)
	if !asks || !s.codeOnly() || why == "" {
		return
	}
	severity := Warning
	if v.rootElsewhere() {
		severity = Note
	}
	f := Finding{Severity: severity, File: s.lines[0].File, Line: s.lines[0].Number,
		What: "root " + why + ": " + lost, Mend: mendStanding(v.command(s), why, root.name)}
	ways[f] = append(ways[f], s.Name)
}

// rootElsewhere says whether root has no password to miss, and somebody else becomes root by sudo.
func (v *visit) rootElsewhere() bool {
	people := v.people()
	at := slices.IndexFunc(people, func(a account) bool { return a.uid == 0 })
	if _, known := v.passwords()[root.name]; !known || at < 0 || people[at].password {
		return false
	}
	sudo, asks := v.named("sudo")
	return slices.ContainsFunc(v.admins(), func(a account) bool {
		if !asks || !sudo.codeOnly() {
			return a.password
		}
		return v.keptOut(sudo.position(), a.name) == ""
	})
}

// callersOut finds people who may become root, and have no code with which to do so.
func (v *visit) callersOut(s service, ways gathered) {
	if !slices.Contains(asksCaller, s.Name) || !s.codeOnly() || v.sudoers().asksForOthers {
		return
	}
	var missing, out []string
	admins := v.admins()
	for _, a := range admins {
		why := v.keptOut(s.position(), a.name)
		if why != "" {
			out = append(out, show(a.name)+" "+why)
		}
		if why == notListed {
			missing = append(missing, a.name)
		}
	}
	f := Finding{File: s.lines[0].File, Line: s.lines[0].Number}
	switch {
	case len(admins) == 0:
		return
	case len(out) == len(admins):
		f.Severity, f.What = Error, "nobody who is allowed to use it can: "+
			enumerate(firstFew(out))
		first := admins[0].name
		f.Mend = mendStanding(v.command(s), v.keptOut(s.position(), first), first)
	case len(missing) > 0:
		f.Severity, f.What = Warning,
			some(missing)+" "+isOrAre(missing)+" allowed to use it, and "+
				areNotListed(missing)+": no answer is right"
		f.Mend = v.command(s) + " add " + missing[0] +
			"; or take the right away: gpasswd -d " +
			missing[0] + " sudo, or the line in sudoers"
	default:
		return
	}
	ways[f] = append(ways[f], s.Name)
}

// peopleOut finds people who have a password, which lets them in no more.
func (v *visit) peopleOut(s service, ways gathered) {
	if !slices.Contains(logsIn, s.Name) || !s.codeOnly() {
		return
	}
	var names []string
	for _, a := range v.people() {
		if !a.password || !v.unlisted(s, a.name) || a.uid == 0 && !v.rootByPassword(s) ||
			s.Name == "sshd" && v.inByKey(a) {
			continue
		}
		names = append(names, a.name)
	}
	if len(names) == 0 {
		return
	}
	mend := v.command(s) + " add " + names[0]
	if names[0] != "root" { // who needs a password where nothing else is left: rescue.target
		mend += "; or, for who is not to log in: passwd -l " + names[0]
	}
	f := Finding{Severity: Warning, File: s.lines[0].File, Line: s.lines[0].Number,
		What: some(names) + " " + have(names) + " a password and " + areNotListed(names) +
			": the password lets in no more, and no code does",
		Mend: mend}
	ways[f] = append(ways[f], s.Name)
}

// rootByPassword says whether a service lets root in who answers it, of those that rootOut does not
// look at.
func (v *visit) rootByPassword(s service) bool {
	if s.Name != "sshd" {
		return false
	}
	c, err := v.sshdFor(root.name)
	return err == nil && c.is("permitrootlogin", "yes")
}

// inByKey says whether somebody gets in by ssh with a key alone.
func (v *visit) inByKey(a account) bool {
	if c, err := v.sshdFor(""); err != nil || !v.hasKey(a, c) {
		return false
	}
	c, err := v.sshdFor(a.name)
	return err == nil && !c.codeOnly()
}

func isOrAre(names []string) string {
	if len(names) == 1 {
		return "is"
	}
	return "are"
}

func have(names []string) string {
	if len(names) == 1 {
		return "has"
	}
	return "have"
}

func areNotListed(names []string) string { return isOrAre(names) + " not in the table" }

func firstFew(words []string) []string {
	if n := len(words); n > 5 {
		return append(words[:4:4], fmt.Sprintf("%d more", n-4))
	}
	return words
}
