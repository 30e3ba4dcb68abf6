package doctor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/pamstack"
	"github.com/pam-motp/pam-motp/pam/login"
)

// moduleName is the module as stacks name it.
const moduleName = "pam_motp"

// A service is one whose files name the module.
type service struct {
	*pamstack.Service
	auth  pamstack.Stack
	lines []moduleLine   // in auth
	ways  []pamstack.Way // in; none if they could not be found
}

// A moduleLine is a line of the module with what its options say.
type moduleLine struct {
	pamstack.Line
	says  login.Line
	wrong []error
}

// pam looks at each service that names the module: its options, and who gets through.
func (v *visit) pam() string {
	names, err := pamstack.Services(v.at(""))
	if err != nil {
		v.errorAt(pamstack.Folders[0], 0, "cannot be read: "+err.Error(), "")
		return ""
	}
	ways := gathered{}
	var fragments []string
	for _, name := range names {
		s, err := pamstack.Read(v.at(""), name)
		if err != nil {
			v.errorAt(filepath.Join(pamstack.Folders[0], name), 0,
				"cannot be read: "+err.Error(), "")
			continue
		}
		if mentions, _ := s.Mentions(moduleName); !mentions {
			continue
		}
		if fragment(name) {
			fragments = append(fragments, name)
			continue
		}
		v.services = append(v.services, v.service(s))
	}
	for i := range v.services {
		s := &v.services[i]
		v.files(*s)
		v.options(*s)
		s.ways = v.course(*s, ways)
		v.spellings(*s)
	}
	ways.tell(v)
	v.pairs()
	v.unprivileged()
	v.roomless()
	v.shared()
	v.ancestor(names)

	switch {
	case len(v.services) == 0 && len(fragments) > 0:
		v.warnAt(filepath.Join(pamstack.Folders[0], fragments[0]), 0,
			"names pam_motp.so, and no service includes it: nobody is asked for a code",
			"")
	case len(v.services) == 0:
		v.warnAt(pamstack.Folders[0], 0,
			"no service names pam_motp.so: nobody is asked for a code",
			"motp setup sshd, or another: \"motp setup\" lists them")
	default:
		var in []string
		for _, s := range v.services {
			in = append(in, s.Name)
		}
		return "pam_motp.so in " + enumerate(in)
	}
	return ""
}

// fragment says whether a file is there to be included, and no service of its own.
func fragment(name string) bool {
	return strings.HasPrefix(name, "common-") || strings.HasSuffix(name, "-auth") ||
		name == "postlogin"
}

func (v *visit) service(read *pamstack.Service) service {
	s := service{Service: read}
	s.auth, _ = read.Stack("auth")
	for _, l := range s.auth.Find(moduleName) {
		says, wrong := login.CheckOptions(l.Options)
		s.lines = append(s.lines, moduleLine{l, says, wrong})
	}
	return s
}

// files looks at the service's files themselves.
func (v *visit) files(s service) {
	v.trusted(s.File, root)
	for _, name := range s.Includes {
		if file, err := pamstack.Find(v.at(""), name); err == nil {
			v.trusted(file, root)
		}
	}
	for _, p := range s.Problems {
		what := "PAM refuses everyone who gets to this line: " + p.What
		if p.Fatal {
			what = fmt.Sprintf("nobody gets in by %s: %s", s.Name, p.What)
		}
		v.errorAt(p.File, p.Line, what, "correct the line")
	}
}

// options looks at the options of each line.
func (v *visit) options(s service) {
	for _, l := range s.lines {
		for _, err := range l.wrong {
			v.errorAt(l.File, l.Number,
				"every login is refused (PAM_SERVICE_ERR): "+err.Error(),
				"correct or remove the option; docs/options.md lists them")
		}
		if l.says.UseFirstPass && !s.askedBefore(l) {
			v.errorAt(l.File, l.Number,
				"use_first_pass, and no module above it asks for anything: every "+
					"login is refused", "remove use_first_pass")
		}
		if l.says.ForwardPass && l.Control != "required" {
			v.noteAt(l.File, l.Number, "forward_pass, and the stack ends or jumps at "+
				"a wrong code: by the time it takes, a guesser knows whether it "+
				"was the code or the password", "write required in the place of "+
				l.Control)
		}
		if below := s.slowerThan(l); below != "" {
			v.noteAt(l.File, l.Number, "forward_pass and nodelay, and pam_unix below "+
				"("+below+") waits two seconds for a wrong password: a guesser "+
				"knows by the time that the password was wrong, whatever the code",
				"write nodelay on both lines, or on none")
		}
		if path := l.Module; strings.HasPrefix(path, "/") &&
			filepath.Dir(path) != v.moduleFolder() {
			v.noteAt(l.File, l.Number,
				"names the module by a path, "+path+", which installing a new "+
					"version may not reach", "write pam_motp.so")
		}
	}
}

// slowerThan is the place of a line that judges the password for one with forward_pass, and has a
// delay that the other has not; empty if there is none. The other way round nothing is told, since
// forward_pass has every login that fails wait. Nor is it where pam_faildelay does so.
func (s service) slowerThan(l moduleLine) string {
	if !l.says.ForwardPass || !slices.Contains(l.Options, "nodelay") {
		return ""
	}
	place, behind := "", false
	for _, other := range s.auth.Lines {
		switch {
		case other.Name() == "pam_faildelay":
			return ""
		case other.File == l.File && other.Number == l.Number:
			behind = true
		case behind && place == "" && other.Name() == "pam_unix" &&
			!slices.Contains(other.Options, "nodelay"):
			place = fmt.Sprintf("%s:%d", other.File, other.Number)
		}
	}
	return place
}

// askedBefore says whether a module above a line may have asked for a password.
func (s service) askedBefore(l moduleLine) bool {
	for _, other := range s.auth.Lines {
		if other.File == l.File && other.Number == l.Number {
			return false
		}
		if other.Proves() {
			return true
		}
	}
	return false
}

// course looks at who gets through, and returns the ways in.
func (v *visit) course(s service, ways gathered) []pamstack.Way {
	if s.Dropped() {
		return nil
	}
	if _, mistaken := s.Mentions(moduleName); mistaken {
		return nil // that is told already
	}
	if len(s.lines) == 0 {
		v.warnAt(s.File, 0, "names pam_motp.so, but not in a line that begins with auth: "+
			"nobody is asked for a code", "add the line: auth requisite pam_motp.so")
		return nil
	}
	found, err := s.auth.Ways(moduleName)
	if err != nil {
		v.noteAt(s.File, 0, "cannot tell who gets through: "+err.Error(),
			"try it: motp try "+s.Name+" USER")
		return nil
	}
	ways.add(s, found)
	if n := len(s.lines); n > 1 {
		last := s.lines[n-1]
		v.warnAt(last.File, last.Number,
			fmt.Sprintf("%s: pam_motp.so stands %d times in one stack; "+
				"the first uses the code up, and the others want a new one", s.Name,
				n),
			"leave one of the lines")
	}
	if !slices.Contains(lockers, s.Name) { // who unlocks a screen asks for nothing more
		v.account(s)
	}
	return found
}

// account looks at the other part that programs ask: whether the account may be used.
func (v *visit) account(s service) {
	account, own := s.Stack("account")
	file := s.File
	if !own {
		other, err := pamstack.Read(v.at(""), "other")
		if err != nil || other.Dropped() {
			v.errorAt(file, 0, "has no account line, nor is there /etc/pam.d/other: "+
				"programs that ask for the account refuse everyone",
				"add the line: @include common-account")
			return
		}
		account, _ = other.Stack("account")
	}
	if ways, err := account.Ways(""); err == nil && len(ways) == 0 {
		what := "its account lines refuse everyone"
		if !own {
			what = "has no account line, and /etc/pam.d/other refuses everyone"
		}
		v.errorAt(file, 0, what, "take the account lines of examples/pam.d")
	}
}

// shared finds tables whose codes are remembered in more than one place, so that each place takes a
// code once.
func (v *visit) shared() {
	states := map[string][]string{}
	var tables []string
	for _, p := range v.positions() {
		if states[p.conf] == nil {
			tables = append(tables, p.conf)
		}
		if !slices.Contains(states[p.conf], p.state) {
			states[p.conf] = append(states[p.conf], p.state)
		}
	}
	for _, table := range tables {
		if all := states[table]; len(all) > 1 {
			v.errorAt(table, 0, "services remember the used codes of this table in "+
				"different folders, "+enumerate(all)+
				": a code is good once in each",
				"give every line the same state=")
		}
	}
}

// ancestor tells which services still name the module that this one succeeds.
func (v *visit) ancestor(names []string) {
	for _, name := range names {
		s, err := pamstack.Read(v.at(""), name)
		if err != nil {
			continue
		}
		auth, _ := s.Stack("auth")
		for _, l := range auth.Find("pam_mobile_otp") {
			v.noteAt(l.File, l.Number,
				"still names pam_mobile_otp.so, which keeps a memory of used "+
					"codes of its own",
				"write pam_motp.so; its options are understood")
		}
	}
}
