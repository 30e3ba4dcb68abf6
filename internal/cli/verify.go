package cli

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// verify checks a code and uses it up.
func (a *app) verify() *cobra.Command {
	var stdin bool
	var name string
	cmd := &cobra.Command{
		Use:   "verify USER [--token NAME] [--code-stdin] [--dry-run] [--json]",
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
				user.Tokens, user.Paper = []motp.Token{*token}, motp.PaperCodes{}
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
			a.tellVerified(user.Name, result)
			return nil
		},
	}
	a.tokenFlag(cmd, &name, "`NAME` of the only token whose codes are right (default: any)")
	cmd.Flags().BoolVar(&stdin, "code-stdin", false, "read the code from standard input")
	a.changes(cmd)
	return cmd
}

// tellVerified tells of a right code.
func (a *app) tellVerified(user string, result motp.Result) {
	code, left := "code", ""
	if result.Paper {
		code, left = "paper code", fmt.Sprintf("; %d left", result.PaperLeft)
	}
	if a.dryRun {
		a.say("%s: the %s would be accepted; it is not used up",
			shown.Token(user, result.Token), code)
		return
	}
	a.say("%s: the %s is accepted, and used up%s", shown.Token(user, result.Token), code, left)
}

// newCode asks for a code, or reads it from standard input.
func (a *app) newCode(user string, stdin bool) (string, error) {
	if stdin {
		return a.readOneLine("the code of " + shown.Name(user))
	}
	t, err := term.Open()
	if err != nil {
		return "",
			fmt.Errorf("%w for a code of %s: start motp in one, or give the code "+
				"with --code-stdin", err, shown.Name(user))
	}
	defer t.Close()
	code, err := t.Ask("Code of " + shown.Name(user) + ": ")
	if err != nil {
		return "", fmt.Errorf("a code of %s: %w", shown.Name(user), err)
	}
	return code, nil
}

// attempt verifies a code, on a copy of the record if nothing is to be changed.
func (a *app) attempt(
	policy motp.Policy, user motp.User, code string, now time.Time,
) (motp.Result, error) {
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
