package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/diagnose"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// storeOffset writes the offset into the table, uses up the codes that it came from, and tells what
// it means. What the record has learned of the clock is forgotten, since the offset says it now.
func (a *app) storeOffset(
	policy motp.Policy, user motp.User, token *motp.Token, offset time.Duration, codes []string,
) error {
	name := shown.Token(user.Name, token.Name)
	if offset.Abs() <= token.StepLength() { // which is how long a code takes to type
		offset = 0
	}
	a.say("%s: %s", name, diagnose.ExplainOffset(offset))
	if offset != token.Offset && offset.Abs() > diagnose.FarthestZone {
		if err := a.confirmFar(user, token, offset); err != nil {
			return err
		}
	}
	same := offset == token.Offset
	err := a.commit("the offset of "+name+" is stored", func() error {
		return a.keepOffset(policy, user, token, offset, codes)
	})
	if same && len(codes) == 0 {
		a.unchanged()
	}
	if err != nil || a.dryRun {
		return err
	}
	return a.tellTooOld(policy, user, *token)
}

// keepOffset writes an offset, and has the record know of it.
func (a *app) keepOffset(
	policy motp.Policy, user motp.User, token *motp.Token, offset time.Duration, codes []string,
) error {
	name := shown.Token(user.Name, token.Name)
	before := token.Offset
	if err := a.writeOffset(user.Name, token.Name, offset); err != nil {
		return a.explain(user.Name, err)
	}
	if before == offset {
		a.say("%s: the table had that already", name)
	} else {
		a.did(name, fmt.Sprintf("in the table with an offset of %s; it was %s",
			conf.FormatOffset(offset), conf.FormatOffset(before)))
	}
	if a.dryRun {
		return nil
	}
	token.Offset = offset
	v := a.verifier(policy)
	if err := v.ForgetClock(context.Background(), user, token.Name, a.now()); err != nil {
		return fmt.Errorf("the offset is stored, but the record still has what it had "+
			"learned of the clock: %w", a.explain(user.Name, err))
	}
	for _, code := range codes {
		result, err := v.UseUp(context.Background(), user, code, a.now())
		if err != nil {
			return fmt.Errorf("the offset is stored, but the codes are not used up: %w",
				a.explain(user.Name, err))
		}
		if result.Verdict == motp.Locked {
			a.warn("%s is locked: \"motp unlock %s\" ends it",
				name, shown.Argument(user.Name))
			break
		}
	}
	return nil
}

// confirmFar asks whether an offset is meant that no time zone explains. Such a clock has a wrong
// date, or the number was misread; somebody who mends the date later is locked out by the offset.
func (a *app) confirmFar(user motp.User, token *motp.Token, offset time.Duration) error {
	name, far := shown.Token(user.Name, token.Name), conf.FormatOffset(offset)
	mend := fmt.Sprintf("put the date of the phone right, then \"motp sync %s\"; nothing is "+
		"changed",
		shown.TokenArgument(user.Name, token.Name))
	if err := a.maySet(user.Name, token.Name, "offset", far); err != nil {
		return err // there is nothing to ask
	}
	refused := fmt.Errorf("%s: no time zone is more than 14 hours off: %s. "+
		"To keep an offset of %s all the same, run this in a terminal", name, mend, far)
	if a.dryRun {
		return refused
	}
	t, err := term.Open()
	if err != nil {
		return refused
	}
	defer t.Close()
	yes, err := t.Confirm("Keep an offset of " + far + " in the table all the same?")
	if err != nil || !yes {
		return fmt.Errorf("%s: %s", name, mend)
	}
	return nil
}

// tellTooOld tells whether a token's codes are too old, since newer ones were used before its clock
// was put back, and until when.
func (a *app) tellTooOld(policy motp.Policy, user motp.User, token motp.Token) error {
	record, err := a.verifier(policy).Status(context.Background(), user, a.now())
	if err != nil {
		return a.explain(user.Name, err)
	}
	at := slices.IndexFunc(user.Tokens, func(t motp.Token) bool { return t.Name == token.Name })
	from := record.Tokens[at].AcceptedFrom(token, a.now())
	if from.IsZero() {
		return nil
	}
	which := shown.TokenArgument(user.Name, token.Name)
	a.say("%s: a newer code was used before: codes are accepted from %s on; at once with a "+
		"new secret (\"motp remove %s\", then \"motp add %s\")",
		shown.Token(user.Name, token.Name), from.Local().Format(time.DateTime),
		which, which)
	return nil
}

func (a *app) writeOffset(user, token string, offset time.Duration) error {
	of := conf.Address{User: user, Token: token}
	if offset == 0 {
		return a.editor().Unset(of, "offset")
	}
	return a.editor().Set(of, "offset", conf.FormatOffset(offset))
}

// syncCounter finds a HOTP token's counter from two codes, and stores that of the code after them;
// so the two are used up.
func (a *app) syncCounter(policy motp.Policy, user motp.User, token *motp.Token) error {
	name := shown.Token(user.Name, token.Name)
	other := strconv.FormatInt(token.Counter+1, 10)
	if err := a.maySet(user.Name, token.Name, "counter", other); err != nil {
		return err
	}
	known, err := a.tokenInForce(user, *token)
	if err != nil {
		return err
	}
	first, second, err := askTwoCodes(name, known)
	if err != nil {
		return err
	}
	if err := a.knowCounters(user); err != nil {
		return err
	}
	counter, ok := diagnose.CounterOfTwo(*token, first, second)
	next := counter + 1
	switch {
	case !ok:
		return fmt.Errorf("%s: the two codes do not follow each other: %s",
			name, diagnose.Advice(*token))
	case next < token.Counter:
		return fmt.Errorf("%s: these two codes are %s behind what was used already, as "+
			"with a token that was set back: give it a new secret",
			name, words.Count(token.Counter-next, "code"))
	}
	a.say("%s: %s were made since the last login",
		name, words.Count(next-token.Counter, "code"))
	err = a.commit("the counter of "+name+" is stored", func() error {
		of := conf.Address{User: user.Name, Token: token.Name}
		return a.editor().Set(of, "counter", strconv.FormatInt(next, 10))
	})
	if err != nil {
		return a.explain(user.Name, err)
	}
	a.did(name, fmt.Sprintf("in the table with a counter of %d", next))
	return nil
}
