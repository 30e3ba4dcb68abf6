package module

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
)

// TestAnswers walks through one person's logins: what PAM returns, and what the log says why.
func TestAnswers(t *testing.T) {
	t.Parallel()
	forms := map[string]string{
		"sections": sections("", alice, bob),
		"columns":  columns(alice, bob),
	}
	for form, table := range forms {
		for _, p := range []person{alice, bob} {
			t.Run(form+" "+p.name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t, table, alice, bob)
				service := s.service(t)
				old, now, next := p.code(-17), p.code(0), p.code(17)
				for _, step := range []struct {
					what, user, answer string
					code               pam.Error
					reason             string
				}{
					{"wrong", p.name, p.wrong(0), pam.ErrAuth, "wrong"},
					{"the same wrong one", p.name, p.wrong(0),
						pam.ErrAuth, "repeated"},
					{"another wrong one", p.name, p.wrong(1),
						pam.ErrAuth, "wrong"},
					{"empty", p.name, "", pam.ErrAuth, "empty"},
					{"blanks", p.name, "  \t", pam.ErrAuth, "empty"},
					{"too short", p.name, now[:5], pam.ErrAuth, "malformed"},
					{"too long", p.name, now + "0", pam.ErrAuth, "malformed"},
					{"not hex", p.name, "zzzzzz", pam.ErrAuth, "malformed"},
					{"three minutes old", p.name, p.code(-21),
						pam.ErrAuth, "wrong"},
					{"three minutes early", p.name, p.code(21),
						pam.ErrAuth, "wrong"},
					{"oldest", p.name, old, success, "ok"},
					{"right, upper case and blanks", p.name,
						" " + strings.ToUpper(now) + " ", success, "ok"},
					{"right once more", p.name, now, pam.ErrAuth, "replay"},
					{"oldest once more", p.name, old, pam.ErrAuth, "replay"},
					{"newest", p.name, next, success, "ok"},
					{"an unused one before it", p.name, p.code(3),
						success, "ok"},
					{"newest once more", p.name, next, pam.ErrAuth, "replay"},
					{"unknown user", "mallory", p.code(4), pam.ErrUserUnknown,
						"unknown-user"},
					{"known user in other case", strings.ToUpper(p.name),
						p.code(4), pam.ErrUserUnknown, "unknown-user"},
				} {
					a := s.enter(t, service, step.user, step.answer)
					if a.want(t, step.code, step.reason); t.Failed() {
						t.Fatalf("at %q", step.what)
					}
					if !slices.Equal(a.prompts, []prompt{otpPrompt}) {
						t.Fatalf("%s: prompts %q, want only %q", step.what,
							a.prompts, otpPrompt)
					}
					if a.others != 0 {
						t.Fatalf("%s: %d log lines beside the result",
							step.what, a.others)
					}
				}
			})
		}
	}
}

// TestLockout: the eighth wrong code in a row locks, a repeated, used, empty or malformed one does
// not count, and a right one starts anew.
func TestLockout(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	used := alice.code(-1)
	s.enter(t, service, "alice", used).want(t, success, "ok")
	for i := range 7 {
		s.enter(t, service, "alice", alice.wrong(i)).want(t, pam.ErrAuth, "wrong")
		for range 2 {
			s.enter(t, service, "alice", alice.wrong(i)).want(t,
				pam.ErrAuth, "repeated")
			s.enter(t, service, "alice", used).want(t, pam.ErrAuth, "replay")
			s.enter(t, service, "alice", "").want(t, pam.ErrAuth, "empty")
		}
	}
	s.enter(t, service, "alice", alice.code(0)).want(t, success, "ok")
	for i := range 8 {
		s.enter(t, service, "alice", alice.wrong(20+i)).want(t, pam.ErrAuth, "wrong")
	}
	a := s.enter(t, service, "alice", alice.code(1))
	a.want(t, pam.ErrAuth, "locked")
	if !slices.Equal(a.prompts, []prompt{otpPrompt}) {
		t.Errorf("a locked user saw %q", a.prompts)
	}
	s.enter(t, service, "bob", bob.code(0)).want(t, success, "ok")
}

// TestTwoLimits: where two services have limits of their own, neither is a way around the other's,
// though locks end by themselves.
func TestTwoLimits(t *testing.T) {
	t.Parallel()
	s := newSite(t, sections("unlock_after = 15m\n", alice), alice)
	high, low := s.service(t), s.service(t, "maxtries=3")
	for i := range 6 {
		s.enter(t, high, "alice", alice.wrong(i)).want(t, pam.ErrAuth, "wrong")
	}
	s.enter(t, low, "alice", alice.code(0)).want(t, pam.ErrAuth, "locked")
	for i := range 2 {
		s.enter(t, high, "alice", alice.wrong(6+i)).want(t, pam.ErrAuth, "wrong")
	}
	for _, service := range []string{high, low} {
		s.enter(t, service, "alice", alice.code(0)).want(t, pam.ErrAuth, "locked")
	}
}

// TestDummyAnswer: sshd answers this for users it has already refused, who must not be locked by
// it.
func TestDummyAnswer(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t, "maxtries=1")
	for range 2 {
		s.enter(t, service, "alice", "\b\n\r\177INCORRECT").want(t, pam.ErrAuth, "")
	}
	s.enter(t, service, "alice", alice.code(0)).want(t, success, "ok")
}

// TestLine: the log line names who, from where, on what and through which service, and no name that
// is in no table.
func TestLine(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	a := s.login(t, try{service: service, user: "alice", answer: alice.wrong(0),
		rhost: "192.0.2.7", tty: "ssh"})
	want := "result=denied reason=wrong user=alice rhost=192.0.2.7 tty=ssh service=" + service
	if a.record.line != want {
		t.Errorf("line %q, want %q", a.record.line, want)
	}
	for options, user := range map[string]string{"": "?", "debug": "hunter2secret"} {
		a := s.enter(t, s.service(t, options), "hunter2secret", "abcdef")
		a.want(t, pam.ErrUserUnknown, "unknown-user")
		if got := a.record.values["user"]; got != user {
			t.Errorf("with options %q an unknown user is logged as %q, want %q",
				options, got, user)
		}
	}
}

// TestNoUser: a host that does not know the name yet has PAM ask for it.
func TestNoUser(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	var seen []prompt
	s.transaction(t, service, "", func(style pam.Style, text string) (string, error) {
		seen = append(seen, prompt{style, text})
		if style == pam.PromptEchoOn {
			return "alice", nil
		}
		return alice.code(0), nil
	}, func(tx *pam.Transaction) {
		if err := tx.Authenticate(0); err != nil {
			t.Error(err)
		}
	})
	if len(seen) != 2 || seen[0].style != pam.PromptEchoOn || seen[1] != otpPrompt {
		t.Errorf("prompts %q", seen)
	}
	s.logged(t, service, 0)
}

// TestSilent: PAM_SILENT takes away messages, of which there are none, and not the prompt.
func TestSilent(t *testing.T) {
	t.Parallel()
	s := standard(t)
	for _, options := range []string{"", "debug", "no_warn"} {
		for _, flags := range []pam.Flags{0, pam.Silent} {
			for _, answer := range []string{alice.wrong(0), ""} {
				a := s.login(t,
					try{
						service: s.service(t, options),
						user:    "alice",
						answer:  answer,
						flags:   flags,
					})
				a.want(t, pam.ErrAuth, "")
				if !slices.Equal(a.prompts, []prompt{otpPrompt}) {
					t.Errorf("options %q, flags %#x: prompts %q", options,
						int(flags), a.prompts)
				}
			}
		}
	}
}

// TestOtherEntryPoints: what is not authentication is answered without asking or logging anything.
func TestOtherEntryPoints(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	nothing := func(style pam.Style, text string) (string, error) {
		t.Errorf("asked %q", text)
		return "", nil
	}
	s.transaction(t, service, "alice", nothing, func(tx *pam.Transaction) {
		for _, c := range []struct {
			name string
			err  error
			code pam.Error
		}{
			{"setcred establish", tx.SetCred(pam.EstablishCred), success},
			{"setcred delete", tx.SetCred(pam.DeleteCred), success},
			{"setcred reinitialize", tx.SetCred(pam.ReinitializeCred | pam.Silent),
				success},
			{"acct_mgmt", tx.AcctMgmt(0), success},
			{"open_session", tx.OpenSession(0), success},
			{"close_session", tx.CloseSession(0), success},
			{"chauthtok", tx.ChangeAuthTok(0), ignored},
			{"chauthtok expired", tx.ChangeAuthTok(pam.ChangeExpiredAuthtok), ignored},
		} {
			if got := codeOf(t, c.err); got != int(c.code) {
				t.Errorf("%s: code %d, want %d", c.name, got, int(c.code))
			}
		}
	})
	if lines := journal.drain(t, service); len(lines) != 0 {
		t.Errorf("logged %q", lines)
	}
	if files := s.stateFiles(t); len(files) != 0 {
		t.Errorf("left state %q", files)
	}
}

// TestOneFileAUser: motp.conf.d/NAME.conf works beside the table and without it; who is in both is
// in neither.
func TestOneFileAUser(t *testing.T) {
	t.Parallel()
	carol := person{name: "carol", secret: "00112233445566778899aabbccddeeff", pin: "Pin-C"}
	for name, c := range map[string]struct {
		table  string
		remove bool
		user   person
		code   pam.Error
	}{
		"beside sections": {sections("", alice), false, carol, success},
		"beside columns":  {columns(alice), false, carol, success},
		"without a table": {"", true, carol, success},
		"the table's own": {sections("", alice), false, alice, success},
		"twice in sections": {sections("", alice, carol), false, carol,
			pam.ErrAuthinfoUnavail},
		"twice in columns": {columns(alice, carol), false, carol,
			pam.ErrAuthinfoUnavail},
		"the other is twice": {sections("", alice, carol), false, alice, success},
		"settings above them": {"max_failures = 3\n" + sections("", alice), false,
			carol, success},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.table, alice, carol)
			must(t, os.Mkdir(s.conf+".d", 0o700))
			must(t, os.WriteFile(filepath.Join(s.conf+".d", "carol.conf"),
				[]byte(sections("", carol)), 0o600))
			if c.remove {
				must(t, os.Remove(s.conf))
			}
			service := s.service(t)
			code := c.user.code(0)
			s.enter(t, service, c.user.name, code).want(t, c.code, "")
			if c.code == success {
				s.enter(t, service, c.user.name, code).want(t,
					pam.ErrAuth, "replay")
			}
			s.enter(t, service, "mallory", code).want(t, pam.ErrUserUnknown,
				"unknown-user")
		})
	}
}

// TestSettings: what stands above the first user holds for everyone.
func TestSettings(t *testing.T) {
	t.Parallel()
	s := newSite(t, sections("; for everyone\nwindow = 50s\nmax_failures = 2\n"+
		"unlock_after = never\n", alice, bob), alice, bob)
	service := s.service(t)
	s.enter(t, service, "alice", alice.code(8)).want(t, pam.ErrAuth, "wrong")
	s.enter(t, service, "alice", alice.code(3)).want(t, success, "ok")
	s.enter(t, service, "alice", alice.wrong(0)).want(t, pam.ErrAuth, "wrong")
	s.enter(t, service, "alice", alice.wrong(1)).want(t, pam.ErrAuth, "wrong")
	s.enter(t, service, "alice", alice.code(2)).want(t, pam.ErrAuth, "locked")
	s.enter(t, service, "bob", bob.code(0)).want(t, success, "ok")
}

// TestLiteralValues: a PIN may hold whatever can be printed, also what INI readers like to
// interpret, but for what the library takes off: that is refused by name of the key.
func TestLiteralValues(t *testing.T) {
	t.Parallel()
	for _, pin := range []string{"0001", `"quoted"`, "a;b#c", "%(window)s", `back\slash\`,
		"a=b", "[x]", "t`ick`", "${HOME}", "'single'", "a b", "'''", `""`, `x"""`} {
		t.Run(pin, func(t *testing.T) {
			t.Parallel()
			p := person{name: "alice", secret: alice.secret, pin: pin}
			s := newSite(t, sections("", p, bob), p, bob)
			service := s.service(t)
			s.enter(t, service, "alice", p.code(0)).want(t, success, "ok")
			s.enter(t, service, "bob", bob.code(0)).want(t, success, "ok")
		})
	}
	for _, pin := range []string{"`tick`", "`", `"""`, `"""x"""`} {
		t.Run(pin, func(t *testing.T) {
			t.Parallel()
			p := person{name: "alice", secret: alice.secret, pin: pin}
			s := newSite(t, sections("", p, bob), p, bob)
			service := s.service(t)
			s.enter(t, service, "alice", p.code(0)).want(t,
				pam.ErrAuthinfoUnavail, "bad-entry")
			s.enter(t, service, "bob", bob.code(0)).want(t, success, "ok")
		})
	}
}
