package cli

import (
	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
)

// weakPINs warns of users who bring a PIN that anybody would try first, which add and pin refuse
// without --weak-pin; nothing if there are none. It shows no PIN.
func (p plan) weakPINs() string {
	var names []string
	for _, u := range p.users() {
		for _, t := range u.Tokens {
			if t.PIN != "" && pin.Weak(t.PIN) != "" {
				names = append(names, shown.Token(u.Name, t.Name))
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "PINs that anybody would guess first: " + words.Some(names, manyHolders) +
		"; \"motp pin USER\" gives another"
}
