package main

import (
	"fmt"

	"github.com/pam-motp/pam-motp/test/stage"
)

// endurance has one process log people in for as long as the flag says, and looks whether it grows.
func (l *lab) endurance() error {
	const users, warm = 500, 1000
	all := people("user", users)
	s, err := newSite(l.disk, "", all...)
	if err != nil {
		return err
	}
	defer s.remove()
	service, err := s.service(s.state)
	if err != nil {
		return err
	}
	h, err := newHost()
	if err != nil {
		return err
	}
	line := l.report.add("one process, %d logins", *logins)
	hands := make([]hand, users)
	var before size
	for i := range *logins {
		if i == min(warm, *logins/2) {
			if before, err = h.size(); err != nil {
				return err
			}
		}
		typed, want := hands[i%users].next(all[i%users])
		code, err := h.login(s, service, all[i%users].name, typed)
		if err != nil {
			return fmt.Errorf("login %d: %w", i, err)
		}
		line.note(codeName(code))
		if code != want {
			line.broken("login %d, of %s: %s, not %s", i, all[i%users].name,
				codeName(code), codeName(want))
		}
	}
	after, err := h.size()
	if err != nil {
		return err
	}
	line.result = fmt.Sprintf("descriptors %d → %d, children %d → %d, threads %d → %d, "+
		"memory %d → %d KB", before.files, after.files,
		before.children, after.children, before.threads, after.threads,
		before.memory, after.memory)
	// KB: a page more or less of malloc's is no leak, and one byte a login would be 100
	const slack = 128
	if after.files != before.files || after.children != before.children ||
		after.threads != before.threads || after.memory > before.memory+slack {
		line.broken("the process grew: %+v after %d logins, %+v after %d", before, warm,
			after, *logins)
	}
	return h.stop()
}

// A hand types one user's codes, each once while there are any.
type hand struct {
	step  int64 // whose code is next
	typed map[string]bool
	last  string
}

// next is the next code, and what has to come of it.
func (h *hand) next(p person) (code string, want int) {
	const around = 15 // of the 18 steps either side that are good
	if h.typed == nil {
		h.typed = map[string]bool{}
	}
	now := stage.Step()
	for h.step = max(h.step, now-around); h.step <= now+around; h.step++ {
		// Two steps may have the same code, and then it is used.
		if code := stage.Code(h.step, p.secret, p.pin); !h.typed[code] {
			h.typed[code], h.last = true, code
			return code, success
		}
	}
	return h.last, authErr
}
