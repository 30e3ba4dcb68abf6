package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pam-motp/pam-motp/internal/doctor"
	"github.com/pam-motp/pam-motp/internal/version"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/spf13/cobra"
)

// doctor looks for what keeps people out, or lets them in by mistake.
func (a *app) doctor() *cobra.Command {
	var asJSON bool
	var root string
	cmd := &cobra.Command{
		Use:   "doctor [--json] [--root FOLDER]",
		Short: "Look for what keeps people out or lets them in by mistake",
		Long: `Look at everything that keeps people out, or lets them in by mistake, and say
how to mend it: the services in /etc/pam.d and who gets through them, the
module, the fleet and its store, the table, the records, who of this machine's
people has no code, the clock, sshd, OpenVPN, what saslauthd, Dovecot, and Squid
remember, systemd's units, SELinux and AppArmor. It also tells how likely it is
that somebody guesses his way in within a year. Nothing is changed.

An error keeps people out or lets somebody in; a warning may do so one day; a
note is good to know and may well be meant so. The exit code is 0 without
errors and warnings, else 1.`,
		Example: `  motp doctor
  motp doctor --json | jq -r '.[] | select(.severity == "error") | .what'`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			machine, err := a.patient()
			if err != nil {
				return err
			}
			if root != "" {
				if machine.Root, err = filepath.Abs(root); err != nil {
					return err
				}
			} else {
				if os.Geteuid() != 0 {
					return errors.New("only root can look at the table and " +
						"the records: run motp doctor as root")
				}
				machine.System = a.thisSystem()
			}
			return a.tellFindings(doctor.Look(machine), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, for scripts")
	cmd.Flags().StringVar(&root, "root", "",
		"look at the files of a system under this folder, and at no running one")
	cmd.AddCommand(a.marked(a.doctorLoad()))
	return cmd
}

// patient is a machine that the doctor looks at, without its root and its system.
func (a *app) patient() (m doctor.Machine, err error) {
	m = doctor.Machine{Version: version.Text(), Now: a.now()}
	// the folders above are looked at too
	if m.Conf, err = filepath.Abs(a.confPath); err == nil {
		m.State, err = filepath.Abs(a.state)
	}
	return m, err
}

// doctorLoad is what the doctor starts in a process of its own: a module that crashes the process
// that loads it is a finding, too.
func (a *app) doctorLoad() *cobra.Command {
	return &cobra.Command{
		Use:    "load MODULE",
		Hidden: true,
		Args:   cobra.ExactArgs(1),
		RunE:   func(_ *cobra.Command, args []string) error { return doctor.Load(args[0]) },
	}
}

// thisSystem is the one that runs.
func (a *app) thisSystem() doctor.System {
	return doctor.System{
		ClockSynchronized: doctor.ClockSynchronized,
		SSHD:              doctor.AskSSHD,
		Account:           doctor.AskAccount,
		Motpd:             askMotpdState,
		LoadModule:        doctor.LoadInChild("/proc/self/exe", "doctor", "load"),
		Systemd:           doctor.Booted,
		FileSystem:        doctor.StatFS,
		Fleet:             a.askFleetOf,
		FleetStore:        a.place.fleet,
	}
}

// theManager is how services are managed here.
func theManager() doctor.Manager { return doctor.Manager{Systemd: doctor.Booted()} }

// tellFindings prints a report. Errors and warnings make it an error.
func (c *console) tellFindings(report doctor.Report, asJSON bool) error {
	errs, warnings := report.Count(doctor.Error), report.Count(doctor.Warning)
	if asJSON {
		findings := report.Findings
		if findings == nil {
			findings = []doctor.Finding{}
		}
		if err := c.printJSON(findings); err != nil {
			return err
		}
	} else {
		c.printReport(report)
	}
	if errs+warnings == 0 {
		return nil
	}
	return fmt.Errorf("%s, %s", words.Count(errs, "error"), words.Count(warnings, "warning"))
}

// The report fits 80 columns, paths and commands aside, which are not broken.
const (
	reportWidth = 80
	reportText  = 9 // where what was found begins
)

func (c *console) printReport(report doctor.Report) {
	for _, check := range doctor.Checks() {
		findings := report.Of(check)
		saw := report.Saw(check)
		if len(findings) == 0 && saw == "" {
			continue
		}
		if len(findings) == 0 {
			saw = "ok: " + saw
		}
		c.print("%s", strings.TrimRight(hang(check+"  ", saw), " "))
		for _, f := range findings {
			c.printFinding(f)
		}
	}
}

func (c *console) printFinding(f doctor.Finding) {
	place := f.File
	if f.Line > 0 {
		place = fmt.Sprintf("%s:%d", f.File, f.Line)
	}
	what := f.What
	if place != "" {
		what = place + ": " + what
	}
	c.print("%s", hang(fmt.Sprintf("%*s  ", reportText-2, f.Severity), what))
	if f.Mend != "" {
		c.print("%s", hang(strings.Repeat(" ", reportText)+"-> ", f.Mend))
	}
}

// hang breaks a text into lines of the report's width, which begin below each other.
func hang(first, text string) string {
	var b strings.Builder
	b.WriteString(first)
	column := len(first)
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case column+1+len([]rune(word)) > reportWidth:
			b.WriteString("\n" + strings.Repeat(" ", len(first)))
			column = len(first)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += len([]rune(word))
	}
	return b.String()
}
