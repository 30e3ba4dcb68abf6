package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/internal/unit"
)

// unitsOf are the units in which services are asked, where a unit has another name than its
// service. Of these, the first that is there is looked at; with a plus, those that follow too.
var unitsOf = map[string][]string{
	"sshd":  {"ssh.service", "+sshd.service", "+ssh@.service", "+sshd@.service"},
	"login": {"getty@.service", "+serial-getty@.service", "+console-getty.service"},
	"remote": {"inetd.service", "+xinetd.service", "+telnet@.service",
		"+telnetd@.service"},
	"openvpn":      {"openvpn-server@.service"},
	"polkit-1":     {"polkit-agent-helper@.service"},
	"cockpit":      {"cockpit-session@.service", "cockpit-wsinstance-https@.service"},
	"radiusd":      {"freeradius.service", "radiusd.service"},
	"gdm-password": {"gdm.service", "gdm3.service"},
	"crond":        {"cron.service", "crond.service"},
	"systemd-user": {"user@.service"},
	"postgresql":   {"postgresql@.service", "postgresql.service"},
	"su":           {"user-.slice"},
	"su-l":         {"user-.slice"},
	"sudo":         {"user-.slice"},
	"sudo-i":       {"user-.slice"},
}

// systemd looks at the units in which the services are asked: what they may not write, or start.
func (v *visit) systemd() string {
	var saw []string
	for _, s := range v.services {
		if len(s.lines) == 0 {
			continue
		}
		for _, name := range v.unitNames(s) {
			if u, found := unit.Read(v.at(""), name); found {
				v.unit(s, u)
				saw = append(saw, u.Name)
			}
		}
	}
	slices.Sort(saw)
	return enumerate(slices.Compact(saw))
}

// unitNames are the units of a service that are there, instances with drop-ins of their own among
// them.
func (v *visit) unitNames(s service) []string {
	candidates := slices.Clone(v.vpnUnits[s.Name])
	if len(candidates) == 0 {
		candidates = unitsOf[s.Name]
	}
	if len(candidates) == 0 {
		candidates = []string{s.Name + ".service", "+" + s.Name + "@.service",
			"+" + s.Name + "d.service"}
		if slices.Contains(v.bySASL(), s.Name) {
			candidates = append(candidates, "+saslauthd.service")
		}
	}
	var names []string
	for _, name := range candidates {
		name, also := strings.CutPrefix(name, "+")
		if _, found := unit.Read(v.at(""), name); found && (also || len(names) == 0) {
			names = append(names, name)
			names = append(names, unit.Instances(v.at(""), name)...)
		}
	}
	return names
}

// A login takes up to six processes and threads: the worker, and what Go starts in it. Measured
// with a cgroup's pids.max and a program of one process: where seven are allowed none fails, with
// six one in eight, and with five all.
const (
	loginTasks  = 6
	fewestTasks = loginTasks + 1   // a program of one process
	fewTasks    = 2*loginTasks + 4 // two logins at once, and what sshd has for them
)

// unit looks at one unit for one service.
func (v *visit) unit(s service, u unit.Unit) {
	p := s.position()
	tell := func(severity Severity, by unit.Setting, what, mend string) {
		v.found(Finding{Severity: severity, File: by.File, Line: by.Line,
			What: s.Name + ": " + by.Key + "=" + by.Value + " in " +
				u.Name + " " + what,
			Mend: v.manager().edit(u.Name) + ", and below [" + u.Section() +
				"]: " + mend})
	}
	if v.onlyAsks(s) {
		unitAsks(u, tell)
		return
	}
	if access, by := u.Reach(p.state); access != unit.ReadWrite {
		by = whole(u, by)
		tell(Error, by, "lets nothing write to "+p.state+": every code is refused",
			reaching(by, p.state, "ReadWritePaths", "BindPaths"))
	}
	if access, by := u.Reach(p.conf); access == unit.Hidden {
		by = whole(u, by)
		tell(Error, by, "hides "+p.conf+": every code is refused",
			reaching(by, p.conf, "", "BindReadOnlyPaths"))
	}
	for _, path := range []string{p.state, p.conf} {
		access, _ := u.Reach(path)
		found, by := u.Behind(path)
		if found == path || access == unit.Hidden ||
			path == p.state && access != unit.ReadWrite {
			continue // itself, or told above
		}
		tell(Warning, by, "puts "+found+" in the place of "+path+", which the command "+
			"and other services have", anew(by))
	}
	if by, set := u.Last("TasksMax"); set {
		n, err := strconv.Atoi(by.Value) // a share of all, or infinity, is enough
		needs := fmt.Sprintf("a login, which takes %d processes and threads beside the "+
			"program's own",
			loginTasks)
		switch {
		case err != nil || n >= fewTasks:
		case n < fewestTasks:
			tell(Error, by, "leaves no room for "+needs+": every code is refused",
				"TasksMax=infinity")
		default:
			tell(Warning, by, "leaves no room for two at once of "+needs+
				": one is refused",
				"TasksMax=infinity")
		}
	}
	v.unitUser(s, u, tell)
	unitLimits(u, tell)
	unitCalls(u, tell)
}

// whole is a setting with its value as it stands in the file.
func whole(u unit.Unit, by unit.Setting) unit.Setting {
	for _, set := range u.Settings {
		if set.File == by.File && set.Line == by.Line {
			return set
		}
	}
	return by
}

// reaching is the setting by which a service gets at a path again. again is the key that ends a
// protection of a folder around it; bind is the one that brings it back where the folder was
// replaced by an empty one. What names the path itself, or makes all in a folder inaccessible, or
// puts another in its place, has to go.
func reaching(by unit.Setting, path, again, bind string) string {
	switch {
	case by.Key == "TemporaryFileSystem":
		return bind + "=" + path
	case again == "" || strings.HasPrefix(by.Key, "Inaccessible") ||
		strings.HasPrefix(by.Key, "Bind"),
		strings.HasPrefix(by.Key, "ReadOnly") && slices.Contains(by.Paths(), path):
		return anew(by)
	}
	return again + "=" + path
}

// anew is how a list loses a part.
func anew(by unit.Setting) string {
	return by.Key + "=, and again with all but what is in the way"
}

// unitUser looks at as whom a service runs that nothing else is known of.
func (v *visit) unitUser(
	s service, u unit.Unit, tell func(severity Severity, by unit.Setting, what, mend string),
) {
	by, set := u.Last("User")
	if _, known := unitsOf[s.Name]; !set || known || v.owner(s.position()).uid != 0 ||
		by.Value == root.name || by.Value == "0" || slices.Contains(asRoot, s.Name) ||
		!s.needs("authinfo_unavail") {
		return
	}
	if _, told := runsAs(s.Name); told {
		return
	}
	tell(Error, by, "cannot read "+s.position().conf+", which is root's: every code is refused",
		"User=root, or give it a table and records of its own: conf= and state= in "+
			s.lines[0].File)
}
