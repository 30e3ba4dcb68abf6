package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pam-motp/pam-motp/internal/logline"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
	pamlogin "github.com/pam-motp/pam-motp/pam/login"
	"golang.org/x/sys/unix"
)

// radiusService is the name of the service in the log.
const radiusService = "radius"

// logInByRADIUS is a login of a user of the table: the one that the PAM module makes, with the code already there.
func (a *app) logInByRADIUS(call otpCall) (otpAnswer, error) {
	user, code, err := whoAndCode()
	if err != nil {
		return otpMisuse, err
	}
	if call.nameIsBad(user) {
		a.logBadName()
		return otpWrong, nil
	}
	request := pamlogin.Request{
		Service: pamlogin.Text{S: radiusService},
		User:    pamlogin.Text{S: user},
		RHost:   pamlogin.Text{S: callingStation()},
		TTY:     pamlogin.Text{Absent: true},
	}
	for name, path := range map[string]string{"conf": call.conf, "state": call.state} {
		if path, err = filepath.Abs(path); err != nil {
			return otpTrouble, err
		}
		request.Options = append(request.Options, pamlogin.Text{S: name + "=" + path})
	}
	outcome := pamlogin.Run(request, typed(code), site.Open, a.now)
	a.log(outcome.Priority, outcome.Line)
	switch outcome.Code {
	case pamlogin.Success:
		return otpAccepted, nil
	case pamlogin.AuthErr, pamlogin.UserUnknown:
		return otpWrong, nil
	default:
		return otpTrouble, nil
	}
}

// typed is somebody who has typed a code already.
type typed string

func (t typed) Prompt(string) (int, pamlogin.Text, error) { return 0, pamlogin.Text{S: string(t)}, nil }

// A login asks for these only with options that are not given here.
func (t typed) GetToken() (int, pamlogin.Text, error) {
	return 0, pamlogin.Text{}, errors.New("no earlier password")
}
func (t typed) SetToken(string) (int, error) { return 0, errors.New("no later module") }
func (t typed) Log(int, string) error        { return nil }

// Priorities of syslog.
const priorityError, priorityNotice, priorityInfo = 3, 5, 6

// logOTP writes the log line of a user who stands in no table.
func (a *app) logOTP(user string, result motp.Result, why string, err error) {
	outcome, reason, priority := "denied", result.Verdict.String(), priorityNotice
	switch {
	case err != nil:
		reason, priority = "state", priorityError
	case result.Verdict == motp.Accepted:
		outcome, priority = "accepted", priorityInfo
	}
	if err != nil {
		why = err.Error()
	}
	a.logAttempt(priority, outcome, reason, user, why)
}

// nameIsBad says whether nobody has such a name. A name that rlm_exec has put into quotes is known
// to the byte; another may be as FreeRADIUS wrote it.
func (c otpCall) nameIsBad(name string) bool {
	if len(c.five) == 0 && os.Getenv("USER_NAME") != name {
		return controlIn(name)
	}
	return controlInWritten(name)
}

// logBadName does not write the name: it is no user's, and people type passwords into that field.
func (a *app) logBadName() { a.logAttempt(priorityNotice, "denied", "bad-name", "", badName) }

func (a *app) logAttempt(priority int, outcome, reason, user, detail string) {
	a.log(priority, logline.Attempt{
		Result: outcome, Reason: reason, Detail: detail, User: user,
		RHost: logline.Item{S: callingStation()}, Service: logline.Item{S: radiusService},
	}.Line())
}

// log writes a line to the system's log, and to standard error for whoever watches: FreeRADIUS shows that with -X only. A log that cannot be written to keeps
// nobody out.
func (a *app) log(priority int, line string) {
	a.say("%s", line)
	const facilityAuthpriv = 10 << 3
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer unix.Close(socket)
	packet := fmt.Sprintf("<%d>%s motp[%d]: %s", facilityAuthpriv|priority, a.now().Local().Format(time.Stamp), os.Getpid(), line)
	_ = unix.Sendto(socket, []byte(packet), 0, &unix.SockaddrUnix{Name: "/dev/log"})
}

// whoAndCode reads what rlm_exec puts into the environment.
func whoAndCode() (user, code string, err error) {
	user, found := attribute("USER_NAME")
	if !found || user == "" {
		return "", "", errors.New("USER_NAME is missing in the environment: rlm_exec sets it with input_pairs = request")
	}
	code, found = attribute("USER_PASSWORD")
	if !found {
		return "", "", errors.New("USER_PASSWORD is missing in the environment: codes work with PAP only, not with CHAP, MS-CHAP or EAP")
	}
	return user, code, nil
}

// fiveFromEnvironment is what would be in the arguments, if they were not for all to see.
func fiveFromEnvironment() ([]string, error) {
	user, code, err := whoAndCode()
	if err != nil {
		return nil, err
	}
	five := []string{user, code, "", "", "0"}
	for i, name := range []string{"SECRET", "PIN", "OFFSET"} {
		value, found := attribute(name)
		if !found && name != "OFFSET" {
			return nil, fmt.Errorf("%s is missing in the environment: has the user this attribute?", name)
		}
		if found {
			five[2+i] = value
		}
	}
	return five, nil
}

// callingStation is where the user is, if the access server told.
func callingStation() string {
	where, _ := attribute("CALLING_STATION_ID")
	return where
}

// attribute reads an attribute that rlm_exec put into the environment.
func attribute(name string) (value string, found bool) {
	value, found = os.LookupEnv(name)
	return unquoteAttribute(value), found
}

// unquoteAttribute undoes what rlm_exec does to a value where shell_escape is on, as it is by default: quotes around it, and a backslash before quotes,
// backslashes, the letters n, r and t, and three octal digits. Anything else is taken as it stands, so that a person can set the variable too.
func unquoteAttribute(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	inner := s[1 : len(s)-1]
	plain := make([]byte, 0, len(inner))
	for i := 0; i < len(inner); i++ {
		if inner[i] == '"' {
			return s
		}
		if inner[i] != '\\' {
			plain = append(plain, inner[i])
			continue
		}
		i++
		if i == len(inner) {
			return s // the quote at the end was a part of the value, which was cut off
		}
		switch c := inner[i]; c {
		case 'n':
			plain = append(plain, '\n')
		case 'r':
			plain = append(plain, '\r')
		case 't':
			plain = append(plain, '\t')
		case '"', '\\', '\'':
			plain = append(plain, c)
		default:
			octal, err := strconv.ParseUint(inner[i:min(i+3, len(inner))], 8, 8)
			if err != nil || i+3 > len(inner) {
				return s
			}
			plain = append(plain, byte(octal))
			i += 2
		}
	}
	return string(plain)
}
