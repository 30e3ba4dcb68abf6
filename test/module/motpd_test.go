package module

import (
	"testing"

	"github.com/msteinert/pam/v2"
)

// TestMotpdAlways: on a line that says motpd=always, no worker is made: not for the prompt, and not
// where there is no motpd. The site itself would be as good for a worker.
func TestMotpdAlways(t *testing.T) {
	t.Parallel()
	s := standard(t)
	h := startHost(t, s)
	before := h.facts()
	login := func(service, code string) int {
		t.Helper()
		h.start(s, service, "alice")
		defer h.end()
		return h.authenticate(func(int, string) string {
			if now := h.facts(); len(now.children) != 0 {
				t.Errorf("children of the host at its prompt: %v", now.children)
			}
			return answer(code)
		})
	}
	always, first := s.service(t), alice.code(0)
	if code := login(always, first); code != 0 {
		t.Errorf("with motpd: code %d", code)
	}
	s.logged(t, always, 0, first)
	s.room.stop(t)
	state, second := s.snapshot(t), alice.code(1)
	code := login(always, second)
	if code != int(pam.ErrAuthinfoUnavail) {
		t.Errorf("without motpd: code %d, want %d", code, int(pam.ErrAuthinfoUnavail))
	}
	s.logged(t, always, code, second)
	s.unchanged(t, state)
	auto := s.only(t, modulePath()+" nodelay")
	h.start(s, auto, "alice")
	if code := h.authenticate(giving(second)); code != 0 {
		t.Errorf("by a worker: code %d", code)
	}
	h.end()
	h.same(before)
}
