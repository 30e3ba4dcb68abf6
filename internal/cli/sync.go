package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/internal/diagnose"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// sync finds and stores how far the clock of a user's token is off.
func (a *app) sync() *cobra.Command {
	var name, epoch string
	cmd := &cobra.Command{
		Use:   "sync [USER] [--token NAME] [--epoch DIGITS] [--dry-run] [--json]",
		Short: "Find and store how far a phone's clock is off, or a counter",
		Long: `Find how far the clock of a user's token is off, and store it in the
table, from two codes that the token shows one after the other; they are used
up. Up to 14 hours either way are searched. Or, with Mobile-OTP, from the number
that the token's Info screen shows, nine digits. More than 14 hours, which no
time zone explains, are stored only if a person at a terminal insists. Of HOTP
the counter is found and stored.

A user who is not root puts his own token's clock right, without a name: motpd
asks for codes, and learns the clock (self_service in motp.conf).`,
		Example: `  motp sync alice
  motp sync alice --token tablet
  motp sync alice --epoch 179533396`,
		Args:              a.oneUserOrMyself,
		ValidArgsFunction: a.completeUser,
		RunE: a.orMyself(a.mySync, func(cmd *cobra.Command, args []string) error {
			return a.syncToken(cmd, args[0], name, epoch)
		}),
	}
	a.tokenFlag(cmd, &name, whichToken)
	cmd.Flags().StringVar(&epoch, "epoch", "",
		"the number on the token's Info screen, nine digits")
	a.changes(cmd)
	return cmd
}

// syncToken finds out how far a token's clock is off, and stores it.
func (a *app) syncToken(cmd *cobra.Command, of, name, epoch string) error {
	byEpoch := cmd.Flags().Changed("epoch")
	if byEpoch {
		if err := checkEpoch(epoch); err != nil {
			return err
		}
	}
	policy, user, err := a.lookup(of)
	if err != nil {
		return err
	}
	token, err := pickToken(user, name)
	switch {
	case err != nil:
		return err
	case byEpoch && token.Type != motp.MobileOTP:
		return fmt.Errorf("%s: only a token of Mobile-OTP shows an "+
			"epoch, and this is one of %s",
			shown.Token(user.Name, name), codeformat.Kind(*token))
	case byEpoch:
		offset := epochOffset(epoch, a.now())
		return a.storeOffset(policy, user, token, offset, nil)
	case counts(*token):
		return a.syncCounter(policy, user, token)
	}
	other := conf.FormatOffset(token.Offset + time.Hour)
	if err := a.maySet(user.Name, token.Name, "offset", other); err != nil {
		return err
	}
	offset, codes, err := a.offsetOfCodes(policy, user, token)
	if err != nil {
		return err
	}
	return a.storeOffset(policy, user, token, offset, codes)
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

// epochOffset is the offset of a token that shows this epoch.
func epochOffset(epoch string, now time.Time) time.Duration {
	steps, err := strconv.ParseInt(epoch, 10, 64)
	must(err) // nine digits are a number
	return diagnose.OffsetOfEpoch(steps, now)
}

// offsetOfCodes asks for two codes and finds out what clock they come from. It returns what would
// be typed at a login for them.
func (a *app) offsetOfCodes(
	policy motp.Policy, user motp.User, token *motp.Token,
) (time.Duration, []string, error) {
	name := shown.Token(user.Name, token.Name)
	known, err := a.tokenInForce(user, *token)
	if err != nil {
		return 0, nil, err
	}
	first, second, err := askTwoCodes(name, known)
	if err != nil {
		return 0, nil, err
	}
	now := a.now()
	offset, ok := diagnose.OffsetOfTwo(known, first, second, now)
	if !ok {
		why := diagnose.Code(policy, []motp.Token{known}, second, now)
		return 0, nil, fmt.Errorf("%s: the two codes do not follow each other at any time "+
			"within 14 hours of now%s", name, inWords(user.Name, why))
	}
	codes := []string{codeformat.Answer(known, first), codeformat.Answer(known, second)}
	return offset, codes, nil
}

// askTwoCodes asks for two codes in a row.
func askTwoCodes(name string, token motp.Token) (first, second string, err error) {
	t, err := term.Open()
	if err != nil {
		hint := ""
		if token.Type == motp.MobileOTP {
			hint = ", or use --epoch"
		}
		return "", "", fmt.Errorf("%w for two codes of %s: start motp in one%s",
			err, name, hint)
	}
	defer t.Close()
	first, err = askCode(t, token, "A code that the token shows: ")
	if err != nil {
		return "", "", fmt.Errorf("a code of %s: %w", name, err)
	}
	second, err = askCode(t, token, "The next code, when it shows another: ")
	if err != nil {
		return "", "", fmt.Errorf("the next code of %s: %w", name, err)
	}
	if first == second {
		return "", "",
			fmt.Errorf("%s: these are one code twice: wait until the token shows "+
				"another, and try again", name)
	}
	return first, second, nil
}
