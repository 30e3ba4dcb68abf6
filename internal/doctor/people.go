package doctor

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/regular"
	"github.com/pam-motp/pam-motp/motp"
)

// An account is somebody who may log in: root, or a person with a shell whose account has not
// expired.
type account struct {
	name     string
	uid, gid int
	home     string
	password bool // something that is typed lets in
}

// lastPerson is the highest id of a person; "nobody" is above it.
const lastPerson = 65533

// people are those of this machine's own files. Root is among them, whatever the shell.
func (v *visit) people() []account {
	if v.everybody != nil {
		return v.everybody
	}
	passwords := v.passwords()
	for _, line := range v.accounts("/etc/passwd") {
		if len(line) < 7 {
			continue
		}
		uid, err := strconv.Atoi(line[2])
		gid, _ := strconv.Atoi(line[3])
		shadow := passwords[line[0]]
		person := uid >= firstPerson && uid <= lastPerson && isShell(line[6]) &&
			!shadow.expired
		if err == nil && (uid == 0 && line[0] == root.name || person) {
			v.everybody = append(v.everybody,
				account{line[0], uid, gid, line[5], shadow.usable})
		}
	}
	return v.everybody
}

func isShell(shell string) bool {
	switch filepath.Base(strings.TrimSpace(shell)) {
	case "nologin", "false", "true", "sync", "halt", "shutdown":
		return false
	}
	return true
}

// A password is what /etc/shadow says of an account. It is not kept.
type password struct{ usable, expired bool }

func (v *visit) passwords() map[string]password {
	all := map[string]password{}
	for _, line := range v.accounts("/etc/shadow") {
		p := password{usable: !strings.HasPrefix(line[1], "!") &&
			!strings.HasPrefix(line[1], "*")}
		if len(line) > 7 && line[7] != "" {
			day, err := strconv.ParseInt(line[7], 10, 64)
			p.expired = err == nil && v.Now.After(time.Unix(day*24*60*60, 0))
		}
		all[line[0]] = p
	}
	return all
}

// named is the service of a name, if it has a line of the module that is read.
func (v *visit) named(name string) (service, bool) {
	at := slices.IndexFunc(v.services, func(s service) bool {
		return s.Name == name && len(s.lines) > 0
	})
	if at < 0 {
		return service{}, false
	}
	return v.services[at], true
}

// position is where a service's users and records are.
func (s service) position() position {
	return position{s.lines[0].says.Conf, s.lines[0].says.State}
}

// command is the beginning of a command about the users of a service.
func (v *visit) command(s service) string {
	return v.owner(s.position()).command(s.position())
}

// A standing is what a table and its records say of its users.
type standing struct {
	known    bool // the table can be read
	entries  []conf.Entry
	at       map[string]int // by name, in entries
	verifier motp.Verifier
	owner    owner
}

// Why no code of a user lets in.
const (
	notListed = "is not in the table"
	disabled  = "is disabled"
	locked    = "is locked"
	invited   = "has let an invitation expire"
	mistaken  = "has a mistake in the entry"
)

// standing looks at a table as its owner.
func (v *visit) standing(p position) standing {
	if found, looked := v.standings[p]; looked {
		return found
	}
	s := standing{at: map[string]int{}, owner: v.owner(p)}
	v.as(s.owner, p.conf, func() {
		at := v.site(p)
		policy, entries, err := at.Users()
		s.known, s.entries = err == nil, entries
		s.verifier = at.Verifier(policy)
	})
	for i, e := range s.entries {
		s.at[e.User.Name] = i
	}
	if v.standings == nil {
		v.standings = map[position]standing{}
	}
	v.standings[p] = s
	return s
}

// keptOut is why no code of a user lets in; it is empty if one does, or if that cannot be told.
func (v *visit) keptOut(p position, name string) string {
	s := v.standing(p)
	if !s.known {
		return ""
	}
	at, listed := s.at[name]
	if !listed {
		return notListed
	}
	e := s.entries[at]
	switch {
	case e.Err != nil:
		return mistaken
	case e.User.Disabled:
		return disabled
	}
	why := ""
	v.as(s.owner, p.state, func() {
		status, err := s.verifier.Status(context.Background(), e.User, v.Now)
		switch {
		case err == nil && status.Locked:
			why = locked
		case err == nil && cannotSetUp(status):
			why = invited
		}
	})
	return why
}

// unlisted says whether a service refuses somebody for not being in its table.
func (v *visit) unlisted(s service, name string) bool {
	return s.codeOnly() && v.keptOut(s.position(), name) == notListed
}

// some are names for people: the first of them, if there are many.
func some(names []string) string {
	shown := make([]string, 0, len(names))
	for _, n := range names {
		shown = append(shown, show(n))
	}
	if n := len(shown); n > 5 {
		shown = append(shown[:4], fmt.Sprintf("%d more", n-4))
	}
	return enumerate(shown)
}

// sources are where accounts come from besides this machine's own files, and the line that says so.
func (v *visit) sources() (others []string, line int) {
	text, err := regular.Read(v.at(nsswitch), regular.System)
	if err != nil {
		return nil, 0
	}
	number := 0
	for l := range strings.Lines(string(text)) {
		number++
		l, _, _ = strings.Cut(l, "#")
		database, sources, _ := strings.Cut(l, ":")
		if d := strings.TrimSpace(database); d != "passwd" && d != "passwd_compat" {
			continue
		}
		for _, source := range strings.Fields(sources) {
			if !strings.HasPrefix(source, "[") && !strings.Contains(source, "=") &&
				!slices.Contains(ownSources, source) {
				others, line = append(others, source), number
			}
		}
	}
	return others, line
}

const nsswitch = "/etc/nsswitch.conf"

// ownSources are those that read files of this machine, or ask programs that run on it.
var ownSources = []string{
	"files", "compat", "db", "systemd", "mymachines", "extrausers", "altfiles",
}

// AskAccount is a [System].Account: it asks the C library, which knows where accounts come from.
func AskAccount(name string) (own string, err error) {
	account, err := user.Lookup(name)
	var unknown user.UnknownUserError
	switch {
	case errors.As(err, &unknown):
		return "", nil
	case err != nil:
		return "", err
	}
	return account.Username, nil
}
