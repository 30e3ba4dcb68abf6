package module

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/msteinert/pam/v2"
)

// TestNullok: only a name that a table which was read does not hold is ignored, and whether the
// program allows empty passwords, which sshd by default does not, has nothing to do with it.
func TestNullok(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		table, user, answer string
		code                pam.Error
	}{
		"unknown user":               {sections("", alice), "mallory", "abcdef", ignored},
		"unknown user, empty answer": {sections("", alice), "mallory", "", ignored},
		"nobody in the table":        {"", "mallory", "abcdef", ignored},
		"known user, wrong": {sections("", alice), "alice",
			alice.wrong(0), pam.ErrAuth},
		"known user, empty answer": {sections("", alice), "alice", "", pam.ErrAuth},
		"known user, with a domain": {sections("", alice), "alice@example.com", "abcdef",
			pam.ErrAuthinfoUnavail},
		"known user, in columns": {columns(alice, bob), `EXAMPLE\bob`, "abcdef",
			pam.ErrAuthinfoUnavail},
		"known user, in capitals": {sections("", alice), "ALICE", "abcdef",
			pam.ErrAuthinfoUnavail},
		"broken section": {"[mallory]\npin = 1\n", "mallory", "abcdef",
			pam.ErrAuthinfoUnavail},
		"broken settings": {"window = wide\n" + sections("", alice), "mallory", "abcdef",
			pam.ErrService},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.table, alice)
			for _, flags := range []pam.Flags{0, pam.DisallowNullAuthtok,
				pam.DisallowNullAuthtok | pam.Silent} {
				a := s.login(t,
					try{service: s.service(t, "nullok"), user: c.user,
						answer: c.answer,
						flags:  flags})
				want := c.code
				if a.want(t, want, ""); a.code != int(want) {
					t.Errorf("flags %#x", flags)
				}
			}
		})
	}
	t.Run("no table", func(t *testing.T) {
		t.Parallel()
		s := standard(t)
		must(t, os.Remove(s.conf))
		s.enter(t, s.service(t, "nullok"), "mallory", "abcdef").want(t,
			pam.ErrAuthinfoUnavail, "")
	})
	t.Run("known user, right", func(t *testing.T) {
		t.Parallel()
		s := standard(t)
		s.enter(t, s.service(t, "nullok"), "alice", alice.code(0)).want(t, success, "ok")
	})
}

// TestNullokAndDirectories: who is in the table under any name that a directory has for their
// account is not ignored, and nobody is where the directory does not answer.
func TestNullokAndDirectories(t *testing.T) {
	t.Parallel()
	withDomain := person{name: "alice@example.com", secret: alice.secret, pin: alice.pin}
	for _, c := range []struct {
		there  person
		user   string
		code   pam.Error
		reason string
	}{
		{alice, "mallory", ignored, "unknown-user"},
		{alice, "bob@example.com", ignored, "unknown-user"},
		{alice, "interrupted", ignored, "unknown-user"},
		{alice, "Alice", pam.ErrAuthinfoUnavail, "table"},
		{alice, "alice@example.com", pam.ErrAuthinfoUnavail, "table"},
		{alice, `EXAMPLE\alice`, pam.ErrAuthinfoUnavail, "table"},
		{alice, "a.smith", pam.ErrAuthinfoUnavail, "table"},
		{alice, "large", pam.ErrAuthinfoUnavail, "table"},
		{withDomain, "alice", pam.ErrAuthinfoUnavail, "table"},
		{withDomain, "a.smith", pam.ErrAuthinfoUnavail, "table"},
		{withDomain, `EXAMPLE\alice`, pam.ErrAuthinfoUnavail, "table"},
		{alice, "endless", pam.ErrAuthinfoUnavail, "account"},
		{alice, "down", pam.ErrAuthinfoUnavail, "account"},
	} {
		t.Run(c.there.name+" and "+c.user, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, sections("", c.there), c.there)
			h := directoryHost(t, s)
			before := h.facts()
			service := s.service(t, "nullok")
			code := h.login(s, service, c.user, "abcdef")
			if code != int(c.code) {
				t.Errorf("code %d, want %d", code, c.code)
			}
			h.same(before)
			if r, _ := s.logged(t, service, code, "abcdef"); r.reason() != c.reason {
				t.Errorf("log %q, want reason %s", r.line, c.reason)
			}
			if code := h.login(s, s.service(t), "untouchable",
				"abcdef"); code != int(pam.ErrUserUnknown) {
				t.Errorf("without nullok a directory is asked: code %d", code)
			}
		})
	}
}

// TestAnswerOfAStranger: what somebody typed who is not in the table is the next module's, which
// asks for nothing again; a password that was asked for before is not lost.
func TestAnswerOfAStranger(t *testing.T) {
	t.Parallel()
	const none = "(none)"
	for name, c := range map[string]struct {
		earlier string
		options []string
		answer  string
		later   string
	}{
		"a password":               {"", nil, "correct horse", "correct horse"},
		"nothing":                  {"", nil, "", none},
		"a password after another": {"password", nil, "correct horse", "password"},
		"a password after another, and": {"password", []string{"set_pass"}, "correct horse",
			"correct horse"},
		"the earlier one only": {"password", []string{"use_first_pass"},
			"", "password"},
		"none that could be the only one": {"", []string{"use_first_pass"}, "", none},
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
				"auth [success=die ignore=ignore default=die] "+
					s.module(append([]string{"nodelay",
						"nullok"}, c.options...)...),
				fmt.Sprintf("auth required %s dump=%s return=0", tokPath(), dump))
			service := s.stack(t, lines...)
			got, _ := s.authenticate(t,
				try{service: service, user: "mallory", answer: c.answer})
			if got != 0 {
				t.Errorf("code %d", got)
			}
			s.logged(t, service, ignored, c.answer)
			later, err := os.ReadFile(dump)
			must(t, err)
			if string(later) != c.later {
				t.Errorf("PAM_AUTHTOK is %q afterwards, want %q", later, c.later)
			}
		})
	}
}

// TestUserWhoChanges: a verdict about one user lets in nobody else, whatever the conversation
// makes of the name in the meantime.
func TestUserWhoChanges(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options      string
		from, to     string
		answer       string
		code         pam.Error
		reason       string
		backToTheOld bool
	}{
		"another user": {"", "alice", "root", alice.code(0), pam.ErrAuth, "user-changed",
			false},
		"one who is in the table": {"", "alice", "bob", alice.code(0), pam.ErrAuth,
			"user-changed",
			false},
		"in other letters": {"", "alice", "Alice", alice.code(0), pam.ErrAuth,
			"user-changed",
			false},
		"no name": {"", "alice", "", alice.code(0), pam.ErrAuth, "user-changed", false},
		"longer": {"", "alice", "alice2", alice.code(0), pam.ErrAuth, "user-changed",
			false},
		"from a stranger": {"nullok", "mallory", "alice", "abcdef", pam.ErrAuth,
			"user-changed", false},
		"to a stranger": {"", "alice", "mallory", alice.wrong(0), pam.ErrAuth,
			"user-changed", false},
		"the same name": {"", "alice", "alice", alice.code(0), success, "ok", false},
		"and back":      {"", "alice", "bob", alice.code(0), success, "ok", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t, c.options)
			var own *pam.Transaction
			code := -1
			s.transaction(t, service, c.from, func(pam.Style, string) (string, error) {
				err := own.SetItem(pam.User, c.to)
				if c.backToTheOld {
					err = errors.Join(err, own.SetItem(pam.User, c.from))
				}
				return c.answer, err
			}, func(tx *pam.Transaction) {
				own = tx
				code = codeOf(t, tx.Authenticate(0))
			})
			if code != int(c.code) {
				t.Errorf("code %d, want %d", code, c.code)
			}
			if r, _ := s.logged(t, service, code, c.answer); r.reason() != c.reason {
				t.Errorf("log %q, want reason %s", r.line, c.reason)
			}
		})
	}
}
