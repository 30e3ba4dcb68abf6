package cli

import (
	"fmt"
	"path/filepath"

	"github.com/pam-motp/pam-motp/internal/otpverify"
	"github.com/pam-motp/pam-motp/internal/term"
)

// start runs the command, or the script whose name it was called by. Nothing has succeeded whose output is lost.
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
