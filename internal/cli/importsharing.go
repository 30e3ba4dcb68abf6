package cli

import (
	"slices"

	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// Users who share a secret remain two users to the module: each has a memory of used codes.

// A sharer is a user who has a secret.
type sharer struct {
	user string
	ours bool // is taken over now
}

// sharing warns of each secret that is about to be held by several users, those who are in the
// table already among them. The warnings name the users, never the secret.
func (p plan) sharing() (warnings []string) {
	sharers := make(map[pin.Key][]sharer)
	add := func(u motp.User, ours bool) {
		for _, t := range u.Tokens {
			k := pin.KeyOf(t)
			sharers[k] = append(sharers[k], sharer{u.Name, ours})
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
	for _, all := range sharers {
		if w := warnOfSharing(all); w != "" {
			warnings = append(warnings, w)
		}
	}
	slices.Sort(warnings)
	return warnings
}

// manyHolders are more users than a warning names.
const manyHolders = 6

// warnOfSharing tells what it means that all these hold one secret; nothing if they are one user,
// or if none of them is taken over now.
func warnOfSharing(all []sharer) string {
	var names []string
	isOurs := false
	for _, h := range all {
		isOurs = isOurs || h.ours
		if name := shown.Name(h.user); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) < 2 || !isOurs {
		return ""
	}
	slices.Sort(names)
	return words.Some(names, manyHolders) + " share one secret and remain users with " +
		"memories of their own: a code used by one is still good for another with the " +
		"same PIN and settings"
}
