package cli

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"strconv"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/doctor"
	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What users do for themselves goes through motpd, which knows who they are: nothing of the table
// or the records is theirs to read. An administrator names a user, and goes to the files.

// forMyself says whether a verb is called by a user who is not root, for himself.
func (a *app) forMyself(args []string) bool {
	if os.Geteuid() == 0 || a.confPath != conf.DefaultPath || a.state != conf.DefaultState {
		return false
	}
	if len(args) == 0 {
		return true
	}
	me, err := user.LookupId(strconv.Itoa(os.Getuid()))
	return err == nil && len(args) == 1 && args[0] == me.Username
}

// oneUserOrMyself is oneUser for verbs that users may call for themselves.
func (a *app) oneUserOrMyself(cmd *cobra.Command, args []string) error {
	if a.forMyself(args) {
		return nil
	}
	return oneUser(cmd, args)
}

// orMyself is a verb that users may call for themselves, too, without its flags: those are an
// administrator's.
func (a *app) orMyself(mine func() error, verb func(*cobra.Command, []string) error) func(
	*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if !a.forMyself(args) {
			return verb(cmd, args)
		}
		var given string
		cmd.Flags().Visit(func(f *pflag.Flag) {
			if cmd.InheritedFlags().Lookup(f.Name) == nil {
				given = f.Name
			}
		})
		if given != "" {
			return usagef("--%s is for an administrator", given)
		}
		return mine()
	}
}

// askMotpd asks motpd, and has its refusals for errors.
func askMotpd(q ask.Query) (ask.Reply, error) {
	reply, _, err := ask.Ask(q)
	if err == nil && reply.Refused != "" {
		err = errors.New(reply.Refused)
	}
	return reply, unanswered(err, theManager())
}

// unanswered puts the next step to an error of a motpd that says nothing.
func unanswered(err error, m doctor.Manager) error {
	switch {
	case errors.Is(err, ask.ErrAway):
		return fmt.Errorf("%w: as root, %s", err, m.StartMotpd())
	case errors.Is(err, ask.ErrSilent):
		return fmt.Errorf("%w: as root, %s", err, m.RestartMotpd())
	}
	return err
}

// askAbout asks motpd how something stands, and prints it.
func askAbout[T any](a *app, verb string, asJSON bool, of func(ask.Reply) *T,
	inWords func(*T)) error {
	reply, err := askMotpd(ask.Query{Verb: verb})
	if err != nil {
		return err
	}
	what := of(reply)
	if what == nil {
		return errors.New("motpd has no answer to that: is it another version?")
	}
	if asJSON {
		return a.printJSON(what)
	}
	inWords(what)
	return nil
}

// myStatus tells a user how they stand.
func (a *app) myStatus(asJSON bool) error {
	of := func(r ask.Reply) *ask.Account { return r.User }
	return askAbout(a, ask.Status, asJSON, of, a.printMyStatus)
}

func (a *app) printMyStatus(u *ask.Account) {
	a.print("%s", shown.Name(u.User))
	a.print("  state       %s", myState(u))
	a.print("  failures    %s", a.myFailures(u))
	a.print("  last login  %s", a.whenAt(moment(u.LastLogin)))
	for _, t := range u.Tokens {
		a.printMyToken(t)
	}
	if u.PaperCodes != nil {
		a.print("  paper       codes left: %d", *u.PaperCodes)
	}
	if u.SelfService == conf.SelfServiceYes.String() {
		a.print("  you may     \"motp sync\", if codes are refused though they are " +
			"right; \"motp pin\", for another PIN")
	}
}

func (a *app) printMyToken(t ask.Token) {
	about := t.Type
	if t.Name != "" {
		about = t.Name + ": " + about
	}
	if kind, ok := motp.ParseType(t.Type); ok && t.PIN && !kind.Kind().PINInCode {
		about += ", with a PIN before the code"
	}
	a.print("  token       %s", about)
	if t.OwnPIN {
		a.print("  PIN         set by you")
	}
	if t.Drift != 0 {
		a.print("  drift       its clock was %s when it was seen last",
			words.AheadOrBehind(time.Duration(t.Drift)*time.Second))
	}
}

func myState(u *ask.Account) string {
	switch {
	case u.Disabled:
		return "disabled by the administrator: every code is refused"
	case u.Locked && u.LockedUntil.IsZero():
		return "locked after too many wrong codes, until the administrator unlocks you"
	case u.Locked:
		return "locked after too many wrong codes, until " +
			u.LockedUntil.Local().Format(time.DateTime)
	}
	return "ok: may log in"
}

func (a *app) myFailures(u *ask.Account) string {
	if u.Failures == 0 {
		return "none"
	}
	return fmt.Sprintf("%d in a row, of %d that lock; the last %s", u.Failures,
		u.MaxFailures, a.whenAt(moment(u.LastFailure)))
}

// mySync has motpd learn the clock of the caller's token.
func (a *app) mySync() error {
	t, err := term.Open()
	if err != nil {
		return fmt.Errorf("%w for a code: start motp in one", err)
	}
	defer t.Close()
	q := ask.Query{Verb: ask.Sync}
	for question := "A code that the token shows: "; question != ""; {
		if q.Code, err = askCodeOf(t, question); err != nil {
			return err
		}
		reply, err := askMotpd(q)
		if err != nil {
			return err
		}
		question, q.Ticket = reply.Next, reply.Ticket
	}
	a.say("the token's clock is known now; log in with the next code")
	return nil
}

// askCodeOf asks for what is typed at a login, which may have a PIN before the code.
func askCodeOf(t *term.Terminal, question string) (string, error) {
	code, err := t.AskHidden(question)
	if err == nil && code == "" {
		err = errors.New("no code was typed")
	}
	return code, err
}

// myPIN gives the caller's token another PIN.
func (a *app) myPIN() error {
	reply, err := askMotpd(ask.Query{Verb: ask.Status})
	if err != nil {
		return err
	}
	if reply.User == nil || reply.User.SelfService != conf.SelfServiceYes.String() {
		return errors.New("the administrator has not allowed it: self_service = yes in " +
			conf.DefaultPath)
	}
	t, err := term.Open()
	if err != nil {
		return fmt.Errorf("%w for the PIN: start motp in one", err)
	}
	defer t.Close()
	code, err := askCodeOf(t, "Your current code, with the old PIN: ")
	if err != nil {
		return err
	}
	typed, err := askPINTwice(t, "Your new PIN: ", strictest(reply.User.Tokens), pinFlags{})
	if err != nil {
		return fmt.Errorf("the new PIN: %w", err)
	}
	reply, err = askMotpd(ask.Query{Verb: ask.PIN, Code: code, PIN: typed})
	if err != nil {
		return err
	}
	for _, w := range pin.Warnings(motp.MobileOTP.Kind(), typed) {
		a.warn("the new PIN %s", w)
	}
	a.say("the new PIN is in force: use it with the next code")
	return nil
}

// strictest is the kind among some tokens that asks most of a PIN: nobody knows yet which of them
// the code is of.
func strictest(tokens []ask.Token) *motp.Kind {
	for _, t := range tokens {
		if kind, ok := motp.ParseType(t.Type); ok && kind.Kind().PINInCode {
			return kind.Kind()
		}
	}
	if slices.ContainsFunc(tokens, func(t ask.Token) bool { return t.PIN }) {
		return motp.MobileOTP.Kind()
	}
	return motp.TOTP.Kind()
}
