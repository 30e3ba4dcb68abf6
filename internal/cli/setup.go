package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/doctor"
	"github.com/pam-motp/pam-motp/internal/setup"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
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
	if err := clash(names); err != nil && !s.undo {
		return err
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
		s.say("next: %s", s.next(service))
	}
	return result, nil
}

// next is what to do when the files are there.
func (s *settingUp) next(service setup.Service) string {
	next := service.Next
	if service.Until == "" {
		return next
	}
	if !s.undo {
		next = "until then, " + service.Until + "; " + next
	}
	return theManager().ReloadSSHD() + "; " + next
}

// clash returns an error if two services cannot both be set up.
func clash(names []string) error {
	for i, name := range names {
		for _, other := range names[:i] {
			one, _ := setup.Named(other)
			two, _ := setup.Named(name)
			if path, found := one.Clash(two); found {
				return usagef("%s and %s want another %s each: set up one of them",
					other, name, path)
			}
		}
	}
	return nil
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
