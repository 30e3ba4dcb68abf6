package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// checkTries is how many codes of a new token are looked at.
const checkTries = 3

// checkToken asks for a code of a user's new token, and helps where it does not fit. It may mend the token where the person agrees. What is typed at a login
// for the code that was right is returned, to be used up; nothing if the person does not want a check.
func (a *app) checkToken(t *term.Terminal, user string, token *motp.Token, policy motp.Policy) (right string, err error) {
	for range checkTries {
		typed, err := t.Ask("The code that the token shows now (Enter alone: no check): ")
		if err != nil {
			return "", fmt.Errorf("a code of %s: %w", shown.Name(user), err)
		}
		if normalize(typed) == "" {
			a.say("the token of %s is not checked", shown.Name(user))
			return "", nil
		}
		code, ok := readCode(*token, typed)
		if !ok {
			t.Tell("That is no code: it has " + codeForm(*token) + ".")
			continue
		}
		now := a.now()
		if steps, ok := findCode(*token, code, now, policy.Reach(*token)); ok {
			a.warnOfClock(user, *token, steps, policy)
			return answer(*token, code), nil
		}
		s, ok := findSuspect(*token, code, now, policy.Reach(*token))
		if !ok {
			t.Tell("The code is wrong: " + advice(*token) + ".")
			continue
		}
		t.Tell("The code is wrong: " + s.story + ".")
		if s.offer == "" {
			continue
		}
		yes, err := t.Confirm(s.offer)
		if err != nil {
			return "", fmt.Errorf("an answer about %s: %w", shown.Name(user), err)
		}
		if yes {
			*token = s.token
			return answer(*token, code), nil
		}
	}
	return "", errors.New("no code was right")
}

// advice is what to look at where a code is wrong and nothing more is known.
func advice(t motp.Token) string {
	switch t.Type {
	case motp.TOTP:
		return "compare secret, date, time and time zone on the token"
	case motp.HOTP:
		return "compare the secret on the token"
	default:
		return "compare secret, PIN, date, time and time zone on the token"
	}
}

// warnOfClock warns of a clock that is off, though inside the window.
func (a *app) warnOfClock(user string, t motp.Token, steps int64, policy motp.Policy) {
	off := time.Duration(steps) * t.StepLength()
	if off.Abs() >= time.Minute {
		reach := time.Duration(policy.Reach(t)) * t.StepLength()
		a.warn("the clock of %s's token is %s; it must not go beyond %s", shown.Name(user), words.AheadOrBehind(off), words.Duration(reach))
	}
}
