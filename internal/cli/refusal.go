package cli

import (
	"fmt"
	"time"

	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/internal/diagnose"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// refusal tells why a code was refused, and what to do about it.
func (a *app) refusal(
	policy motp.Policy, user motp.User, code string, now time.Time, result motp.Result,
) error {
	name := shown.Name(user.Name)
	counted := fmt.Sprintf("failure %d of %d", result.Failures, policy.MaxFailures)
	known := a.knownTokens(user)
	type search func(motp.Policy, []motp.Token, string, time.Time) diagnose.Reason
	guess := func(how search) string {
		if words := byTablePIN(policy, user, known, code, now); words != "" {
			return words
		}
		return inWords(user.Name, how(policy, known, code, now))
	}
	switch result.Verdict {
	case motp.Wrong:
		return fmt.Errorf("%s: wrong code, %s%s", name, counted, guess(diagnose.Answer))
	case motp.Repeated:
		const again = "%s: the same wrong code as before, which is not counted again%s"
		return fmt.Errorf(again, name, guess(diagnose.Answer))
	case motp.Replay:
		if result.Paper {
			return fmt.Errorf("%s: this paper code was used before: take another", name)
		}
		return fmt.Errorf("%s: this code was used before: wait for the next", name)
	case motp.Old:
		if result.Paper {
			return fmt.Errorf("%s: this paper code is of a set that is good no more: "+
				"\"motp codes %s\" prints another", name,
				shown.Argument(user.Name))
		}
		return fmt.Errorf("%s: this code is too old: a much newer one was used before, "+
			"or the clock was set back", name)
	case motp.Malformed:
		forced := user
		if tokens, err := a.inForce(user); err == nil {
			forced.Tokens = tokens
		}
		return fmt.Errorf("%s: this is no code, which has %s; %s%s",
			name, codeformat.Forms(forced), counted, guess(diagnose.WithoutPIN))
	case motp.Empty:
		return fmt.Errorf("%s: no code was given", name)
	case motp.Locked:
		return fmt.Errorf("%s: is locked after %s: \"motp unlock %s\" ends it",
			name, words.Count(result.Failures, "failure"), shown.Argument(user.Name))
	case motp.Disabled:
		return fmt.Errorf("%s: is disabled: \"motp enable %s\" ends it",
			name, shown.Argument(user.Name))
	default:
		return fmt.Errorf("%s: refused: %v", name, result.Verdict)
	}
}

// inWords is a reason as it is put behind an error.
func inWords(user string, r diagnose.Reason) string {
	switch r.Kind {
	case diagnose.MissingPIN:
		return ": it is a right code of " + shown.Token(user, r.Token.Name) +
			", but the PIN is missing before it"
	case diagnose.Clock:
		return fmt.Sprintf(": it seems that %s; \"motp sync %s\" stores that",
			r.Story, shown.TokenArgument(user, r.Token.Name))
	case diagnose.Likely:
		return ": it seems that " + r.Story
	case diagnose.Unknown:
		return ": " + r.Story
	}
	return ""
}
