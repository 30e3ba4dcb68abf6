package cli

import (
	"slices"

	"github.com/pam-motp/pam-motp/internal/secrets"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// Users who share a secret remain two users to the module: each has a memory of used codes.

// sharers are the users who have one secret.
type sharers struct {
	users map[string]bool
	ours  bool // one of them is taken over now
}

// sharing warns of each secret that is about to be held by several users, those who are in the
// table already among them. The warnings name the users, never the secret.
func (p plan) sharing() (warnings []string) {
	of := make(map[secrets.Key]*sharers)
	add := func(u motp.User, ours bool) {
		for _, t := range u.Tokens {
			k := secrets.KeyOf(t)
			if of[k] == nil {
				of[k] = &sharers{users: make(map[string]bool)}
			}
			of[k].users[u.Name] = true
			of[k].ours = of[k].ours || ours
		}
	}
	ours := make(map[string]bool)
	for _, u := range p.users() {
		ours[u.Name] = true
		add(u, true)
	}
	for name, entries := range p.entries {
		for _, e := range entries {
			if !ours[name] && e.Err == nil {
				add(e.User, false)
			}
		}
	}
	for _, s := range of {
		if len(s.users) > 1 && s.ours {
			warnings = append(warnings, s.warning())
		}
	}
	slices.Sort(warnings)
	return warnings
}

// manyHolders are more users than a warning names.
const manyHolders = 6

// warning tells what it means that all these hold one secret.
func (s sharers) warning() string {
	names := make([]string, 0, len(s.users))
	for name := range s.users {
		names = append(names, shown.Name(name))
	}
	slices.Sort(names)
	return words.Some(names, manyHolders) + " share one secret and remain users with " +
		"memories of their own: a code used by one is still good for another with the " +
		"same PIN and settings"
}
