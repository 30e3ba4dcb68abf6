package cli

import (
	"errors"
	"fmt"

	"github.com/pam-motp/pam-motp/internal/doctor"
	"github.com/pam-motp/pam-motp/internal/setup"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
)

// agree asks, unless that is not needed.
func (s *settingUp) agree(service setup.Service, plan setup.Plan) error {
	wrong := 0
	if !s.undo {
		found, err := s.rehearse(plan)
		if err != nil {
			return err
		}
		wrong = lockOuts(found)
		if len(found) > 0 && !s.asJSON {
			s.print("After this change, motp doctor finds:")
		}
		for _, f := range found {
			if !s.asJSON {
				s.printFinding(f)
			} else if locksOut(f) {
				s.say("%s: %s", f.File, f.What)
			}
		}
	}
	switch {
	case wrong > 0 && (s.yes || s.asJSON): // in a dry run, too: so it would end
		return fmt.Errorf("%s; nothing is changed: mend what is found, or answer at a "+
			"terminal, without --yes", words.Count(wrong, "problem"))
	case s.dryRun:
		return nil
	case s.undo && len(plan.Changes) == 0: // somebody has put them back already
		return nil
	case s.yes:
		return nil
	}
	t, err := term.Open()
	if err != nil {
		return fmt.Errorf("%w: --yes makes the changes that are shown above, --dry-run "+
			"only shows them", err)
	}
	defer t.Close()
	question := "Set up " + service.Name + "?"
	switch {
	case s.undo:
		question = "Put back what was there before?"
	case wrong > 0:
		question = "Set up " + service.Name + ", in spite of " +
			words.Count(wrong, "problem") + "?"
	}
	yes, err := t.Confirm(question)
	if err == nil && !yes {
		err = errors.New("not wanted")
	}
	if err != nil {
		return fmt.Errorf("%w: nothing is changed", err)
	}
	return nil
}

// locksOut says whether a finding that a change brings is more than --yes may agree to: an error,
// or people who could not log in any more, or not become root.
func locksOut(f doctor.Finding) bool {
	return f.Severity == doctor.Error ||
		f.Severity == doctor.Warning && f.Check == "accounts"
}

func lockOuts(found []doctor.Finding) (n int) {
	for _, f := range found {
		if locksOut(f) {
			n++
		}
	}
	return n
}

// rehearse has the doctor look at the machine as it would be.
func (s *settingUp) rehearse(plan setup.Plan) ([]doctor.Finding, error) {
	patient, err := s.patient()
	if err != nil {
		return nil, err
	}
	if s.machine.Root == "/" {
		patient.System = s.thisSystem()
	}
	found, err := s.machine.Rehearse(plan, patient)
	return found, asRoot(err)
}
