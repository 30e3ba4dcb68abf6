// Package cli is the command motp: one verb a file. A verb holds its flags, one call of what does
// the work, and the printing. It edits motp.conf, the table that pam_motp reads, and looks after
// the record that every user has.
//
// What verbs share: app.go is one run of the command, root.go the tree of verbs, output.go how
// results and errors are told, report.go what --json says of a change, interrupt.go what becomes of
// an interruption, place.go where users and records are; users.go, records.go, changes.go,
// userstatus.go and refusal.go speak of them, and tokenflags.go, askpin.go, checktoken.go and
// stdin.go take what a person gives.
//
// The package must not compute codes or windows, which is package motp's, open a table or records
// but by package site, or draw on a terminal but by package term. Nothing imports it but package
// main, and packaging/manual, which writes the verbs' manual pages.
package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pam-motp/pam-motp/internal/otpverify"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/spf13/cobra"
)

// An app is one run of the command: where things are, and how it talks.
type app struct {
	place
	dryRun bool // --dry-run, of the verbs that change something

	console
	now func() time.Time

	// machine is the folder under which /etc/pam.d is looked for: / but in tests.
	machine string

	// began is set when a verb's arguments are understood and its work begins. Any error before
	// that is about usage.
	began bool

	ledger ledger // what a verb has written

	// storeCert and storeKey are an administrator's certificate of a fleet, and its key, if not
	// this host's are to be used.
	storeCert, storeKey string

	pipes []*fleetPipe // that were opened

	wantsReport bool // --json, of the verbs that change something
	report      report
}

// Main runs the command with a process's arguments and returns its exit code. Before it reads
// anything, nobody can look into the process.
func Main(argv []string) int { return newApp().main(argv) }

// Tree is the command with all its verbs, for manual pages. It is not to be run.
func Tree() *cobra.Command {
	tree := newApp().root()
	tree.InitDefaultVersionFlag()
	tree.Flags().Lookup("version").Usage = "print the version"
	return tree
}

func (a *app) main(argv []string) int {
	if err := forbidDumps(); err != nil {
		a.complain(err)
		return exitFailure
	}
	return a.start(argv)
}

func newApp() *app {
	a := &app{console: console{os.Stdin, os.Stdout, os.Stderr}, now: time.Now, machine: "/"}
	a.place.fleet = a.openFleet
	return a
}

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// run does what the arguments say and returns the exit code.
func (a *app) run(args []string) int {
	root := a.root()
	root.SetArgs(args)
	defer a.closeFleets()
	cmd, err := root.ExecuteC()
	if err == nil {
		return exitOK
	}
	var status exitStatus
	if errors.As(err, &status) {
		return int(status)
	}
	var usage *usageError
	// cobra has --version return that
	if a.began && !errors.As(err, &usage) || term.Written(a.out) != nil {
		a.complain(err)
		return exitFailure
	}
	a.complain(err)
	fmt.Fprintf(a.err, "motp: see %q\n", cmd.CommandPath()+" --help")
	return exitUsage
}

// A usageError is a mistake in the arguments that only the verb itself notices.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Errorf(format, args...)}
}

// start runs the command, or the script whose name it was called by. Nothing has succeeded whose
// output is lost.
func (a *app) start(argv []string) int {
	a.out = &term.Output{Writer: a.out}
	exit := a.runAs(argv)
	if err := term.Written(a.out); exit == exitOK && err != nil {
		a.complain(err)
		return exitFailure
	}
	return exit
}

func (a *app) runAs(argv []string) int {
	if len(argv) > 0 && filepath.Base(argv[0]) == otpverify.Name {
		return a.answerOTP(argv[1:])
	}
	return a.run(argv[1:])
}

// An exitStatus is an error that has been told already, and only sets the exit code.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }
