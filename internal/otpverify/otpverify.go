// Package otpverify checks a code as the script otpverify.sh did, for those who call it from
// scripts and from FreeRADIUS: everything is in the arguments or in the environment, nothing in a
// table, and the exit code is the answer. One call, that of "--radius" alone, is a login of a user
// of the table.
//
// The script's mistakes are not kept. A negative offset is one. Letters in a PIN, capitals in a
// secret and odd characters in a name mean what they say; the script put 0 or X in their place, so
// that two names could share a record. Used codes are remembered for good and for each secret, not
// for everyone and for five minutes. Two runs at once accept a code once. An empty secret or PIN is
// refused: with both empty, the script took a code that anyone can compute.
//
// The package must not know flags, help or output: it gets arguments, and gives an answer.
package otpverify

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
	"golang.org/x/sys/unix"
)

// Name is the name of the script. A program called by it is that script.
const Name = "otpverify.sh"

// An Answer is what becomes of a code. The zero value is no success.
type Answer int

// The answers. Only Accepted lets anybody in.
const (
	Trouble Answer = iota // nothing is known: table or records cannot be read or written
	Misuse                // arguments or environment
	Accepted
	Wrong
	Used
	Locked
)

// A form is what an answer looks like.
type form struct {
	word         string // %s is the folder of records
	exit, radius int
}

// forms are what the answers look like: to whoever knows otpverify.sh, and to FreeRADIUS, whose
// rlm_exec takes 0, 3, 8 and 9 for some kind of success, 1 for a refusal, and 10 and above for a
// failure.
var forms = map[Answer]form{
	Accepted: {"ACCEPT", 0, 0},
	Wrong:    {"FAIL", 1, 1},
	Locked:   {"FAIL", 3, 1},
	Misuse:   {"USAGE: otpverify.sh Username, OTP, Init-Secret, PIN, Offset", 4, 10},
	Used:     {"FAIL", 5, 1},
	Trouble:  {"FAIL! Need write-access to %s", 7, 11},
}

// An Env is what a check needs of the world.
type Env struct {
	Now func() time.Time
	Log func(priority int, line string) // a line for the system's log; see SysLog
}

// Run checks the code that the arguments or the environment tell of. The word is what the script
// would print; it is empty for FreeRADIUS, which takes output for attributes. The error is the
// reason, if there is one to tell.
func Run(args []string, env Env) (word string, exit int, err error) {
	call, err := Parse(args)
	answer := Misuse
	switch {
	case err != nil:
		call.radius = slices.Contains(args, "--radius") // and not on the way to it only
	case call.Unlock != "":
		err = errors.New(`--unlock is a call of its own: "motp otpverify --unlock USER"`)
	case call.fromTable():
		answer, err = call.logIn(env)
	default:
		answer, err = call.check(env)
	}
	said := forms[answer]
	if call.radius {
		return "", said.radius, err
	}
	if answer == Trouble {
		said.word = troubleWord(err)
	}
	return strings.Replace(said.word, "%s", call.records(), 1), said.exit, err
}

// troubleWord is the word for what keeps the records from being read or written. The script knew
// one, which names a remedy; it is said where that is the right one.
func troubleWord(err error) string {
	is := func(one error) bool { return errors.Is(err, one) }
	switch {
	case is(motp.ErrBusy):
		return "FAIL! Records in %s are in use: try again"
	case is(motp.ErrCorrupt):
		return "FAIL! A record in %s is damaged"
	case slices.ContainsFunc(noAccess, is):
		return forms[Trouble].word
	default:
		return "FAIL! Records in %s cannot be used"
	}
}

// noAccess is what is wrong with a folder that cannot be written to, or must not be.
var noAccess = []error{
	fs.ErrPermission, fs.ErrNotExist, fs.ErrExist, files.ErrUnsafe,
	unix.EROFS, unix.ENOTDIR, unix.ELOOP,
}

// check checks a code with the secret, PIN and offset that came with it.
func (c Call) check(env Env) (Answer, error) {
	user, otp, err := c.user()
	if err != nil {
		return Misuse, err
	}
	if c.radius && c.nameIsBad(user.Name) {
		env.logBadName()
		return Wrong, nil
	}
	var result motp.Result
	var why string
	if err = c.makeRecords(); err == nil {
		result, why, err = c.verify(context.Background(), user, otp, env)
	}
	if c.radius {
		env.logResult(user.Name, result, why, err)
	}
	switch {
	case errors.Is(err, motp.ErrUser):
		return Misuse, err
	case err != nil:
		return Trouble, err
	}
	return answerTo(result.Verdict), nil
}

func answerTo(v motp.Verdict) Answer {
	switch v {
	case motp.Accepted:
		return Accepted
	case motp.Locked:
		return Locked
	// an empty code hit the script's folder of used ones
	case motp.Replay, motp.Old, motp.Empty:
		return Used
	default:
		return Wrong
	}
}
