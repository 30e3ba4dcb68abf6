package doctor

import (
	"fmt"
	"strings"
)

// mostTold is how many of the same are told one by one.
const mostTold = 5

// mostAsked is how many names are looked up where accounts come from elsewhere too.
const mostAsked = 1000

// withoutAccount finds names in a table that no service can let in, since they have no account.
func (v *visit) withoutAccount(p position) {
	needed, free := v.byAccount(p)
	if len(needed) == 0 {
		return
	}
	severity := Warning
	if len(free) > 0 {
		severity = Note
	}
	strangers := v.strangers(p)
	if more := len(strangers) - mostTold; more > 1 {
		strangers = strangers[:mostTold]
		v.found(Finding{Severity: severity, File: p.conf,
			What: fmt.Sprintf("%d more names have no account on this machine", more)})
	}
	for _, e := range strangers {
		mend := "is the name right? Else: useradd -m " + show(e.name) + ", or " +
			v.owner(p).command(p) + " remove " + show(e.name)
		if e.meant != "" {
			mend = "did you mean " + e.meant + "? " + mend
		}
		v.found(Finding{Severity: severity, File: e.file, Line: e.line, Mend: mend,
			What: fmt.Sprintf("%s has no account on this machine: %s %s the name, "+
				"with a right code too",
				show(e.name), enumerate(needed), refuses(needed))})
	}
}

func refuses(services []string) string {
	if len(services) == 1 {
		return "refuses"
	}
	return "refuse"
}

// needsAccount says whether a service lets in users of this machine only: its program does, or
// its lines for the account.
func (s service) needsAccount() bool {
	switch s.Name {
	case "sshd", "login", "remote", "su", "su-l", "sudo", "sudo-i", "cockpit":
		return true
	}
	account, _ := s.Stack("account")
	return len(account.Find("pam_unix")) > 0
}

// A stranger is a name in a table that has no account.
type stranger struct {
	name, meant string // meant is an account of nearly that name
	file        string
	line        int
}

func (v *visit) strangers(p position) []stranger {
	own := map[string]bool{}
	spellings := map[string]string{}
	for _, line := range v.accounts("/etc/passwd") {
		own[line[0]] = true
		spellings[bare(line[0])] = line[0]
	}
	elsewhere, _ := v.sources()
	if len(own) == 0 || len(elsewhere) > 0 && v.System.Account == nil {
		return nil // nobody can tell
	}
	var found []stranger
	asked := 0
	for _, e := range v.standing(p).entries {
		name := e.User.Name
		if own[name] {
			continue
		}
		if len(elsewhere) > 0 {
			if asked++; asked > mostAsked {
				break
			}
			if own, err := v.System.Account(name); own != "" || err != nil {
				continue
			}
		}
		found = append(found, stranger{name, spellings[bare(name)],
			v.shown(e.File), e.Line})
	}
	return found
}

// bare is a name without its domain, in small letters.
func bare(name string) string {
	if _, after, found := strings.Cut(name, `\`); found {
		name = after
	}
	name, _, _ = strings.Cut(name, "@")
	return strings.ToLower(name)
}

// accountOut returns why an account keeps somebody out of every service of a table, as far as this
// machine's files tell.
func (v *visit) accountOut(p position) func(name string) string {
	needed, free := v.byAccount(p)
	elsewhere, _ := v.sources()
	listed := map[string]bool{}
	for _, line := range v.accounts("/etc/passwd") {
		listed[line[0]] = true
	}
	if len(needed) == 0 || len(free) > 0 || len(elsewhere) > 0 || len(listed) == 0 {
		return func(string) string { return "" }
	}
	passwords := v.passwords()
	return func(name string) string {
		switch {
		case !listed[name]:
			return "has no account"
		case passwords[name].expired:
			return "has an expired account"
		}
		return ""
	}
}

// byAccount are the services of a table that let in people with an account only, and the others.
func (v *visit) byAccount(p position) (needed, free []string) {
	for _, s := range v.services {
		if len(s.lines) == 0 || s.position() != p {
			continue
		}
		if s.needsAccount() {
			needed = append(needed, s.Name)
		} else {
			free = append(free, s.Name)
		}
	}
	return needed, free
}
