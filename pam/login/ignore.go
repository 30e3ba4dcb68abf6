package login

import (
	"errors"

	"golang.org/x/sys/unix"
)

// An excuse is why somebody need not be asked for a code.
type excuse struct {
	reason string
	user   string // empty for one who is not in the table

	// stranger says that nobody of that name is in the table, which must hold for every
	// spelling of their account.
	stranger bool

	// typed is what they have typed all the same, and is left to whoever it is for.
	typed string

	// split says that typed is a part of that: what came with a code.
	split bool
}

// ignore is the one way to [Ignore]. It is never reached where the table could not be read.
func (s *session) ignore(why excuse) (Code, report) {
	option := why.reason
	if option == "unknown-user" {
		option = "nullok"
	}
	overruled := func(reason string, err error) (Code, report) {
		return AuthinfoUnavail, report{reason: reason, user: why.user,
			detail: option + " is overruled: " + err.Error()}
	}
	rep := report{reason: why.reason, user: why.user}
	if why.stranger {
		names, err := s.spellings()
		if err != nil {
			return overruled("account", err)
		}
		if err := s.site().ConfirmAbsent(names...); err != nil {
			return overruled("table", err)
		}
		rep.user = s.unknownUser().user
	}
	leave := s.leave
	if why.split {
		leave = s.forward
	}
	if err := leave(why.typed); err != nil {
		return overruled("set-pass", err)
	}
	return Ignore, rep
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

// errSetToken means that the program took no password for later modules.
var errSetToken = errors.New("what was typed could not be left for later modules")

// leave keeps what was typed for later modules, which will not ask for it again. A password that
// an earlier module has asked for stays, unless set_pass says otherwise; and who typed nothing has
// yet to be asked for theirs.
func (s *session) leave(typed string) error {
	if typed == "" {
		return nil
	}
	if !s.setPass {
		_, earlier, err := s.host.GetToken()
		if err != nil || earlier.S != "" || earlier.TooLong {
			return err
		}
	}
	return s.forward(typed)
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
