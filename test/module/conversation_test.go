package module

import (
	"fmt"
	"slices"
	"testing"

	"github.com/msteinert/pam/v2"
)

// TestConversationFails: the conversation's own failure is passed on, unless it is one that would
// open a stack; nothing is checked or counted.
func TestConversationFails(t *testing.T) {
	t.Parallel()
	s := standard(t)
	h := startHost(t, s)
	before := h.facts()
	cases := map[string]pam.Error{
		"null":      pam.ErrConv,
		"nullresp":  pam.ErrConv,
		"fail 25":   pam.ErrConv, // PAM_IGNORE
		"fail -1":   pam.ErrConv,
		"fail 32":   pam.ErrConv, // the first number that is no code
		"fail 256":  pam.ErrConv, // PAM_SUCCESS in a byte
		"fail 9999": pam.ErrConv,
	}
	for _, code := range []pam.Error{pam.ErrSystem, pam.ErrBuf, pam.ErrPermDenied, pam.ErrAuth,
		pam.ErrMaxtries, pam.ErrConv, pam.ErrAuthtokRecovery, pam.ErrTryAgain,
		pam.ErrAbort} {
		cases[fmt.Sprintf("fail %d", int(code))] = code
	}
	for reply, code := range cases {
		service := s.service(t)
		h.start(s, service, "alice")
		if got := h.authenticate(func(int, string) string {
			return reply
		}); got != int(code) {
			t.Errorf("%s: code %d, want %d", reply, got, int(code))
		}
		h.end()
		s.logged(t, service, int(code))
		h.same(before)
	}
	if code := h.login(s, s.service(t, "maxtries=1"), "alice", alice.code(0)); code != 0 {
		t.Errorf("afterwards: code %d", code)
	}
}

// TestConversationBreaks is the same through a Go host, with an unknown user too.
func TestConversationBreaks(t *testing.T) {
	t.Parallel()
	s := standard(t)
	for _, user := range []string{"alice", "mallory"} {
		for _, options := range []string{"", "nullok", "try_first_pass"} {
			a := s.login(t, try{service: s.service(t, options), user: user,
				broken: true})
			a.want(t, pam.ErrConv, "")
			if !slices.Equal(a.prompts, []prompt{otpPrompt}) {
				t.Errorf("prompts %q", a.prompts)
			}
		}
	}
}

// TestFailDelay: PAM is asked for about two seconds, unless nodelay, should the login fail. A right
// code asks for them, too, and so does a user who is ignored: where a later module refuses without
// a delay of its own, the time would tell which of the two it was.
func TestFailDelay(t *testing.T) {
	t.Parallel()
	s := standard(t)
	h := startHost(t, s)
	for _, c := range []struct {
		options []string
		user    string
		answer  string
		delayed bool
	}{
		{nil, "alice", alice.wrong(0), true},
		{nil, "mallory", "abcdef", true},
		{nil, "alice", "", true},
		{nil, "alice", alice.code(0), true},
		{[]string{"nullok"}, "mallory", "abcdef", true},
		{[]string{"nodelay"}, "alice", alice.wrong(0), false},
		{[]string{"nodelay"}, "mallory", "abcdef", false},
		{[]string{"nodelay"}, "alice", alice.code(1), false},
	} {
		h.start(s, s.only(t, s.module(c.options...)), c.user)
		h.authenticate(giving(c.answer))
		// libpam adds or takes up to half, so that nobody can measure what is under it.
		delay := h.do("delay")
		if c.delayed && (delay < 1_000_000 || delay > 3_000_000) ||
			!c.delayed && delay != 0 {
			t.Errorf("%v, %s %q: a delay of %d µs", c.options, c.user, c.answer, delay)
		}
		h.end()
	}
}
