package login

import (
	"errors"

	"golang.org/x/sys/unix"
)

// ignore is the one way to [Ignore]: with nullok, who is in the table under no spelling of their
// account is somebody else's business. What they typed is left to whoever that is.
func (s *session) ignore(answer Text) (Code, report) {
	overruled := func(reason string, err error) (Code, report) {
		return AuthinfoUnavail, report{reason: reason,
			detail: "nullok is overruled: " + err.Error()}
	}
	names, err := s.spellings()
	if err != nil {
		return overruled("account", err)
	}
	if err := s.site().ConfirmAbsent(names...); err != nil {
		return overruled("table", err)
	}
	if err := s.leave(answer); err != nil {
		return overruled("set-pass", err)
	}
	return Ignore, s.unknownUser()
}

// spellings are the names of the user's account, as far as they are known: what was typed, and what
// the system calls it. Who has no account there, as with RADIUS, has but one.
func (s *session) spellings() ([]string, error) {
	switch {
	case s.req.Lookup == NotLookedUp:
		return nil, errors.New("the program did not look up the account's own name")
	case s.req.Lookup != 0:
		return nil, errors.New("the account's own name cannot be looked up: " +
			unix.Errno(s.req.Lookup).Error())
	case s.req.Account.TooLong:
		return nil, errors.New("the account's own name is too long")
	case s.req.Account.Absent:
		return []string{s.req.User.S}, nil
	}
	return []string{s.req.User.S, s.req.Account.S}, nil
}

// leave keeps what was typed for later modules, which will not ask for it again. A password that
// an earlier module has asked for stays, unless set_pass says otherwise; and who typed nothing has
// yet to be asked for theirs.
func (s *session) leave(answer Text) error {
	if answer.S == "" {
		return nil
	}
	if !s.setPass {
		_, earlier, err := s.host.GetToken()
		if err != nil || earlier.S != "" || earlier.TooLong {
			return err
		}
	}
	code, err := s.host.SetToken(answer.S)
	if err == nil && code != 0 {
		err = errors.New("what was typed could not be left for later modules")
	}
	return err
}

// unknownUser is the report of somebody who is not in the table. People type passwords into the
// user prompt, so that the name is not written unless debug asks for it.
func (s *session) unknownUser() report {
	rep := report{reason: "unknown-user"}
	if s.debug {
		rep.user = s.req.User.S
	}
	return rep
}
