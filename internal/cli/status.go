package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// status tells all about one user.
func (a *app) status() *cobra.Command {
	var asJSON bool
	var token string
	cmd := &cobra.Command{
		Use:   "status [USER] [--token NAME] [--json]",
		Short: "Tell how a user stands: may log in, failures, last login",
		Long: `Tell how a user stands: whether codes are accepted, wrong codes in a
row, since when locked, the last login, and each token: its type, its offset in
the table, how far its clock has drifted since, whether a PIN that the user has
set is in force; and how many paper codes are left. Times are local.

Without a name, root is told how motpd stands: since when it runs, and whom it
is judging. Anybody else is told how they stand themselves.`,
		Example: `  motp status alice
  motp status
  motp status alice --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && !cmd.Flags().Changed("token") {
				return nil
			}
			return a.oneUserOrMyself(cmd, args)
		},
		ValidArgsFunction: a.completeUser,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.forMyself(args) {
				return a.myStatus(asJSON)
			}
			if len(args) == 0 {
				return a.motpdStatus(asJSON)
			}
			s, err := a.find(args[0])
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("token") {
				s.Tokens = slices.DeleteFunc(s.Tokens,
					func(t tokenStatus) bool { return t.Name != token })
				if len(s.Tokens) == 0 {
					return fmt.Errorf("%s has no token %s: \"motp status "+
						"%s\" tells which there are",
						shown.Name(s.User), shown.Name(token),
						shown.Argument(s.User))
				}
				s.Line = s.Tokens[0].Line
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
	a.tokenFlag(cmd, &token, "`NAME` of the only token to tell of (default all)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, for scripts")
	return cmd
}

func (a *app) printStatus(s userStatus) {
	a.print("%s", shown.Name(s.User))
	a.print("  table       %s, line %d", s.File, s.Line)
	if s.Local {
		a.print("  record      on this host only: local = yes")
	}
	a.print("  state       %s", a.stateInWords(s))
	if s.HeldBy != nil {
		a.print("  held by     %v; \"motp unlock --force %s\" gets past it",
			s.HeldBy, shown.Argument(s.User))
	}
	a.print("  failures    %s", a.failuresInWords(s))
	a.print("  last login  %s", a.lastLogin(s))
	for _, t := range s.Tokens {
		a.printToken(s.User, t, s.clockOf(t))
	}
	if s.Paper != nil {
		a.print("  paper       %s", s.Paper.inWords(s.User))
	}
	if s.Damaged {
		a.print("  record      half of it is lost; the next attempt mends it, and codes " +
			"of the minutes before are refused")
	}
}

// clockOf names a token's clock.
func (s userStatus) clockOf(t tokenStatus) string {
	switch {
	case t.Name != "":
		return "the clock of " + t.Name
	case len(s.Tokens) > 1:
		return "the clock of the first token"
	default:
		return "the token's clock"
	}
}

// printToken tells of one token.
func (c *console) printToken(user string, t tokenStatus, clock string) {
	about := t.About
	if t.Name != "" {
		about = t.Name + ": " + about
	}
	if kind, ok := motp.ParseType(t.Type); t.PIN && ok && !kind.Kind().PINInCode {
		about += ", with a PIN before the code"
	}
	c.print("  token       %s", about)
	if t.OwnPIN {
		c.print("  PIN         set by the user, not the table's; \"motp pin %s\" "+
			"replaces it", shown.TokenArgument(user, t.Name))
	}
	if words := invitationInWords(user, t); words != "" {
		c.print("  invitation  %s", words)
	}
	switch {
	case t.Lost:
		c.print("  counter     lost with a damaged record; codes are refused until " +
			"\"motp sync\" has found it")
	case t.Counter != nil:
		c.print("  counter     %d", *t.Counter)
	}
	if t.Offset != 0 {
		c.print("  offset      %s is %s",
			clock, words.AheadOrBehind(time.Duration(t.Offset)*time.Second))
	}
	if t.AcceptedFrom != nil {
		c.print("  codes       are accepted from %s on: newer ones were used, or may "+
			"have been", t.AcceptedFrom.Local().Format(time.DateTime))
	}
	if t.Drift != 0 {
		what := clock
		if t.Offset != 0 {
			what = "beyond that, it"
		}
		c.print("  drift       %s was %s when it was seen last",
			what, words.AheadOrBehind(time.Duration(t.Drift)*time.Second))
	}
}

// invitationInWords tells what became of a token's invitation.
func invitationInWords(user string, t tokenStatus) string {
	again := fmt.Sprintf("; \"motp invite %s\" invites again",
		shown.TokenArgument(user, t.Name))
	switch t.Invitation {
	case motp.Invited.String():
		if t.Shown != nil {
			return fmt.Sprintf("not used yet; the token was shown at %s, and is shown "+
				"nowhere else%s", t.Shown.Local().Format(time.DateTime), again)
		}
		return "not used yet"
	case motp.Expired.String():
		return "expired, and not used" + again
	case motp.Burnt.String():
		return "good for nothing: typed too late, or it may have been used" + again
	case motp.Claimed.String():
		return "used: the user has set the token up"
	}
	return ""
}

func (a *app) stateInWords(s userStatus) string {
	switch s.State {
	case stateOK:
		return "ok: may log in"
	case stateHeld:
		return "held: every code is refused while a process keeps the record for itself"
	case stateInvited:
		return "invited: every code is refused until the user has set up the token"
	case stateLost:
		return fmt.Sprintf("lost: every code is refused until \"motp sync %s\" has found "+
			"the counter", shown.Argument(s.User))
	case stateDisabled:
		return fmt.Sprintf("disabled: every code is refused; \"motp enable %s\" ends it",
			shown.Argument(s.User))
	case stateLocked:
		until := ""
		if s.LockedUntil != nil {
			until = " until " + s.LockedUntil.Local().Format(time.DateTime)
		}
		return fmt.Sprintf("locked%s, since %s; \"motp unlock %s\" ends it",
			until, a.whenAt(s.LockedSince), shown.Argument(s.User))
	default:
		return "broken: every code is refused, see below"
	}
}

func (a *app) failuresInWords(s userStatus) string {
	if s.Failures == 0 {
		return "none"
	}
	return fmt.Sprintf("%d in a row, of %d that lock; the last %s",
		s.Failures, s.MaxFailures, a.whenAt(s.LastFailure))
}

// lastLogin tells when the user logged in last. Codes that were used up by the check of a new token
// are no login.
func (a *app) lastLogin(s userStatus) string {
	used := slices.ContainsFunc(s.Tokens, func(t tokenStatus) bool { return t.Used })
	if s.LastLogin == nil && used {
		return "never; codes were used up by a check (add, sync), or with a damaged record"
	}
	return a.whenAt(s.LastLogin)
}

func (a *app) whenAt(t *time.Time) string {
	if t == nil {
		return "never"
	}
	return a.when(*t)
}
