// Package doctor checks a machine for everything that can lock people out with pam_motp, or let
// them in by mistake, and names the repair.
//
// Each check is one file and covers one topic. PAM services: pam.go and ways.go (package pamstack
// evaluates the stacks), pairs.go (services that come in pairs), unprivileged.go (programs that do
// not run as root), cramped.go (programs without room for a worker), and spellings.go (accounts
// with several names). Then the module's file (module.go), motpd (motpd.go), a fleet's store and
// this host's part in it (fleet.go, fleetreport.go), the table (table.go), the odds of guessing
// (guessing.go), the records (records.go), people on this machine without a code (lockouts.go,
// sudoers.go), users in the table without an account (strangers.go) or under a name that is not
// the account's own (names.go), the clock, sshd (sshd.go, sshdpassword.go, sshdpeople.go),
// OpenVPN, saslauthd, Dovecot, and Squid, which may let in without asking PAM, systemd units
// (systemd.go; package unit reads them), and SELinux and AppArmor. manager.go knows the commands
// of remedies, with systemd or without. owner.go finds out who owns the table and the records,
// people.go who has an account; visit.go holds what the checks share.
//
// It must not change anything, must not know how its findings are printed, and never puts a secret,
// a PIN, or a code into a finding.
package doctor

import (
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/internal/site"
)

// Severity says what a finding means for the exit code.
type Severity string

const (
	// Error keeps people out, or lets somebody in who should not get in.
	Error Severity = "error"

	// Warning may do so one day, or is unwise.
	Warning Severity = "warning"

	// Note is good to know, and may well be meant so. It does not count.
	Note Severity = "note"
)

// A Finding is one thing to look at. The JSON names are a promise to scripts.
type Finding struct {
	Severity Severity `json:"severity"`
	Check    string   `json:"check"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`
	What     string   `json:"what"`
	Mend     string   `json:"mend,omitempty"`
}

// A Checked is what one check looked at, in a few words.
type Checked struct {
	Check string
	Saw   string
}

// A Report is what came of all checks.
type Report struct {
	Checked  []Checked
	Findings []Finding
}

// Count says how many findings there are of a severity.
func (r Report) Count(s Severity) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == s {
			n++
		}
	}
	return n
}

// Of returns the findings of a check, the worst first.
func (r Report) Of(check string) []Finding {
	var found []Finding
	for _, s := range []Severity{Error, Warning, Note} {
		for _, f := range r.Findings {
			if f.Check == check && f.Severity == s {
				found = append(found, f)
			}
		}
	}
	return found
}

// A Machine is what is looked at: the files under Root, and the system that runs.
type Machine struct {
	Root        string // "" is the machine itself
	Conf, State string // where the table and the records are if no PAM line says otherwise
	Version     string // of the command
	Now         time.Time

	// System asks what is in no file. A question that is nil is not asked.
	System System
}

// A System answers questions about the system that runs.
type System struct {
	// ClockSynchronized tells whether something keeps the clock right.
	ClockSynchronized func() (bool, error)

	// SSHD returns what "sshd -T" prints, or what holds for a user. It is ErrNoProgram if there
	// is no sshd.
	SSHD func(user string) (string, error)

	// Account tells what the account of a name is called, wherever accounts come from; empty if
	// there is none.
	Account func(name string) (own string, err error)

	// LoadModule loads a module as PAM does, in another process.
	LoadModule func(path string) error

	// Motpd asks motpd how it stands. It is ask.ErrAway if there is none.
	Motpd func() (*ask.State, error)

	// Fleet asks how the store stands that a fleet shares, and FleetStore opens it.
	Fleet      func(conf.Fleet) (fleetreport.Report, error)
	FleetStore site.FleetOpener

	// Systemd tells whether systemd runs it. A machine of which nothing tells is taken for one.
	Systemd func() bool

	// FileSystem tells about the file system of a folder.
	FileSystem func(folder string) (FileSystem, error)
}

// The checks, in the order of the report. The later ones use what the first found.
var checks = []struct {
	name string
	run  func(*visit) (saw string)
}{
	{"PAM services", (*visit).pam},
	{"module", (*visit).module},
	{"motpd", (*visit).motpd},
	{"fleet", (*visit).fleet},
	{"table", (*visit).table},
	{"guessing", (*visit).guessing},
	{"records", (*visit).records},
	{"sealing", (*visit).sealed},
	{"accounts", (*visit).accountsAndCodes},
	{"clock", (*visit).clock},
	{"sshd", (*visit).sshd},
	{"OpenVPN", (*visit).openvpn},
	{"saslauthd", (*visit).saslauthd},
	{"Dovecot", (*visit).dovecot},
	{"Squid", (*visit).squid},
	{"systemd", (*visit).systemd},
	{"SELinux, AppArmor", (*visit).confinement},
}

// Look runs every check.
func Look(m Machine) Report {
	v := &visit{Machine: m}
	for _, c := range checks {
		v.check = c.name
		saw := c.run(v)
		if saw != "" {
			v.report.Checked = append(v.report.Checked, Checked{c.name, saw})
		}
	}
	slices.SortStableFunc(v.report.Findings, func(a, b Finding) int {
		return place(a.Check) - place(b.Check)
	})
	return v.report
}

func place(check string) int {
	for i, c := range checks {
		if c.name == check {
			return i
		}
	}
	return len(checks)
}

// Checks are the names of all checks, in the order of the report.
func Checks() []string {
	var names []string
	for _, c := range checks {
		names = append(names, c.name)
	}
	return names
}

// Saw says in a few words what a check looked at; it is empty if there was nothing, or nothing that
// could be used.
func (r Report) Saw(check string) string {
	for _, c := range r.Checked {
		if c.Check == check {
			return c.Saw
		}
	}
	return ""
}
