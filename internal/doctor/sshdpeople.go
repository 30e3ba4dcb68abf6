package doctor

import (
	"path/filepath"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// sshdRoot finds out whether root, whom sshd lets in by a key only, has to answer a question
// besides.
func (v *visit) sshdRoot() {
	c, err := v.sshdFor(root.name)
	if err != nil {
		return
	}
	const byKey = "prohibit-password" // and "without-password", its old name
	if !c.is("permitrootlogin", byKey) && !c.is("permitrootlogin", "without-password") ||
		!c.codeOnly() {
		return
	}
	v.sshdMethodsAt("PermitRootLogin "+byKey+" refuses root with a right "+
		"key and a right code: it lets root answer no question, and "+c.demand()+
		" demands an answer", "at the end of /etc/ssh/sshd_config.d/motp.conf: Match "+
		"User root, and below it PermitRootLogin yes, or AuthenticationMethods publickey "+
		"for a key alone. If root is not to log in: PermitRootLogin no")
}

// demand is the setting for which a key alone is not enough.
func (c sshdSettings) demand() string {
	if c.anyMethod() {
		return "PubkeyAuthentication no"
	}
	return "AuthenticationMethods " + strings.Join(c["authenticationmethods"], " ")
}

// sshdKeys finds people who have a key and no code, where a key alone is not enough.
func (v *visit) sshdKeys(s service) {
	var names []string
	everybodys, _ := v.sshdFor("") // known by now
	for _, a := range v.people() {
		if !v.unlisted(s, a.name) || !v.hasKey(a, everybodys) || len(names) > mostTold {
			continue // sshd is asked for few
		}
		c, err := v.sshdFor(a.name)
		if err == nil && c.codeOnly() &&
			// else it is told above, or meant
			(a.uid != 0 || c.is("permitrootlogin", "yes")) {
			names = append(names, a.name)
		}
	}
	if len(names) == 0 {
		return
	}
	c, _ := v.sshdFor(names[0])
	v.sshdMethodsAt(some(names)+" "+have(names)+" a key and "+
		areNotListed(names)+": "+c.demand()+
		" demands a code too, so a right key is refused",
		v.command(s)+" add "+names[0]+"; or for a key alone, at the end of "+
			"/etc/ssh/sshd_config.d/motp.conf: Match User "+strings.Join(names, ",")+
			", and below it AuthenticationMethods publickey")
}

// maxKeys is more than the keys of one person take.
const maxKeys = 1 << 20

// hasKey says whether there is a file of keys that lets somebody in, as far as files tell. The file
// is that somebody's, who may have put anything in its place.
func (v *visit) hasKey(a account, c sshdSettings) bool {
	patterns := c["authorizedkeysfile"]
	if len(patterns) == 0 {
		patterns = []string{".ssh/authorized_keys"}
	}
	for _, pattern := range patterns {
		if strings.EqualFold(pattern, "none") {
			continue
		}
		name := strings.NewReplacer("%%", "%", "%h", a.home, "%u", a.name).Replace(pattern)
		if !filepath.IsAbs(name) {
			name = filepath.Join(a.home, name)
		}
		text, _, err := regular.ReadForeign(v.at(name), maxKeys)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				return true
			}
		}
	}
	return false
}
