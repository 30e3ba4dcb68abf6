package module

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/msteinert/pam/v2"
)

// TestForwardPass: a password and a code in one field, and what the modules below find, which in a
// stack of required ones run after a wrong code, too.
func TestForwardPass(t *testing.T) {
	t.Parallel()
	const password = "correct hörse"
	code, bad := alice.code(0), alice.wrong(0)
	last := prompt{pam.PromptEchoOff, "Password and code: "}
	first := prompt{pam.PromptEchoOff, "Code and password: "}
	for name, c := range map[string]struct {
		earlier string
		options []string
		answer  string
		code    pam.Error
		prompts []prompt
		later   string
	}{
		"both": {"", []string{"forward_pass"}, password + code, success, []prompt{last},
			password},
		"code first": {"", []string{"forward_pass=code-first"}, code + password, success,
			[]prompt{first}, password},
		"as apps show it": {"", []string{"forward_pass"},
			password + code[:3] + " " + code[3:], success, []prompt{last}, password},
		"a wrong code": {"", []string{"forward_pass"}, password + bad, pam.ErrAuth,
			[]prompt{last}, password},
		"a password alone": {"", []string{"forward_pass"}, password, pam.ErrAuth,
			[]prompt{last}, password},
		"a code alone": {"", []string{"forward_pass"}, code, pam.ErrAuth, []prompt{last},
			""},
		"an earlier module's": {password + code, []string{"forward_pass",
			"use_first_pass"}, "", success, nil, password},
		"an earlier module's, or not": {password, []string{"forward_pass",
			"try_first_pass"}, password + code, success, []prompt{last}, password},
		"echo does not show passwords": {"", []string{"forward_pass", "echo"},
			password + code, success, []prompt{last}, password},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			dump := filepath.Join(s.dir, "authtok")
			var lines []string
			if c.earlier != "" {
				lines = append(lines, fmt.Sprintf("auth optional %s [set=%s]",
					tokPath(), c.earlier))
			}
			lines = append(
				lines,
				"auth required "+s.module(
					append([]string{"nodelay"}, c.options...)...),
				fmt.Sprintf("auth optional %s dump=%s", tokPath(), dump),
			)
			service := s.stack(t, lines...)
			got, prompts := s.authenticate(t,
				try{service: service, user: "alice", answer: c.answer})
			if got != int(c.code) || !slices.Equal(prompts, c.prompts) {
				t.Errorf("code %d, want %d; asked %q", got, int(c.code), prompts)
			}
			s.logged(t, service, got, code, bad, password)
			later, err := os.ReadFile(dump)
			must(t, err)
			if string(later) != c.later {
				t.Errorf("PAM_AUTHTOK is %q afterwards, want %q", later, c.later)
			}
		})
	}
}

// TestEcho: what is typed is shown, if people ask for that.
func TestEcho(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t, "echo")
	code, prompts := s.authenticate(t,
		try{service: service, user: "alice", answer: alice.code(0)})
	shown := prompt{pam.PromptEchoOn, "OTP: "}
	if code != int(success) || !slices.Equal(prompts, []prompt{shown}) {
		t.Errorf("code %d, asked %q", code, prompts)
	}
}

// TestNotAsked: who comes from an exempt network, has grace, or is not in the table with
// nullok=quiet, is not asked.
func TestNotAsked(t *testing.T) {
	t.Parallel()
	passed := pam.Error(ignored)
	for name, c := range map[string]struct {
		option, rhost, user string
		twice               bool // it is the second login that counts
		code                pam.Error
		reason              string
		asked               int
	}{
		"exempt": {"exempt=192.0.2.0/24", "192.0.2.7", "alice", false, passed,
			"exempt", 0},
		"not exempt": {"exempt=192.0.2.0/24", "192.0.3.7", "alice", false, success,
			"ok", 1},
		"exempt, nobody": {"exempt=192.0.2.0/24", "192.0.2.7", "mallory", false, passed,
			"exempt", 0},
		"quiet, nobody": {"nullok=quiet", "192.0.2.7", "mallory", false, passed,
			"unknown-user", 0},
		"quiet, a user": {"nullok=quiet", "192.0.2.7", "alice", false, success, "ok", 1},
		"grace":         {"grace=8h", "192.0.2.7", "alice", true, passed, "grace", 0},
		"grace, no address": {"grace=8h", "", "alice", true, pam.ErrAuth, "replay",
			1},
		"grace, here": {"grace=8h", "127.0.0.1", "alice", true, pam.ErrAuth, "replay", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t, c.option)
			login := try{service: service, user: c.user, answer: alice.code(0),
				rhost: c.rhost}
			if c.twice {
				s.login(t, login).want(t, success, "ok")
			}
			a := s.login(t, login)
			a.want(t, c.code, c.reason)
			if len(a.prompts) != c.asked {
				t.Errorf("asked %q", a.prompts)
			}
		})
	}
}
