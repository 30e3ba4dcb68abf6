package module

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// PAM's codes of pam_chauthtok.
const (
	authtokErr = pam.ErrAuthtok
	newPIN     = "Pin-N5q1"
)

// A talk is what a change of a PIN came to.
type talk struct {
	code    int
	prompts []prompt
	line    string // of the log; empty if there is none
}

// change runs pam_chauthtok, both of its calls, and answers its questions in turn.
func (s *site) change(t *testing.T, service, user string, flags pam.Flags,
	answers ...string) talk {
	t.Helper()
	var done talk
	converse := func(style pam.Style, text string) (string, error) {
		done.prompts = append(done.prompts, prompt{style, text})
		if style != pam.PromptEchoOff || len(answers) == 0 {
			return "", nil
		}
		answer := answers[0]
		answers = answers[1:]
		return answer, nil
	}
	s.transaction(t, service, user, converse, func(tx *pam.Transaction) {
		done.code = codeOf(t, tx.ChangeAuthTok(flags))
	})
	lines := journal.drain(t, service)
	if len(lines) > 1 {
		t.Errorf("logged %q", lines)
	}
	done.line = strings.Join(lines, "")
	for _, secret := range append(answers, alice.pin, alice.secret, newPIN) {
		if secret != "" && strings.Contains(done.line, secret) {
			t.Errorf("the log tells %q: %q", secret, done.line)
		}
	}
	return done
}

// want checks what a change came to.
func (d talk) want(t *testing.T, code pam.Error, reason string, questions int) {
	t.Helper()
	asked := 0
	for _, p := range d.prompts {
		if p.style == pam.PromptEchoOff {
			asked++
		}
	}
	if d.code != int(code) || asked != questions ||
		!strings.Contains(d.line, "reason="+reason+" ") && reason != d.line {
		t.Errorf("code %d, %q, log %q; want %d, %d questions, %q", d.code, d.prompts,
			d.line, int(code), questions, reason)
	}
}

// pinOf is the PIN in force.
func (s *site) pinOf(t *testing.T, p person) string {
	t.Helper()
	v := motp.Verifier{Store: files.Store{Dir: s.state}, Policy: motp.DefaultPolicy}
	tokens, err := v.InForce(context.Background(), motp.User{Name: p.name,
		Tokens: []motp.Token{{Secret: p.secret, PIN: p.pin}}})
	must(t, err)
	return tokens[0].PIN
}

// TestChangePIN: a current code, then the new PIN twice, and the new one is in force; whatever goes
// wrong leaves the old one.
func TestChangePIN(t *testing.T) {
	t.Parallel()
	const weak = "3 The PIN is a row of neighboring digits: choose another."
	for _, c := range []struct {
		name      string
		answers   func() []string
		flags     pam.Flags
		code      pam.Error
		reason    string
		questions int
		shown     []string
	}{
		{"changed", func() []string {
			return []string{alice.code(0), newPIN, newPIN}
		}, 0, success, "pin-set", 3, nil},
		{"at the third try", func() []string {
			return []string{alice.code(0), "1234", newPIN, "Pin-N5q2", newPIN, newPIN}
		}, 0, success, "pin-set", 6, []string{weak,
			"3 The two are not the same: once more."}},
		{"the same, silently", func() []string {
			return []string{alice.code(0), "1234", newPIN, "Pin-N5q2", newPIN, newPIN}
		}, pam.Silent, success, "pin-set", 6, nil},
		{"three weak ones", func() []string {
			return []string{alice.code(0), "1234", "1111", "1234"}
		}, 0, authtokErr, "new-pin", 4, []string{weak,
			"3 The PIN is one character over and over: choose another."}},
		{"too long", func() []string {
			return []string{alice.code(0), strings.Repeat("x1y2", 17),
				strings.Repeat("x1y2", 300), ""}
		}, 0, authtokErr, "new-pin", 4, []string{
			"3 The PIN is longer than 64 characters: choose another.",
			"3 The PIN is too long: choose another."}},
		{"the password", func() []string { return []string{"hunter2-hunter2"} }, 0,
			pam.ErrAuth, "malformed", 1, nil},
		{"the old PIN", func() []string { return []string{alice.pin} }, 0,
			pam.ErrAuth, "malformed", 1, nil},
		{"a wrong code", func() []string { return []string{alice.wrong(0)} }, 0,
			pam.ErrAuth, "wrong", 1, nil},
		{"expired passwords only", nil, pam.ChangeExpiredAuthtok, ignored, "", 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, sections("", alice), alice)
			var answers []string
			if c.answers != nil {
				answers = c.answers()
			}
			done := s.change(t, s.service(t, "change_pin"), "alice", c.flags,
				answers...)
			done.want(t, c.code, c.reason, c.questions)
			var shown []string
			for _, p := range done.prompts {
				if p.style != pam.PromptEchoOff {
					shown = append(shown, fmt.Sprintf("%d %s", p.style, p.text))
				}
			}
			if !slices.Equal(shown, c.shown) {
				t.Errorf("shown %q, want %q", shown, c.shown)
			}
			want := alice.pin
			if c.code == success {
				want = newPIN
			}
			if got := s.pinOf(t, alice); got != want {
				t.Errorf("the PIN in force is %q, want %q", got, want)
			}
			if len(answers) > 0 {
				a := s.enter(t, s.service(t), "alice", answers[0])
				if a.code == int(success) {
					t.Error("the code of a change is good for a login")
				}
			}
		})
	}
}

// TestChangePINOfWhom: nobody is asked who has no PIN to change; and who cannot be read is refused.
func TestChangePINOfWhom(t *testing.T) {
	t.Parallel()
	bare := "[bare]\ntype = totp\nsecret = JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n"
	for _, c := range []struct {
		name, user, table, option string
		code                      pam.Error
		reason                    string
	}{
		{"no PIN", "bare", bare, "change_pin", ignored, "no-pin"},
		{"not in the table", "mallory", bare, "change_pin", ignored, "no-pin"},
		{"the same with nullok", "mallory", bare, "change_pin nullok", ignored, "no-pin"},
		{"no option", "alice", sections("", alice), "nullok", ignored, ""},
		{"a bad entry", "alice", "[alice]\npin = 1\n", "change_pin nullok",
			pam.ErrAuthinfoUnavail, "bad-entry"},
		{"bad settings", "alice", "window = x\n" + sections("", alice), "change_pin",
			pam.ErrService, "bad-settings"},
		{"a bad option", "alice", sections("", alice), "change_pin nullock",
			pam.ErrService, "bad-option"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, c.table)
			done := s.change(t, s.service(t, strings.Fields(c.option)...), c.user, 0)
			done.want(t, c.code, c.reason, 0)
		})
	}
	t.Run("an unreadable table", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, sections("", alice), alice)
		must(t, os.Chmod(s.conf, 0o644))
		done := s.change(t, s.service(t, "change_pin", "nullok"), "alice", 0)
		done.want(t, pam.ErrAuthinfoUnavail, "table", 0)
	})
	t.Run("a corrupt record", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, sections("", alice), alice)
		must(t, os.WriteFile(filepath.Join(s.state, "alice"), []byte("rubbish"), 0o600))
		done := s.change(t, s.service(t, "change_pin"), "alice", 0)
		done.want(t, pam.ErrAuthinfoUnavail, "corrupt", 0)
	})
}

// TestChangePINThatIsGone: a user who had a PIN at the first of PAM's two calls and has none at the
// second is not passed on to modules that the first has not come to: they would change the password
// without asking for the old one.
func TestChangePINThatIsGone(t *testing.T) {
	t.Parallel()
	s := newSite(t, sections("", alice), alice)
	other := filepath.Join(s.dir, "other")
	must(t, os.WriteFile(other, []byte(sections("", bob)), 0o600))
	service := s.stack(t,
		// which runs at the second call
		fmt.Sprintf("password optional pam_exec.so quiet /bin/cp %s %s", other, s.conf),
		"password [success=done ignore=ignore default=die] "+s.module("change_pin"),
		"password required pam_permit.so")
	s.change(t, service, "alice", 0).want(t, authtokErr, "new-pin", 0)
	s.change(t, service, "alice", 0).want(t, success, "no-pin", 0)
}

// TestChangePINCounts: codes are guessed no faster here than at a login, and what is used here is
// used.
func TestChangePINCounts(t *testing.T) {
	t.Parallel()
	s := newSite(t, sections("max_failures = 3\n", alice), alice)
	service := s.service(t, "change_pin")
	used := alice.code(0)
	s.enter(t, s.service(t), "alice", used).want(t, success, "ok")
	s.change(t, service, "alice", 0, used).want(t, pam.ErrAuth, "replay", 1)
	for n := range 3 {
		s.change(t, service, "alice", 0, alice.wrong(n)).want(t, pam.ErrAuth, "wrong", 1)
	}
	s.change(t, service, "alice", 0, alice.code(1)).want(t, pam.ErrAuth, "locked", 1)
	s.enter(t, s.service(t), "alice", alice.code(1)).want(t, pam.ErrAuth, "locked")
}
