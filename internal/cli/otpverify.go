package cli

import (
	"github.com/pam-motp/pam-motp/internal/otpverify"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/spf13/cobra"
)

// otpverify checks a code as otpverify.sh did: everything is in the arguments, nothing in a table.
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
		// An offset may begin with a dash, and so may a name that came over the network.
		DisableFlagParsing: true,
		Args:               cobra.ArbitraryArgs,
		ValidArgsFunction:  cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
				return cmd.Help()
			}
			if call, err := otpverify.Parse(args); err == nil && call.Unlock != "" {
				return a.unlockOTP(call)
			}
			if status := a.answerOTP(args); status != exitOK {
				return exitStatus(status)
			}
			return nil
		},
	}
	// for --help alone: package otpverify reads them
	cmd.Flags().Bool("radius",
		false, "answer FreeRADIUS: print nothing, and exit with its codes")
	cmd.Flags().Bool("attributes",
		false, "with --radius, take SECRET, PIN and OFFSET from the environment")
	cmd.Flags().String("unlock", "", "end the lock of a `USER` of this verb, not of the table")
	return cmd
}

// answerOTP checks a code, says what became of it, and returns the exit code.
func (a *app) answerOTP(args []string) int {
	word, exit, err := otpverify.Run(args, otpverify.Env{Now: a.now, Log: a.log})
	if err != nil {
		a.complain(err)
	}
	if word != "" {
		a.print("%s", word)
	}
	return exit
}

// log writes a line to the system's log, and to standard error for whoever watches: FreeRADIUS
// shows that with -X only.
func (a *app) log(priority int, line string) {
	a.say("%s", line)
	otpverify.SysLog(a.now(), priority, line)
}

// unlockOTP ends a lock, and tells of it.
func (a *app) unlockOTP(call otpverify.Call) error {
	done, err := call.EndLock(a.now())
	if err != nil {
		return err
	}
	if done.Locked {
		a.say("%s is unlocked", shown.Name(call.Unlock))
		return nil
	}
	a.say("%s was not locked; %s forgotten",
		shown.Name(call.Unlock), words.Count(done.Failures, "failure"))
	return nil
}
