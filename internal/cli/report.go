package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp/uri"
	"github.com/spf13/cobra"
)

// A report is what --json says of a verb that changes something, for whoever has it run by a
// program: one object on standard output, also if the verb fails. Words stay on standard error.
type report struct {
	// Changed tells whether something was changed, or would be without --dry-run. It is false
	// if everything was as it should be.
	Changed bool `json:"changed"`

	DryRun bool `json:"dry_run"`

	// Secret and URI are of a token whose secret was made now: what its QR code says. Nothing
	// else tells of it.
	Secret string `json:"secret,omitempty"`
	URI    string `json:"uri,omitempty"`

	// Codes are those for a user's paper, made now as well.
	Codes []string `json:"codes,omitempty"`

	// Invitation is one that was made now.
	Invitation string `json:"invitation,omitempty"`

	printedTo io.Writer // the standard output, while a verb works
	again     string    // how to come by what was made if the report is lost
}

// reported does a verb's work, and prints the report if it is asked for. Until then nothing goes to
// standard output.
func (a *app) reported(work func() error) error {
	if !a.wantsReport {
		return work()
	}
	out := a.out
	a.report.printedTo, a.out = out, a.err
	err := work()
	a.out = out
	a.report.DryRun = a.dryRun
	if !a.report.Changed {
		a.report.Secret, a.report.URI = "", "" // of no token
		a.report.Codes = nil
		a.report.Invitation = ""
	}
	switch lost := a.printJSON(a.report); {
	case err != nil || lost == nil:
		return err
	case a.report.Secret+a.report.Invitation != "" || a.report.Codes != nil:
		return fmt.Errorf("%w: what was to be done is done, and the secret is not told: %s",
			lost, a.report.again)
	default:
		return lost
	}
}

// mayHandOut finds out, before anything is changed, whether a secret that was made now would be
// lost.
func (a *app) mayHandOut(given bool) error {
	to := a.out
	if a.wantsReport {
		to = a.report.printedTo
	}
	if given || a.dryRun || !term.WasClosed(to) {
		return nil
	}
	return errors.New("standard output is closed, and the secret would be lost: nothing is " +
		"changed")
}

// changed notes that something is changed, or would be.
func (a *app) changed() { a.report.Changed = true }

// unchanged notes that everything was as it should be, although it was written.
func (a *app) unchanged() { a.report.Changed = false }

// already tells that nothing is to be done: "alice is disabled already".
func (a *app) already(words string) { a.say("%s; nothing is changed", words) }

// passes says whether a verb that has nothing to do is no failure, as in a program that only wants
// things to be so.
func (a *app) passes() bool { return a.wantsReport }

// handOut shows a secret: to a person, or, if it was made now, in the report.
// The latter says how to come by it again.
func (a *app) handOut(s shownSecret, given bool, again string) error {
	if !a.wantsReport {
		return a.printSecret(s)
	}
	if !given {
		a.report.Secret, a.report.URI = uri.SecretInWords(s.token), s.enrolment().URI()
		a.report.again = again
	}
	return nil
}

// reports gives a verb the flag --json.
func (a *app) reports(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&a.wantsReport, "json", false,
		"tell in JSON whether anything was changed, for programs")
}
