package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// sync finds and stores how far the clock of a user's token is off.
func (a *app) sync() *cobra.Command {
	var epoch string
	cmd := &cobra.Command{
		Use:   "sync USER [--epoch DIGITS] [--dry-run]",
		Short: "Find and store how far a phone's clock is off",
		Long: `Find how far the clock of a user's token is off, and store it in the table, from
two codes that the token shows one after the other; they are used up. Up to 14
hours either way are searched. Or from the number that the token's Info screen
shows, nine digits.`,
		Example: `  motp sync alice
  motp sync alice --epoch 128797806`,
		Args:              oneUser,
		ValidArgsFunction: a.completeUser,
		RunE: func(cmd *cobra.Command, args []string) error {
			byEpoch := cmd.Flags().Changed("epoch")
			if byEpoch {
				if err := checkEpoch(epoch); err != nil {
					return err
				}
			}
			policy, user, err := a.lookup(args[0])
			if err != nil {
				return err
			}
			if _, err := mobileOTP(user); err != nil {
				return err
			}
			var offset time.Duration
			var codes []string
			if byEpoch {
				offset = offsetOfEpoch(epoch, a.now())
			} else if offset, codes, err = a.offsetOfCodes(policy, user); err != nil {
				return err
			}
			return a.storeOffset(policy, user, offset, codes)
		},
	}
	cmd.Flags().StringVar(&epoch, "epoch", "", "the number on the token's Info screen, nine digits")
	a.changes(cmd)
	return cmd
}

func checkEpoch(s string) error {
	switch {
	case strings.Trim(s, "0123456789") != "":
		return usagef("--epoch has digits only")
	case len(s) == 10:
		return usagef("--epoch has nine digits: leave out the last")
	case len(s) != 9:
		return usagef("--epoch has nine digits")
	}
	return nil
}

// offsetOfEpoch compares the number of steps since 1970 that a token shows with our own.
func offsetOfEpoch(epoch string, now time.Time) time.Duration {
	steps, err := strconv.ParseInt(epoch, 10, 64)
	must(err) // nine digits are a number
	return time.Duration(steps-motp.Token{}.Step(now)) * motp.StepLength
}

// offsetOfCodes asks for two codes and finds out what clock they come from.
func (a *app) offsetOfCodes(policy motp.Policy, user motp.User) (time.Duration, []string, error) {
	name := show(user.Name)
	t, err := openTerminal()
	if err != nil {
		return 0, nil, fmt.Errorf("%w for two codes of %s: start motp in one, or use --epoch", err, name)
	}
	defer t.close()
	first, err := t.askCode("A code that the token shows: ")
	if err != nil {
		return 0, nil, fmt.Errorf("a code of %s: %w", name, err)
	}
	second, err := t.askCode("The next code, when it shows another: ")
	if err != nil {
		return 0, nil, fmt.Errorf("the next code of %s: %w", name, err)
	}
	now := a.now()
	if first == second {
		return 0, nil, fmt.Errorf("%s: these are one code twice: wait until the token shows another, and try again", name)
	}
	token := user.Tokens[0]
	offset, ok := findOffsetOfTwo(token, first, second, now)
	if !ok {
		return 0, nil, fmt.Errorf("%s: the two codes do not follow each other at any time within 14 hours of now%s", name, a.guess(policy, user, second, now))
	}
	return offset, []string{first, second}, nil
}

// askCode asks for a code until the answer has the form of one, a few times.
func (t *terminal) askCode(question string) (string, error) {
	for range checkTries {
		typed, err := t.ask(question)
		if err != nil {
			return "", err
		}
		if code := normalize(typed); isCode(code) {
			return code, nil
		}
		t.tell("That is no code: it has six digits, 0 to 9 and a to f.")
	}
	return "", errors.New("no code was typed")
}

// storeOffset writes the offset into the table, uses up the codes that it came from, and tells what it means.
func (a *app) storeOffset(policy motp.Policy, user motp.User, offset time.Duration, codes []string) error {
	name := show(user.Name)
	if offset.Abs() <= motp.StepLength { // which is how long a code takes to type
		offset = 0
	}
	a.say("%s: %s", name, explainOffset(offset))
	before := user.Tokens[0].Offset
	if err := a.writeOffset(user.Name, offset); err != nil {
		return a.explain(user.Name, err)
	}
	if before == offset {
		a.say("%s: the table had that already", name)
	} else {
		a.did(user.Name, fmt.Sprintf("in the table with an offset of %s; it was %s", conf.FormatOffset(offset), conf.FormatOffset(before)))
	}
	if a.dryRun {
		return nil
	}
	user.Tokens[0].Offset = offset
	for _, code := range codes {
		result, err := a.attempt(policy, user, code, a.now())
		if err != nil {
			return fmt.Errorf("the offset is stored, but the codes are not used up: %w", err)
		}
		if result.Verdict == motp.Locked {
			a.warn("%s is locked: \"motp unlock %s\" ends it", name, argument(user.Name))
			break
		}
	}
	return nil
}

func (a *app) writeOffset(name string, offset time.Duration) error {
	if offset == 0 {
		return a.editor().Unset(name, "offset")
	}
	return a.editor().Set(name, "offset", conf.FormatOffset(offset))
}

// explainOffset tells in words what an offset means.
func explainOffset(offset time.Duration) string {
	if offset == 0 {
		return "the phone's clock is right"
	}
	s := "the phone is " + aheadOrBehind(offset)
	whole := offset.Round(zone)
	rest := offset - whole
	switch {
	case offset.Abs() > farthestZone:
		return s + ": is its date right?"
	case whole == 0 || rest.Abs() > nearZone*motp.StepLength:
		return s
	case rest == 0:
		return s + ", as with another time zone"
	default:
		return s + ": " + inWords(whole.Abs()) + " like another time zone, and " + aheadOrBehind(rest)
	}
}
