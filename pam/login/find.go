package login

import "github.com/pam-motp/pam-motp/motp"

// find looks up whom the login is for. It is the one way from a login to the table's users: what
// name somebody is looked up under is said here. With an error, the user has that name, and nothing
// else.
func (s *session) find() (motp.Policy, motp.User, error) {
	name := s.req.User.S
	settings, user, err := s.site().Lookup(name)
	if err != nil {
		user = motp.User{Name: name}
	}
	return settings.Policy, user, err
}
