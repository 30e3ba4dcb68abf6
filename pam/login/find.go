package login

import (
	"errors"
	"os"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// find looks up whom the login is for. It is the one way from a login to the table's users: what
// name somebody is looked up under is said here. With an error, the user has the name that counts,
// and nothing else.
//
// With names = account that is the account's own name, whatever was typed; what was typed counts
// only if that is not in the table. So an account has one entry, and one record, under all its
// spellings. Both names are looked for, and one question is asked, whoever it is: what a login
// takes does not tell which names there are.
func (s *session) find() (conf.Settings, motp.User, error) {
	settings, user, err := s.lookup(s.req.User.S)
	if settings.Names == conf.NamesTyped {
		return settings, user, err
	}
	own, errAccount := s.account()
	if errAccount != nil {
		return settings, motp.User{Name: s.req.User.S}, errAccount
	}
	now, ofAccount, errOwn := s.lookup(own)
	if errors.Is(errOwn, conf.ErrNoUser) && !errors.Is(err, conf.ErrNoUser) {
		now.Fleet = settings.Fleet // of the user who was found
		return now, user, err
	}
	return now, ofAccount, errOwn
}

func (s *session) lookup(name string) (conf.Settings, motp.User, error) {
	settings, user, err := s.site().Lookup(name)
	if err != nil {
		user = motp.User{Name: name}
	}
	return settings, user, err
}

// An accountError says why nobody knows what the system calls an account. Where it must be known,
// nobody gets in.
type accountError struct{ error }

// account is what the system calls the user's account; what was typed, if there is none. The host
// is asked once, unless it has said it beforehand.
func (s *session) account() (string, error) {
	if s.req.Lookup == NotLookedUp {
		lookup, own, err := s.host.GetAccount()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			lookup, own = uint32(unix.ETIMEDOUT), Text{}
		case err != nil:
			lookup, own = uint32(unix.ECONNRESET), Text{}
		}
		s.req.Lookup, s.req.Account = lookup, own
	}
	names, err := s.spellings()
	if err != nil {
		return "", accountError{errors.New("names = account: " + err.Error() +
			": do the sources of passwd in /etc/nsswitch.conf answer?")}
	}
	return names[len(names)-1], nil
}
