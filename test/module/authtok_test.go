package module

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/msteinert/pam/v2"
)

// TestAuthtok: which of the two, an earlier module's password or the person's answer, is taken for
// the code, and what later modules find.
func TestAuthtok(t *testing.T) {
	t.Parallel()
	const none = "(none)"
	code, bad, worse := alice.code(0), alice.wrong(0), alice.wrong(1)
	for name, c := range map[string]struct {
		earlier string // PAM_AUTHTOK before the module
		options []string
		answer  string
		code    pam.Error
		prompts int
		later   string // PAM_AUTHTOK after the module, if that let the stack go on
	}{
		"by default the password is left alone": {"password", nil, code, success,
			1, "password"},
		"by default the code is not left": {"", nil, code, success, 1, none},
		"not_set_pass": {"", []string{"not_set_pass"}, code,
			success, 1, none},
		"set_pass": {"", []string{"set_pass"}, code,
			success, 1, code},
		"set_pass over a password": {"password", []string{"set_pass"}, code,
			success, 1, code},
		"use_first_pass, right": {code, []string{"use_first_pass"}, "",
			success, 0, code},
		"use_first_pass, wrong": {bad, []string{"use_first_pass"}, code,
			pam.ErrAuth, 0, ""},
		"use_first_pass, a password": {"correct horse",
			[]string{"use_first_pass"}, code, pam.ErrAuth, 0, ""},
		"use_first_pass, nothing there": {"", []string{"use_first_pass"}, code,
			pam.ErrAuth, 0, ""},
		"try_first_pass, right": {code, []string{"try_first_pass"}, "",
			success, 0, code},
		"try_first_pass, nothing there": {"", []string{"try_first_pass"}, code,
			success, 1, none},
		"try_first_pass, wrong, then right": {bad, []string{"try_first_pass"}, code,
			success, 1, bad},
		"try_first_pass, a password, then right": {"correct horse",
			[]string{"try_first_pass"}, code, success, 1, "correct horse"},
		"try_first_pass, wrong, then wrong": {bad, []string{"try_first_pass"}, worse,
			pam.ErrAuth, 1, ""},
		"try_first_pass and set_pass, a password": {"correct horse",
			[]string{"try_first_pass", "set_pass"}, code, success, 1, code},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			dump := filepath.Join(s.dir, "authtok")
			var lines []string
			if c.earlier != "" {
				lines = append(lines,
					fmt.Sprintf("auth optional %s [set=%s]",
						tokPath(), c.earlier))
			}
			lines = append(lines,
				"auth [success=ok default=die] "+
					s.module(append([]string{"nodelay"}, c.options...)...),
				fmt.Sprintf("auth optional %s dump=%s", tokPath(), dump))
			service := s.stack(t, lines...)
			got, prompts := s.authenticate(t,
				try{service: service, user: "alice", answer: c.answer})
			if got != int(c.code) {
				t.Errorf("code %d, want %d", got, int(c.code))
			}
			want := slices.Repeat([]prompt{otpPrompt}, c.prompts)
			if !slices.Equal(prompts, want) {
				t.Errorf("prompts %q, want %q", prompts, want)
			}
			if c.earlier == bad && c.prompts > 0 {
				// Two guesses, two lines.
				records, _ := journal.records(t, service,
					s.secrets(code, bad, worse))
				if len(records) != 2 || records[0].result() != "denied" {
					t.Errorf("logged %q", records)
				}
			} else {
				s.logged(t, service, got, code, bad, worse, c.earlier)
			}
			if c.code != success {
				return
			}
			later, err := os.ReadFile(dump)
			must(t, err)
			if string(later) != c.later {
				t.Errorf("PAM_AUTHTOK is %q afterwards, want %q", later, c.later)
			}
		})
	}
}

// TestFirstPassIsAGuess: a stack with try_first_pass gives nobody two guesses for one.
func TestFirstPassIsAGuess(t *testing.T) {
	t.Parallel()
	s := standard(t)
	s.write(t, sections("max_failures = 3\n", alice))
	for i := range 2 {
		service := s.stack(t,
			fmt.Sprintf("auth optional %s set=%s", tokPath(), alice.wrong(2*i)),
			"auth required "+s.module("nodelay", "try_first_pass"))
		if code, _ := s.authenticate(t,
			try{service: service, user: "alice", answer: alice.wrong(2*i + 1)}); code !=
			int(pam.ErrAuth) {
			t.Errorf("code %d", code)
		}
	}
	s.enter(t, s.service(t), "alice", alice.code(0)).want(t, pam.ErrAuth, "locked")
}
