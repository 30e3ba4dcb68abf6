package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/spf13/cobra"
)

// status tells all about one user.
func (a *app) status() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status USER [--json]",
		Short: "Tell how a user stands: may log in, failures, last login",
		Long: `Tell how a user stands: whether codes are accepted, wrong codes in a row, since
when locked, the last login, the token's offset. Times are local.`,
		Example: `  motp status alice
  motp status alice --json`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := a.find(args[0])
			if err != nil {
				return err
			}
			if asJSON {
				return a.printJSON(s)
			}
			a.printStatus(s)
			if s.Problem != "" {
				return errors.New(s.Problem)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, for scripts")
	return cmd
}

// find finds one user's standing. A broken entry is a standing, too.
func (a *app) find(name string) (standing, error) {
	policy, entries, err := a.table().Users()
	if err != nil {
		return standing{}, a.explain(name, err)
	}
	for _, e := range entries {
		if e.User.Name == name {
			return a.standing(policy, e), nil
		}
	}
	return standing{}, a.explain(name, conf.ErrNoUser)
}

func (a *app) printStatus(s standing) {
	a.print("%s", show(s.User))
	a.print("  table       %s, line %d", s.File, s.Line)
	a.print("  state       %s", a.stateInWords(s))
	a.print("  failures    %s", a.failuresInWords(s))
	a.print("  last login  %s", a.whenAt(s.LastLogin))
	if s.Offset != 0 {
		a.print("  offset      the token's clock is %s", aheadOrBehind(time.Duration(s.Offset)*time.Second))
	}
	if s.Drift != 0 {
		a.print("  drift       beyond that, it was %s at the last login", aheadOrBehind(time.Duration(s.Drift)*time.Second))
	}
	if s.Damaged {
		a.print("  record      half of it is lost; the next attempt mends it, and codes of the minutes before are refused")
	}
}

func (a *app) stateInWords(s standing) string {
	switch s.State {
	case stateOK:
		return "ok: may log in"
	case stateDisabled:
		return fmt.Sprintf("disabled: every code is refused; \"motp enable %s\" ends it", argument(s.User))
	case stateLocked:
		until := ""
		if s.LockedUntil != nil {
			until = " until " + s.LockedUntil.Local().Format(time.DateTime)
		}
		return fmt.Sprintf("locked%s, since %s; \"motp unlock %s\" ends it", until, a.whenAt(s.LockedSince), argument(s.User))
	default:
		return "broken: every code is refused, see below"
	}
}

func (a *app) failuresInWords(s standing) string {
	if s.Failures == 0 {
		return "none"
	}
	return fmt.Sprintf("%d in a row, of %d that lock; the last %s", s.Failures, s.MaxFailures, a.whenAt(s.LastFailure))
}

func (a *app) whenAt(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return a.when(*t)
}
