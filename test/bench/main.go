// Command bench measures what a login costs, beside the modules that a user would install instead.
// "make bench" runs it, as root.
//
// A login is a whole pamtester process. What is compared runs in one interleaved run, so that a
// machine that slows down slows everything alike; what counts are the ratios. Each login of a
// module does the same work: a right code that was not used yet, and the state that says so written
// durably.
//
// It works in a mount namespace of its own, with its own /etc/pam.d and a /dev/log that listens.
// Records are on the real disk, under build/, since writing them durably is part of the price.
// motpd serves one table alone, /etc/security/motp.conf: each that it is to serve has a namespace
// of its own besides (site.go), with a motpd that is started as systemd does it.
//
// What a durable write costs depends on the file system: with -journal it is the ext4 that
// installers make. Disks differ too, and no program can measure those of others.
//
// parts.go lists what is measured, part by part; login.go runs one kind of login; one.go, users.go,
// sessions.go and start.go measure times; peers.go gets the others to compare with; people.go makes
// tables of any size; counts.go, hostfacts.go and memory.go measure what is no time; report.go and
// plot.go show it all.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	runs := flag.Int("n", 200, "logins of each kind")
	only := flag.String("only", "", "measure these parts, separated by commas, and no others: "+
		strings.Join(names, ", "))
	logins := flag.Int("logins", 100_000, "logins of 10,000 users, after which motpd's memory "+
		"is looked at")
	journal := flag.Bool("journal", false,
		"keep tables and records on an ext4 with a journal, as installers make it, in a "+
			"file under build/")
	check := flag.Bool("check", false, "only count the instructions of a login by each way, "+
		"and fail if they are more than "+budgetFile+" allows")
	flag.Float64Var(&typical, "quantile", typical, "which of the logins, from the quickest to "+
		"the slowest, counts: a low one tells more where others keep the machine busy")
	flag.Parse()
	wanted, err := choose(*only)
	if err != nil {
		fail(err)
	}
	if *check {
		wanted = nil
	}
	if !inNamespace() {
		// still in the system's own namespace: packages and libraries come from there
		if err := prepare(wanted); err != nil {
			fail(err)
		}
		os.Exit(runInNamespace())
	}
	b, err := newBench(*runs, *journal)
	b.logins = *logins
	if err == nil && *check {
		err = b.checkBudget()
	} else if err == nil {
		err = b.run(wanted)
	}
	b.close()
	if err != nil {
		fmt.Fprint(os.Stderr, &logged)
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// A bench is one run of this program.
type bench struct {
	runs   int
	module string // pam_motp.so
	dir    string // for tables and records; removed at the end
	launch *launcher
	report report
	sites  []*site

	logins int // that motpd is given before its memory is looked at

	mounted bool // dir is a file system of its own
}

// buildDir is where things are built and unpacked, and stay.
const buildDir = "build/bench-tools"

func newBench(runs int, journal bool) (*bench, error) {
	b := &bench{runs: runs}
	var err error
	if b.module, err = filepath.Abs("build/pam_motp.so"); err != nil {
		return b, err
	}
	build := filepath.Dir(b.module)
	if b.dir, err = os.MkdirTemp(build, "bench-run-"); err != nil {
		return b, err
	}
	if err := privateMounts(); err != nil {
		return b, err
	}
	if journal {
		if err := mountJournal(b.dir); err != nil {
			return b, err
		}
		b.mounted = true
	}
	if err := furnish(); err != nil {
		return b, err
	}
	if err := service("bench-permit", "pam_permit.so"); err != nil {
		return b, err
	}
	for name, way := range map[string]string{byMotpd: "always", byWorker: "never"} {
		if err := service(name, b.module+" nodelay motpd="+way); err != nil {
			return b, err
		}
	}
	b.launch, err = startLauncher(nil)
	return b, err
}

func (b *bench) close() {
	if b.launch != nil {
		b.launch.close()
	}
	for _, s := range b.sites {
		if err := s.close(); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}
	if b.mounted {
		if err := unmountJournal(b.dir); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
	}
	if b.dir == "" {
		return
	}
	if err := os.RemoveAll(b.dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
}

func (b *bench) run(wanted []part) error {
	for _, p := range wanted {
		fmt.Fprintf(os.Stderr, "measuring: %s\n", p.what)
		if err := p.measure(b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return b.report.show()
}
