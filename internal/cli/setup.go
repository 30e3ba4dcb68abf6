package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/doctor"
	"github.com/pam-motp/pam-motp/internal/setup"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"
)

// A settingUp is one run of motp setup.
type settingUp struct {
	*app
	machine setup.Machine
	undo    bool
	yes     bool
	asJSON  bool
}

// setup has services ask for codes, and takes that back.
func (a *app) setup() *cobra.Command {
	s := &settingUp{app: a}
	cmd := &cobra.Command{
		Use:   "setup [SERVICE...] [--undo] [--yes] [--json] [--dry-run]",
		Short: "Have a service ask for codes, or undo that",
		Long: `Have a service of PAM ask for codes: show what changes in its files, comments
aside, look for whom that would lock out, ask, keep the old files, and write the
new ones, which are those of examples/. Without SERVICE, show what can be set
up, and how it stands.

Only files that are as a distribution ships them are changed. Anything else is
refused, with the lines that are not expected: those are yours to edit, with the
example beside them. With --undo, the old files are put back, unless somebody
has changed the new ones since; without SERVICE, those of all services.

--yes answers the question about the changes. Where "motp doctor" would find an
error after them, or somebody who could not log in or become root any more, only
a person at a terminal can go on. The old files are in
the folder .setup beside the users' records (--state), with their modes and
owners: from a rescue disk, "cp -a SERVICE/before/. /" puts them back.`,
		Example: `  motp setup              what can be set up
  motp setup sshd --dry-run   show what would change
  motp setup sshd
  motp setup --undo sshd`,
		ValidArgsFunction: completeService,
		RunE: func(_ *cobra.Command, args []string) error {
			state, err := filepath.Abs(a.state)
			if err != nil {
				return err
			}
			s.machine = setup.Machine{Root: a.machine,
				Kept: filepath.Join(a.machine, state, ".setup")}
			if len(args) == 0 && !s.undo {
				return s.list()
			}
			if s.asJSON && !s.yes && !s.dryRun {
				return usagef("--json shows no difference to agree to: --yes " +
					"agrees, --dry-run only tells")
			}
			return s.each(args)
		},
	}
	cmd.Flags().BoolVar(&s.undo, "undo", false, "put back what was there before")
	cmd.Flags().BoolVarP(&s.yes, "yes", "y", false, "do not ask whether to make the changes")
	cmd.Flags().BoolVar(&s.asJSON, "json", false,
		"print JSON, for scripts: for each SERVICE, whether it is\n\"changed\"")
	a.rehearses(cmd)
	return cmd
}

func completeService(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return serviceNames(), cobra.ShellCompDirectiveNoFileComp
}

func serviceNames() []string {
	var names []string
	for _, s := range setup.Services() {
		names = append(names, s.Name)
	}
	return names
}

// A setupState is how a service stands. The JSON names are a promise to scripts.
type setupState struct {
	Service string `json:"service"`
	SetUp   bool   `json:"set_up"`
	Undo    bool   `json:"undo"`
	Refused string `json:"refused,omitempty"`
}

// list shows what can be set up.
func (s *settingUp) list() error {
	var all []setupState
	table := term.Table{{"SERVICE", "STATE"}}
	for _, service := range setup.Services() {
		state := s.machine.State(service)
		if errors.Is(state.Err, fs.ErrPermission) {
			return asRoot(state.Err)
		}
		told := setupState{service.Name, state.SetUp, state.Kept, ""}
		how := "can be set up"
		switch {
		case state.Err != nil:
			told.Refused = state.Err.Error()
			how, _, _ = strings.Cut(told.Refused, ":\n")
		case state.SetUp:
			how = "asks for codes"
		}
		if state.SetUp && state.Kept {
			how += "; motp setup --undo " + service.Name
		}
		table.Add(service.Name, how)
		all = append(all, told)
	}
	if s.asJSON {
		return s.printJSON(all)
	}
	lines, _ := table.Lines(0)
	for _, line := range lines {
		s.print("%s", line)
	}
	return nil
}

// A setupResult is what became of a service. The JSON names are a promise to scripts.
type setupResult struct {
	Service string   `json:"service"`
	Changed bool     `json:"changed"`
	Files   []string `json:"files"`
	Refused string   `json:"refused,omitempty"`
}

// each sets up the services with these names, or undoes that.
func (s *settingUp) each(names []string) error {
	if len(names) == 0 {
		kept, err := s.machine.KeptServices()
		if err != nil {
			return asRoot(err)
		}
		names = kept
	}
	results := []setupResult{}
	failed := 0
	var only error
	for _, name := range names {
		result, err := s.one(name)
		switch {
		case err == nil:
			results = append(results, result)
			continue
		case s.asJSON:
			results = append(results, setupResult{Service: name, Files: []string{},
				Refused: err.Error()})
		}
		if len(names) == 1 {
			only = err
			break
		}
		s.complain(err) // one that fails keeps no other from the way back
		failed++
	}
	if s.asJSON {
		if err := s.printJSON(results); err != nil && only == nil {
			return err
		}
	}
	if only != nil {
		return only
	}
	if failed > 0 {
		return fmt.Errorf("%s of %d left as before, for the reasons above",
			words.Count(failed, "service"), len(names))
	}
	return nil
}

// one sets up one service, or undoes that.
func (s *settingUp) one(name string) (setupResult, error) {
	service, known := setup.Named(name)
	if !known {
		return setupResult{}, usagef("%s is none of the services that can be set up: %s",
			shown.Quoted(name), strings.Join(serviceNames(), ", "))
	}
	result := setupResult{Service: name, Files: []string{}}
	plan, err := s.plan(service)
	if s.asJSON && errors.Is(err, setup.ErrNothingKept) {
		return result, nil // a script wants it to be so, and it is
	}
	if err != nil {
		return result, err
	}
	for _, c := range plan.Changes {
		result.Files = append(result.Files, c.Path)
	}
	result.Changed = len(plan.Changes) > 0
	if !result.Changed && !s.undo {
		s.say("%s asks for codes already; nothing is changed", name)
		return result, nil
	}
	if !s.asJSON {
		for _, c := range plan.Changes {
			s.print("%s", strings.TrimRight(unified(c), "\n"))
		}
	}
	if err := s.agree(service, plan); err != nil {
		return result, err
	}
	done := "set up"
	if s.undo {
		done = "as it was before"
	}
	if !s.dryRun {
		err := s.commit(name+" is "+done, func() error { return s.write(plan) })
		if err != nil {
			return result, asRoot(err)
		}
	}
	s.did(name, done)
	if !s.dryRun {
		s.say("next: %s", service.Next)
	}
	return result, nil
}

// plan is what changes, or why nothing does.
func (s *settingUp) plan(service setup.Service) (setup.Plan, error) {
	if s.undo {
		plan, err := s.machine.Undo(service)
		var changed *setup.ChangedError
		if errors.As(err, &changed) {
			return plan, fmt.Errorf("%w; nothing is changed. What setup wrote, and "+
				"what is there:\n%s\nThe file from before is %s: put it back, or "+
				"what you need of it", err, unified(changed.Change),
				filepath.Join(s.machine.Kept, service.Keeps, "before",
					changed.Path))
		}
		return plan, asRoot(err)
	}
	plan, err := s.machine.Plan(service)
	var unexpected *setup.UnexpectedError
	if errors.As(err, &unexpected) {
		return plan, fmt.Errorf("%w\nNothing is changed. Edit it by hand: what asks for "+
			"the password (auth) gives way to the line\n  auth requisite pam_motp.so\n"+
			"as in examples/, and \"motp doctor\" says whether that is right", err)
	}
	return plan, asRoot(err)
}

// asRoot puts the next step to an error of the system's.
func asRoot(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: run motp as root", err)
	}
	return err
}

// unified shows a change as diff does: of what the files say, or if they say the same, of their
// comments.
func unified(c setup.Change) string {
	from, to := c.Path, c.Path
	if !c.There {
		from = os.DevNull
	}
	if c.Gone {
		to = os.DevNull
	}
	text := diff.Diff(from, setup.Says(c.Old), to, setup.Says(c.New))
	if len(text) == 0 {
		text = diff.Diff(from, c.Old, to, c.New)
	}
	if _, rest, found := bytes.Cut(text, []byte("\n")); found {
		text = rest // without "diff FROM TO"
	}
	return string(text)
}

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
		patient.System = thisSystem()
	}
	found, err := s.machine.Rehearse(plan, patient)
	return found, asRoot(err)
}

// write makes the changes. If sshd does not take them, the old files are put back: it would not
// start again.
func (s *settingUp) write(plan setup.Plan) error {
	ssh := slices.ContainsFunc(plan.Changes, func(c setup.Change) bool {
		return strings.HasPrefix(c.Path, "/etc/ssh/")
	})
	if err := s.machine.Do(plan); err != nil || !ssh || s.machine.Root != "/" {
		return err
	}
	_, err := doctor.AskSSHD("")
	if err == nil || errors.Is(err, doctor.ErrNoProgram) ||
		errors.As(err, new(doctor.NotRunningError)) {
		return nil
	}
	const why = "sshd does not take its configuration: %w: \"sshd -t\" says more"
	if s.undo {
		return fmt.Errorf(why+"; correct it before sshd is started anew", err)
	}
	// To what it was a moment ago: before the first setup, a password may have been enough.
	if undone := s.machine.TakeBack(plan); undone != nil {
		return errors.Join(fmt.Errorf(why, err), undone)
	}
	return fmt.Errorf(why+"; the old files are back", err)
}
