// Command prove shows what pam_motp keeps to when everything around it goes wrong: processes killed
// at every system call, calls that fail, full and read-only disks, clocks that jump, limits on
// processes, memory and files, and thousands of logins at once. "make prove" runs it.
//
// The built module is tested from outside, in the C program of test/module, on a private machine
// that is gone afterwards. Each experiment checks what the module promises and prints a line of the
// table at the end; what broke a promise stands above the table, and the status is then not 0.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

var (
	only   = flag.String("only", "", "run only experiments whose name matches this `regexp`")
	logins = flag.Int("logins", 100_000,
		"how `many` logins one process does for the experiment \"endurance\"")
	parallel = flag.Int("parallel", 4*runtime.NumCPU(),
		"how `many` cases run at once, most of which wait")
)

// An experiment adds lines to the report. Its name is for -only.
type experiment struct {
	name string
	run  func(l *lab) error
}

var experiments = []experiment{
	{"kill", (*lab).kills},
	{"change", (*lab).changes},
	{"fault", (*lab).faults},
	{"disk", (*lab).disks},
	{"clock", (*lab).clocks},
	{"limit", (*lab).limits},
	{"stuck", (*lab).stuck},
	{"load", (*lab).load},
	{"endurance", (*lab).endurance},
	{"motpd-kill", (*lab).motpdKills},
	{"motpd-change", (*lab).motpdChanges},
	{"motpd-fault", (*lab).motpdFaults},
	{"motpd-disk", (*lab).motpdDisks},
	{"motpd-restart", (*lab).motpdRestarts},
	{"motpd-table", (*lab).motpdTables},
	{"motpd-stop", (*lab).motpdStops},
	{"motpd-both", (*lab).both},
	{"motpd-crowd", (*lab).motpdCrowds},
	{"motpd-endurance", (*lab).motpdEndurance},
	{"fleet", (*lab).fleets},
}

func main() {
	flag.Parse()
	os.Exit(stage.Main(prepare, play))
}

func prepare(root string) error {
	for command, pkg := range map[string]string{"cc": "gcc", "etcd": "etcd-server"} {
		if err := stage.Need(command, pkg); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(root, onDisk), 0o700); err != nil {
		return err
	}
	return stage.NeedBuilt(root, "pam_motp.so", "motp", "motpd", "motpd-etcd")
}

func play(m *stage.Machine) error {
	wanted, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	l, err := newLab(m)
	if err != nil {
		return err
	}
	for _, e := range experiments {
		if !wanted.MatchString(e.name) {
			continue
		}
		start := time.Now()
		fmt.Fprintf(os.Stderr, "%s ...", e.name)
		err := e.run(l)
		fmt.Fprintf(os.Stderr, " %.0f s\n", time.Since(start).Seconds())
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	l.report.finish()
	l.report.print(os.Stdout)
	if l.report.broken() > 0 {
		return errors.New("promises were broken: see above the table")
	}
	return nil
}

// inTurn runs the parts of an experiment.
func inTurn(parts ...func() error) error {
	for _, run := range parts {
		if err := run(); err != nil {
			return err
		}
	}
	return nil
}
