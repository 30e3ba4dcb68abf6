package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/internal/diagnose"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// checkTries is how many codes of a new token are looked at.
const checkTries = 3

// checkToken asks for a code of a user's new token, and helps where it does not fit. It may mend
// the token where the person agrees. What is typed at a login for the code that was right is
// returned, to be used up; nothing if the person does not want a check.
func (a *app) checkToken(
	t *term.Terminal, user string, token *motp.Token, policy motp.Policy,
) (right string, err error) {
	for range checkTries {
		typed, err := t.Ask("The code that the token shows now (Enter alone: no check): ")
		if err != nil {
			return "", fmt.Errorf("a code of %s: %w", shown.Name(user), err)
		}
		if strings.TrimSpace(typed) == "" {
			a.say("the token of %s is not checked", shown.Name(user))
			return "", nil
		}
		code, ok := codeformat.Read(*token, typed)
		if !ok {
			t.Tell("That is no code: it has " + codeformat.Form(*token) + ".")
			continue
		}
		now := a.now()
		steps, ok := diagnose.InWindow(*token, code, now, policy.Reach(*token))
		if ok {
			a.warnOfClock(user, *token, steps, policy)
		} else if ok, err = mendToken(t, user, token, code, now, policy); err != nil {
			return "", err
		}
		if ok {
			return codeformat.Answer(*token, code), nil
		}
	}
	return "", errors.New("no code was right")
}

// mendToken tells what a wrong code seems to come from, and makes that the token if it can be told
// to and the person agrees.
func mendToken(
	t *term.Terminal, user string, token *motp.Token, code string, now time.Time,
	policy motp.Policy,
) (mended bool, err error) {
	s, ok := diagnose.Find(*token, code, now, policy.Reach(*token))
	if !ok {
		s.Story = diagnose.Advice(*token)
	}
	t.Tell("The code is wrong: " + s.Story + ".")
	if s.Offer == "" {
		return false, nil
	}
	yes, err := t.Confirm(s.Offer)
	if err != nil {
		return false, fmt.Errorf("an answer about %s: %w", shown.Name(user), err)
	}
	if yes {
		*token = s.Token
	}
	return yes, nil
}

// warnOfClock warns of a clock that is off, though inside the window.
func (c *console) warnOfClock(user string, t motp.Token, steps int64, policy motp.Policy) {
	off := time.Duration(steps) * t.StepLength()
	if off.Abs() >= time.Minute {
		reach := time.Duration(policy.Reach(t)) * t.StepLength()
		c.warn("the clock of %s's token is %s; it must not go beyond %s",
			shown.Name(user), words.AheadOrBehind(off), words.Duration(reach))
	}
}

// askCode asks for a code until the answer has the form of one, a few times.
func askCode(t *term.Terminal, token motp.Token, question string) (string, error) {
	for range checkTries {
		typed, err := t.Ask(question)
		if err != nil {
			return "", err
		}
		if code, ok := codeformat.Read(token, typed); ok {
			return code, nil
		}
		t.Tell("That is no code: it has " + codeformat.Form(token) + ".")
	}
	return "", errors.New("no code was typed")
}
