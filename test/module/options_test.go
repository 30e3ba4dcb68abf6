package module

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
)

// TestOptions: each option does what design and pam_mobile_otp say.
func TestOptions(t *testing.T) {
	t.Parallel()
	type step struct {
		answer func() string
		code   pam.Error
		reason string
	}
	right := func(steps int64) func() string {
		return func() string { return alice.code(steps) }
	}
	wrong := func(n int) func() string { return func() string { return alice.wrong(n) } }
	for name, c := range map[string]struct {
		settings string
		options  []string
		steps    []step
	}{
		"maxdiff narrows": {"", []string{"maxdiff=100"}, []step{
			{right(8), pam.ErrAuth, "wrong"}, {right(-8), pam.ErrAuth, "wrong"},
			{right(-4), success, "ok"}, {right(4), success, "ok"}}},
		"maxdiff widens": {"", []string{"maxdiff=1000"}, []step{
			{right(-55), pam.ErrAuth, "wrong"}, {right(55), pam.ErrAuth, "wrong"},
			{right(-48), success, "ok"}, {right(48), success, "ok"}}},
		"what is further back than is remembered": {"", []string{"maxdiff=7200"}, []step{
			{right(340), success, "ok"}, {right(-340), pam.ErrAuth, "old"},
			{right(339), success, "ok"}}},
		"maxdiff beats window": {"window = 10s\n", []string{"maxdiff=360"}, []step{
			{right(16), success, "ok"}, {right(21), pam.ErrAuth, "wrong"}}},
		"maxtries": {"", []string{"maxtries=2"}, []step{
			{wrong(0), pam.ErrAuth, "wrong"}, {wrong(1), pam.ErrAuth, "wrong"},
			{right(0), pam.ErrAuth, "locked"}}},
		"maxtries beats max_failures": {"max_failures = 1\n",
			[]string{"maxtries=3"}, []step{
				{wrong(0), pam.ErrAuth, "wrong"}, {wrong(1), pam.ErrAuth, "wrong"},
				{right(0), success, "ok"}}},
		"all that change nothing here": {"",
			[]string{"no_warn", "not_set_pass", "debug", "try_first_pass"}, []step{
				{wrong(0), pam.ErrAuth, "wrong"}, {right(0), success, "ok"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, sections(c.settings, alice), alice)
			service := s.service(t, c.options...)
			for i, step := range c.steps {
				s.enter(t, service, "alice", step.answer()).want(t,
					step.code, step.reason)
				if t.Failed() {
					t.Fatalf("at step %d", i)
				}
			}
		})
	}
}

// TestOldNames: users= and cache= are pam_mobile_otp's words for conf= and state=.
func TestOldNames(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.only(t, modulePath()+" users="+s.conf+" cache="+s.state+
		" nodelay not_set_pass")
	code := alice.code(0)
	s.enter(t, service, "alice", code).want(t, success, "ok")
	s.onlyStateFile(t)
	s.enter(t, s.service(t), "alice", code).want(t, pam.ErrAuth, "replay")
}

// TestPrompt: prompt= is shown as it is written, and the answer is never echoed.
func TestPrompt(t *testing.T) {
	t.Parallel()
	for option, text := range map[string]string{
		"prompt=passcode:":            "passcode:",
		"[prompt=Code vom Telefon: ]": "Code vom Telefon: ",
		"[prompt=%s%n 100%: ]":        "%s%n 100%: ",
		"[prompt=Código: ]":           "Código: ",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			a := s.enter(t, s.service(t, option), "alice", alice.code(0))
			a.want(t, success, "ok")
			if want := []prompt{{pam.PromptEchoOff,
				text}}; !slices.Equal(a.prompts, want) {
				t.Errorf("prompts %q, want %q", a.prompts, want)
			}
		})
	}
}

// TestBadOptions: a PAM line that says anything this module does not know refuses everyone.
func TestBadOptions(t *testing.T) {
	t.Parallel()
	for _, option := range []string{
		"frobnicate", "usersfle=/etc/security/motp.conf", "NULLOK", "nullok=yes", "debug=1",
		"nodelay=", "set_pass=1",
		"maxdiff", "maxdiff=", "maxdiff=wide", "maxdiff=-60", "maxdiff=1e3",
		"maxdiff=99999999999999999999",
		"maxtries", "maxtries=", "maxtries=many", "maxtries=-1",
		"maxtries=99999999999999999999",
		"conf", "conf=", "conf=motp.conf", "state", "state=", "state=./state",
		"users=", "cache=",
		"-nullok", "=", "=x", "nullok,debug",
		"Größe=1", "\x1b[31mnullok", "null\x01ok", "\xff\xfe", "[nullok debug]",
		"[x result=accepted reason=ok]",
		strings.Repeat("x", 700),
	} {
		t.Run(fmt.Sprintf("%.30q", option), func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			before := s.snapshot(t)
			h := startHost(t, s) // which does not sleep when a refusal asks for it
			for _, user := range []string{"alice", "mallory"} {
				service, code := s.service(t, option), alice.code(0)
				got := h.login(s, service, user, code)
				if got != int(pam.ErrService) {
					t.Errorf("%s: code %d, want %d", user, got,
						int(pam.ErrService))
				}
				if _, others := s.logged(t, service, got, code); others != 0 {
					t.Errorf("%d log lines beside the result", others)
				}
			}
			s.unchanged(t, before)
		})
	}
}

// TestEndlessOption: libpam reads lines of a kilobyte and may make something else of a longer one;
// whatever it makes, nobody gets in.
func TestEndlessOption(t *testing.T) {
	t.Parallel()
	for _, length := range []int{1024, 1 << 12, 1 << 16, 1 << 20} {
		s := standard(t)
		before := s.snapshot(t)
		service := s.stack(t, "auth required "+
			s.module("nodelay", "nullok", "prompt="+strings.Repeat("x", length)))
		h := startHost(t, s)
		if h.do("start %s %s x%x", s.pamd, service, "mallory") != 0 {
			continue // libpam refuses the file
		}
		if code := h.authenticate(giving("")); code == 0 {
			t.Errorf("an option of %d bytes lets everybody in", length)
		}
		h.end()
		s.unchanged(t, before)
	}
}
