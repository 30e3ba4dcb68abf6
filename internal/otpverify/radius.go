package otpverify

import (
	"errors"
	"fmt"
	"os/user"
	"path/filepath"

	"github.com/pam-motp/pam-motp/internal/site"
	pamlogin "github.com/pam-motp/pam-motp/pam/login"
	"golang.org/x/sys/unix"
)

// radiusService is the name of the service in the log.
const radiusService = "radius"

// logIn is a login of a user of the table: the one that the PAM module makes, with the code already
// there.
func (c Call) logIn(env Env) (Answer, error) {
	user, code, err := whoAndCode()
	if err != nil {
		return Misuse, err
	}
	if c.nameIsBad(user) {
		env.logBadName()
		return Wrong, nil
	}
	request := pamlogin.Request{
		Service: pamlogin.Text{S: radiusService},
		User:    pamlogin.Text{S: user},
		RHost:   pamlogin.Text{S: callingStation()},
		TTY:     pamlogin.Text{Absent: true},
		Lookup:  pamlogin.NotLookedUp,
	}
	for name, path := range map[string]string{"conf": c.conf, "state": c.state} {
		if path, err = filepath.Abs(path); err != nil {
			return Trouble, err
		}
		request.Options = append(request.Options, pamlogin.Text{S: name + "=" + path})
	}
	outcome := pamlogin.Run(request, typed{user, code}, site.Open, env.Now)
	env.Log(outcome.Priority, outcome.Line)
	switch outcome.Code {
	case pamlogin.Success:
		return Accepted, nil
	case pamlogin.AuthErr, pamlogin.UserUnknown:
		return Wrong, nil
	default:
		return Trouble, nil
	}
}

// typed is somebody who has typed a code already.
type typed struct{ user, code string }

func (t typed) Prompt(string) (int, pamlogin.Text, error) {
	return 0, pamlogin.Text{S: t.code}, nil
}

// A login asks for these only with options that are not given here.
func (t typed) GetToken() (int, pamlogin.Text, error) {
	return 0, pamlogin.Text{}, errors.New("no earlier password")
}
func (t typed) SetToken(string) (int, error) { return 0, errors.New("no later module") }
func (t typed) Show(int, string) error       { return nil }
func (t typed) Log(int, string) error        { return nil }

// GetAccount says what this machine calls the account, if there is one: users of RADIUS need none.
func (t typed) GetAccount() (uint32, pamlogin.Text, error) {
	account, err := user.Lookup(t.user)
	var unknown user.UnknownUserError
	switch {
	case errors.As(err, &unknown):
		return 0, pamlogin.Text{Absent: true}, nil
	case err != nil:
		return uint32(unix.EIO), pamlogin.Text{}, nil
	}
	return 0, pamlogin.Text{S: account.Username}, nil
}

// whoAndCode reads what rlm_exec puts into the environment.
func whoAndCode() (user, code string, err error) {
	user, found := attribute("USER_NAME")
	if !found || user == "" {
		return "", "",
			errors.New("USER_NAME is missing in the environment: rlm_exec sets it " +
				"with input_pairs = request")
	}
	code, found = attribute("USER_PASSWORD")
	if !found {
		return "", "",
			errors.New("USER_PASSWORD is missing in the environment: codes work with " +
				"PAP only, not with CHAP, MS-CHAP or EAP")
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
			return nil, fmt.Errorf("%s is missing in the environment: has the user "+
				"this attribute?", name)
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
