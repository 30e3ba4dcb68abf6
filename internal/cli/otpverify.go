package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// otpverifyName is the name of the script that this verb stands in for. A program called by it is that script.
const otpverifyName = "otpverify.sh"

// otpverify checks a code as otpverify.sh did: everything is in the arguments, nothing in a table.
//
// Its mistakes are not kept. A negative offset is one. Letters in a PIN, capitals in a secret and odd characters in a name mean what they say; the script
// put 0 or X in their place, so that two names could share a record. Used codes are remembered for
// good and for each secret, not for everyone and for five minutes. Two runs at once accept a code
// once. An empty secret or PIN is refused: with both empty, the script took a code that anyone can
// compute.
func (a *app) otpverify() *cobra.Command {
	cmd := &cobra.Command{
		Use: "otpverify [--radius] USER OTP SECRET PIN OFFSET\n" +
			"  motp otpverify --radius [--attributes]\n" +
			"  motp otpverify --unlock USER",
		Short: "Check a code as otpverify.sh did, or for a RADIUS server",
		Long: `Check a code and use it up, with the arguments, words and exit codes of
otpverify.sh; also when motp is called by that name. OFFSET is how far the token
is ahead, in steps of ten seconds or as 1h. It prints ACCEPT or FAIL:

  0  accepted            4  wrong arguments
  1  wrong code          5  the code was used before, or is empty
  3  user is locked      7  the records cannot be read or written

Other users of this machine may see the arguments of running commands. These
users stand in no table; their records are in the folder .otpverify below
--state. Used codes and failures belong to SECRET, however USER is spelled; the
record has the name that was typed first with it, and
"motp otpverify --unlock USER" ends a lock there.

With --radius it prints nothing, since FreeRADIUS takes output for attributes,
and 3 for success. It writes a line to the system's log, and exits with

  0  accepted            10  wrong arguments or environment
  1  refused             11  the table or the records cannot be read or written

--radius alone takes user and code from USER_NAME and USER_PASSWORD, as
FreeRADIUS sets them, and the rest from the table (--conf): it is a login, with
the same records as any other. With --attributes, secret, PIN and offset come
from SECRET, PIN and OFFSET instead. Names that hold control characters, plain
or in an escape of FreeRADIUS, are refused. See examples/freeradius.`,
		Example: `  motp otpverify alice 6ed4e4 0123456789abcdef 6666 -360
  motp otpverify --unlock alice
  USER_NAME=alice USER_PASSWORD=6ed4e4 motp otpverify --radius`,
		// An offset may begin with a dash, and so may a name that came over the network: see parseOTPCall.
		DisableFlagParsing: true,
		Args:               cobra.ArbitraryArgs,
		ValidArgsFunction:  cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
				return cmd.Help()
			}
			if call, err := parseOTPCall(args); err == nil && call.unlock != "" {
				return a.unlockOTP(call)
			}
			if status := a.answerOTP(args); status != exitOK {
				return exitStatus(status)
			}
			return nil
		},
	}
	// for --help alone: parseOTPCall reads them
	cmd.Flags().Bool("radius", false, "answer FreeRADIUS: print nothing, and exit with its codes")
	cmd.Flags().Bool("attributes", false, "with --radius, take SECRET, PIN and OFFSET from the environment")
	cmd.Flags().String("unlock", "", "end the lock of a `USER` of this verb, not of the table")
	return cmd
}

// start runs the command, or the script whose name it was called by. Nothing has succeeded whose output is lost.
func (a *app) start(argv []string) int {
	a.out = &term.Output{Writer: a.out}
	exit := a.runAs(argv)
	if err := term.Written(a.out); exit == exitOK && err != nil {
		a.complain(err)
		return exitFailure
	}
	return exit
}

func (a *app) runAs(argv []string) int {
	if len(argv) > 0 && filepath.Base(argv[0]) == otpverifyName {
		return a.answerOTP(argv[1:])
	}
	return a.run(argv[1:])
}

// An exitStatus is an error that has been told already, and only sets the exit code.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// An otpAnswer is what becomes of a code. The zero value is no success.
type otpAnswer int

const (
	otpTrouble  otpAnswer = iota // nothing is known: table or records cannot be read or written
	otpMisuse                    // arguments or environment
	otpAccepted                  // and only this lets anybody in
	otpWrong
	otpUsed
	otpLocked
)

// otpWords are what each answer looks like: to whoever knows otpverify.sh, and to FreeRADIUS, whose rlm_exec takes 0, 3, 8 and 9 for some kind of success,
// 1 for a refusal, and 10 and above for a failure.
var otpWords = map[otpAnswer]struct {
	word         string
	exit, radius int
}{
	otpAccepted: {"ACCEPT", 0, 0},
	otpWrong:    {"FAIL", 1, 1},
	otpLocked:   {"FAIL", 3, 1},
	otpMisuse:   {"USAGE: otpverify.sh Username, OTP, Init-Secret, PIN, Offset", 4, 10},
	otpUsed:     {"FAIL", 5, 1},
	otpTrouble:  {"FAIL! Need write-access to %s", 7, 11},
}

// answerOTP checks the code that the arguments or the environment tell of, says what became of it, and returns the exit code.
func (a *app) answerOTP(args []string) int {
	call, err := parseOTPCall(args)
	answer := otpMisuse
	switch {
	case err != nil:
		call.radius = slices.Contains(args, "--radius") // and not on the way to it only
	case call.unlock != "":
		err = errors.New(`--unlock is a call of its own: "motp otpverify --unlock USER"`)
	case call.fromTable():
		answer, err = a.logInByRADIUS(call)
	default:
		answer, err = a.checkOTP(call)
	}
	if err != nil {
		a.complain(err)
	}
	words := otpWords[answer]
	if call.radius {
		return words.radius
	}
	a.print("%s", strings.Replace(words.word, "%s", call.records(), 1))
	return words.exit
}

// checkOTP checks a code with the secret, PIN and offset that came with it.
func (a *app) checkOTP(call otpCall) (otpAnswer, error) {
	user, otp, err := call.user()
	if err != nil {
		return otpMisuse, err
	}
	if call.radius && call.nameIsBad(user.Name) {
		a.logBadName()
		return otpWrong, nil
	}
	var result motp.Result
	var why string
	if err = call.makeRecords(); err == nil {
		result, why, err = call.verifyOTP(context.Background(), user, otp, a.now())
	}
	if call.radius {
		a.logOTP(user.Name, result, why, err)
	}
	switch {
	case errors.Is(err, motp.ErrUser):
		return otpMisuse, err
	case err != nil:
		return otpTrouble, err
	}
	switch result.Verdict {
	case motp.Accepted:
		return otpAccepted, nil
	case motp.Locked:
		return otpLocked, nil
	case motp.Replay, motp.Old, motp.Empty: // an empty code hit the script's folder of used ones
		return otpUsed, nil
	default:
		return otpWrong, nil
	}
}

// unlockOTP ends a lock, of all records that the name has. Without the user's secret it cannot mend
// a damaged one: used codes would be good again.
func (a *app) unlockOTP(call otpCall) error {
	ctx, verifier, user := context.Background(), call.verifier(), shown.Name(call.unlock)
	records, err := call.recordsOfName(call.unlock)
	if err != nil {
		return err
	}
	locked, failures := false, 0
	for _, name := range records {
		status, err := verifier.Status(ctx, motp.User{Name: name}, a.now())
		switch {
		case errors.Is(err, motp.ErrCorrupt), err == nil && status.Doubt:
			return fmt.Errorf("%s: %s: the record is damaged: remove it,"+
				" once the codes of the last login are over six minutes old", call.path(name), user)
		case err != nil:
			return err
		}
		locked, failures = locked || status.Locked, failures+status.Failures
	}
	if len(records) == 0 {
		path := call.path(call.unlock)
		err := fmt.Errorf("%s: there is no record of %s: nothing to unlock", path, user)
		if names := call.locked(ctx, a.now()); len(names) > 0 {
			err = fmt.Errorf("%w; locked here: %s", err, strings.Join(names, ", "))
		}
		return err
	}
	for _, name := range records {
		err := verifier.Unlock(ctx, motp.User{Name: name}, a.now())
		if errors.Is(err, motp.ErrBusy) {
			return fmt.Errorf("%w%s", err, a.pastHolder("", call.path(name)))
		}
		if err != nil {
			return err
		}
	}
	if locked {
		a.say("%s is unlocked", user)
	} else {
		a.say("%s was not locked; %s forgotten", user, words.Count(failures, "failure"))
	}
	return nil
}

// records is the folder of the records of users who stand in no table. No user of the table can have a record of this name, since none begins with a dot.
func (c otpCall) records() string { return filepath.Join(c.state, scriptRecords) }

// path is the file of a record.
func (c otpCall) path(record string) string {
	return filepath.Join(c.records(), motp.EncodeName(record))
}

func (c otpCall) verifier() motp.Verifier {
	return place{state: c.records()}.verifier(motp.DefaultPolicy)
}

// defaultOTPCall is a call without options.
func defaultOTPCall() otpCall { return otpCall{conf: conf.DefaultPath, state: conf.DefaultState} }
