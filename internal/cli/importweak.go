package cli

import (
	"fmt"
	"strings"

	"github.com/pam-motp/pam-motp/internal/shown"
)

// weakPINs warns of users who bring a PIN that anybody would try first, which add and pin refuse
// without --weak-pin; nothing if there are none. It shows no PIN.
func (p plan) weakPINs() string {
	var names []string
	for _, u := range p.users() {
		for _, t := range u.Tokens {
			if t.PIN != "" && weakPIN(t.PIN) != "" {
				names = append(names, shown.Token(u.Name, t.Name))
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	who := strings.Join(names, ", ")
	if n := len(names); n > manyHolders {
		who = fmt.Sprintf("%s and %d others", strings.Join(names[:manyHolders], ", "), n-manyHolders)
	}
	return "PINs that anybody would guess first: " + who + "; \"motp pin USER\" gives another"
}
