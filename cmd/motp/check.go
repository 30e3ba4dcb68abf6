package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// checkTries is how many codes of a new token are looked at.
const checkTries = 3

// checkToken asks for a code of a new token, and helps where it does not fit. It may mend the user's token where the person agrees. The code that was right
// is returned, to be used up; none if the person does not want a check.
func (a *app) checkToken(t *terminal, user *motp.User, window time.Duration) (code string, err error) {
	token := &user.Tokens[0]
	for range checkTries {
		typed, err := t.ask("The code that the token shows now (Enter alone: no check): ")
		if err != nil {
			return "", fmt.Errorf("a code of %s: %w", show(user.Name), err)
		}
		code := normalize(typed)
		if code == "" {
			a.say("the token of %s is not checked", show(user.Name))
			return "", nil
		}
		if !isCode(code) {
			t.tell("That is no code: it has six digits, 0 to 9 and a to f.")
			continue
		}
		now := a.now()
		if off, ok := drift(*token, code, now, window); ok {
			if off.Abs() >= time.Minute {
				a.warn("the clock of %s's token is %s; it must not go beyond %s", show(user.Name), aheadOrBehind(off), inWords(window))
			}
			return code, nil
		}
		s, ok := findSuspect(*token, code, now, window)
		if !ok {
			t.tell("The code is wrong: compare secret, PIN, date, time and time zone on the token.")
			continue
		}
		t.tell("The code is wrong: " + s.story + ".")
		if s.offer == "" {
			continue
		}
		yes, err := t.confirm(s.offer)
		if err != nil {
			return "", fmt.Errorf("an answer about %s: %w", show(user.Name), err)
		}
		if yes {
			*token = s.token
			return code, nil
		}
	}
	return "", errors.New("no code was right")
}

// normalize makes of what was typed what the verifier makes of it.
func normalize(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

// isCode tells whether a text has the form of a code.
func isCode(s string) bool {
	return len(s) == motp.CodeLength && strings.Trim(s, "0123456789abcdef") == ""
}
