package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// verify checks a code and uses it up.
func (a *app) verify() *cobra.Command {
	var stdin bool
	var name string
	cmd := &cobra.Command{
		Use:   "verify USER [--token NAME] [--code-stdin] [--dry-run]",
		Short: "Check a code and use it up, as a login does",
		Long: `Check a code of a user as a login does: a right one is used up and ends the
count of failures, a wrong one counts as a failure. It says what is wrong with a
wrong one. With --token, only that one's codes are right. The exit code is 0 for
a right code, 1 for any other.`,
		Example: `  motp verify alice
  echo 6ed4e4 | motp verify alice --code-stdin`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(cmd *cobra.Command, args []string) error {
			policy, user, err := a.lookup(args[0])
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("token") {
				token, err := pickToken(user, name)
				if err != nil {
					return err
				}
				user.Tokens = []motp.Token{*token}
			}
			code, err := a.newCode(user.Name, stdin)
			if err != nil {
				return err
			}
			now := a.now()
			result, err := a.attempt(policy, user, code, now)
			if err != nil {
				return err
			}
			if result.Verdict != motp.Accepted {
				return a.refusal(policy, user, code, now, result)
			}
			if a.dryRun {
				a.say("%s: the code would be accepted; it is not used up", shown.Token(user.Name, result.Token))
				return nil
			}
			a.say("%s: the code is accepted, and used up", shown.Token(user.Name, result.Token))
			return nil
		},
	}
	a.tokenFlag(cmd, &name, "`NAME` of the only token whose codes are right (default: any)")
	cmd.Flags().BoolVar(&stdin, "code-stdin", false, "read the code from standard input")
	a.changes(cmd)
	return cmd
}

// newCode asks for a code, or reads it from standard input.
func (a *app) newCode(user string, stdin bool) (string, error) {
	if stdin {
		return a.readOneLine("the code of " + shown.Name(user))
	}
	t, err := term.Open()
	if err != nil {
		return "", fmt.Errorf("%w for a code of %s: start motp in one, or give the code with --code-stdin", err, shown.Name(user))
	}
	defer t.Close()
	code, err := t.Ask("Code of " + shown.Name(user) + ": ")
	if err != nil {
		return "", fmt.Errorf("a code of %s: %w", shown.Name(user), err)
	}
	return code, nil
}

// attempt verifies a code, on a copy of the record if nothing is to be changed.
func (a *app) attempt(policy motp.Policy, user motp.User, code string, now time.Time) (motp.Result, error) {
	v := a.verifier(policy)
	if a.dryRun {
		scratch, err := a.copyRecord(user.Name)
		if err != nil {
			return motp.Result{}, a.explain(user.Name, err)
		}
		defer os.RemoveAll(scratch.state)
		v = scratch.verifier(policy)
	}
	var result motp.Result
	err := a.commit("the code of "+shown.Name(user.Name)+" is judged", func() (err error) {
		result, err = v.Verify(context.Background(), user, code, now)
		return err
	})
	return result, a.explain(user.Name, err)
}

// copyRecord makes a site with a copy of a user's record, if there is one, in a new folder.
func (s place) copyRecord(name string) (scratch place, err error) {
	nobody := motp.User{Name: name}
	if _, err := s.verifier(motp.Policy{}).Status(context.Background(), nobody, time.Time{}); err != nil {
		return place{}, err
	}
	record, err := os.ReadFile(s.record(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return place{}, err
	}
	folder, err := os.MkdirTemp("", "motp-")
	scratch = place{confPath: s.confPath, state: folder}
	if err == nil && record != nil {
		err = os.WriteFile(scratch.record(name), record, 0o600)
	}
	return scratch, err
}

// refusal tells why a code was refused, and what to do about it.
func (a *app) refusal(policy motp.Policy, user motp.User, code string, now time.Time, result motp.Result) error {
	name := shown.Name(user.Name)
	counted := fmt.Sprintf("failure %d of %d", result.Failures, policy.MaxFailures)
	switch result.Verdict {
	case motp.Wrong:
		return fmt.Errorf("%s: wrong code, %s%s", name, counted, a.guess(policy, user, code, now))
	case motp.Repeated:
		return fmt.Errorf("%s: the same wrong code as before, which is not counted again%s", name, a.guess(policy, user, code, now))
	case motp.Replay:
		return fmt.Errorf("%s: this code was used before: wait for the next", name)
	case motp.Old:
		return fmt.Errorf("%s: this code is too old: a much newer one was used before, or the clock was set back", name)
	case motp.Malformed:
		return fmt.Errorf("%s: this is no code, which has %s; %s%s", name, answerForms(user), counted, a.missingPIN(policy, user, code, now))
	case motp.Empty:
		return fmt.Errorf("%s: no code was given", name)
	case motp.Locked:
		return fmt.Errorf("%s: is locked after %s: \"motp unlock %s\" ends it", name, words.Count(result.Failures, "failure"), shown.Argument(user.Name))
	case motp.Disabled:
		return fmt.Errorf("%s: is disabled: \"motp enable %s\" ends it", name, shown.Argument(user.Name))
	default:
		return fmt.Errorf("%s: refused: %v", name, result.Verdict)
	}
}

// guess tells what a wrong answer may come from. A missing PIN comes first, of whichever token: there is no chance in it, as there is in a search of hours.
func (a *app) guess(policy motp.Policy, user motp.User, typed string, now time.Time) string {
	if hint := a.missingPIN(policy, user, typed, now); hint != "" {
		return hint
	}
	return a.guessCode(policy, user, typed, now)
}

// guessCode tells what a wrong code may come from, the PIN before it aside.
func (a *app) guessCode(policy motp.Policy, user motp.User, typed string, now time.Time) string {
	hint := ""
	for i := range user.Tokens {
		t := user.Tokens[i]
		code, ok := readCode(t, typed)
		if !ok || a.knowCounter(user, &t) != nil {
			continue
		}
		if hint == "" {
			hint = ": " + advice(t)
		}
		s, ok := findSuspect(t, code, now, policy.Reach(t))
		switch {
		case ok && (s.token.Offset != t.Offset || s.token.Counter != t.Counter):
			return fmt.Sprintf(": it seems that %s; \"motp sync %s\" stores that", s.story, shown.TokenArgument(user.Name, t.Name))
		case ok:
			return ": it seems that " + s.story
		}
	}
	return hint
}

// missingPIN tells of a code that would be right behind its PIN.
func (a *app) missingPIN(policy motp.Policy, user motp.User, typed string, now time.Time) string {
	for _, t := range user.Tokens {
		code := strings.TrimSpace(typed)
		if t.Type == motp.MobileOTP || t.PIN == "" || len(code) != digitsOf(t) || a.knowCounter(user, &t) != nil {
			continue
		}
		if _, ok := findCode(t, code, now, policy.Reach(t)); ok {
			return ": it is a right code of " + shown.Token(user.Name, t.Name) + ", but the PIN is missing before it"
		}
	}
	return ""
}

// knowCounter puts what the record knows of a HOTP token's counter into the token.
func (a *app) knowCounter(user motp.User, t *motp.Token) error {
	if t.Type != motp.HOTP {
		return nil
	}
	record, err := a.verifier(motp.DefaultPolicy).Status(context.Background(), user, a.now())
	if err != nil {
		return a.explain(user.Name, err)
	}
	for _, known := range record.Tokens {
		if known.Name == t.Name && known.Used {
			t.Counter = max(t.Counter, known.LastStep+1)
		}
	}
	return nil
}
