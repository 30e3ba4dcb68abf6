package module

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/stage"
)

const letter = "ABCD-EFGH-IJKL-MN23"

// invitedTo is a table in which a person has yet to set the token up.
func invitedTo(t *testing.T, p person, until time.Time) string {
	t.Helper()
	i, err := motp.NewInvitation(motp.Token{Secret: p.secret}, letter,
		[motp.InvitationSalt]byte{7}, until.Unix())
	must(t, err)
	return sections("max_failures = 3\n", p) + fmt.Sprintf("invitation = %s/%s/%s\n",
		time.Unix(i.Until, 0).UTC().Format(time.RFC3339), hex.EncodeToString(i.Salt[:]),
		hex.EncodeToString(i.Hash[:]))
}

// setsUp answers a login's questions in turn, and then with nothing.
func (s *site) setsUp(t *testing.T, service string, answers ...string) talk {
	t.Helper()
	var done talk
	given := slices.Clone(answers)
	s.transaction(t, service, alice.name, func(style pam.Style, text string) (string, error) {
		done.prompts = append(done.prompts, prompt{style, text})
		if style != pam.PromptEchoOff || len(given) == 0 {
			return "", nil
		}
		answer := given[0]
		given = given[1:]
		return answer, nil
	}, func(tx *pam.Transaction) {
		done.code = codeOf(t, tx.Authenticate(0))
	})
	done.line = strings.Join(journal.drain(t, service), "\n")
	for _, secret := range append(answers, alice.pin, alice.secret, letter) {
		if len(secret) > 3 && strings.Contains(done.line, secret) {
			t.Errorf("the log tells %q: %q", secret, done.line)
		}
	}
	return done
}

// shows says whether a text was shown.
func (d talk) shows(text string) bool {
	return slices.ContainsFunc(d.prompts, func(p prompt) bool {
		return p.style == pam.TextInfo && strings.Contains(p.text, text)
	})
}

// renewed is alice with the PIN that she has chosen.
func renewed() person {
	p := alice
	p.pin = newPIN
	return p
}

// TestEnrol: whoever has the invitation says yes, is shown the token, chooses a PIN, types a code,
// and is in; the invitation is good once.
func TestEnrol(t *testing.T) {
	t.Parallel()
	s := newSite(t, invitedTo(t, alice, time.Now().Add(time.Hour)), alice)
	service := s.service(t, "enrol")
	s.setsUp(t, service, alice.code(0)).want(t, pam.ErrAuth, "not-enrolled", 1)
	wrong := s.setsUp(t, service, letter, "yes", newPIN, newPIN, alice.code(1))
	wrong.want(t, pam.ErrAuth, "wrong", 5)
	first := renewed().code(0)
	done := s.setsUp(t, service, strings.ToLower(letter), "Yes", "1111", newPIN, newPIN, first)
	done.want(t, success, "enrolled", 6)
	if !strings.Contains(done.line, "result=shown reason=not-enrolled ") {
		t.Errorf("nobody is told that the token is shown: %q", done.line)
	}
	if !done.shows("motp://") || !done.shows(alice.secret) || !done.shows("▀") {
		t.Errorf("shown %q", done.prompts)
	}
	for _, p := range done.prompts {
		if len(p.text) > 511 {
			t.Errorf("a text of %d bytes", len(p.text))
		}
	}
	s.setsUp(t, service, first).want(t, pam.ErrAuth, "replay", 1)
	s.setsUp(t, service, letter).want(t, pam.ErrAuth, "malformed", 1)
	s.setsUp(t, s.service(t), renewed().code(1)).want(t, success, "ok", 1)
	s.setsUp(t, service, alice.code(2)).want(t, pam.ErrAuth, "wrong", 1)
}

// TestEnrolWithoutYes: a program that answers every question alike is shown nothing, and counts.
func TestEnrolWithoutYes(t *testing.T) {
	t.Parallel()
	s := newSite(t, invitedTo(t, alice, time.Now().Add(time.Hour)), alice)
	service := s.service(t, "enrol")
	done := s.setsUp(t, service, letter, letter, letter, letter)
	done.want(t, pam.ErrAuth, "not-enrolled", 2)
	if done.shows("") {
		t.Errorf("shown %q", done.prompts)
	}
	for n := range 2 {
		s.setsUp(t, service, alice.wrong(n)).want(t, pam.ErrAuth, "not-enrolled", 1)
	}
	s.setsUp(t, service, letter).want(t, pam.ErrAuth, "locked", 1)
}

// TestEnrolExpired: an invitation that is typed too late is burnt, whatever the table says later.
func TestEnrolExpired(t *testing.T) {
	t.Parallel()
	s := newSite(t, invitedTo(t, alice, time.Now().Add(-time.Second)), alice)
	service := s.service(t, "enrol")
	s.setsUp(t, service, letter).want(t, pam.ErrAuth, "not-enrolled", 1)
	s.write(t, invitedTo(t, alice, time.Now().Add(time.Hour)))
	s.setsUp(t, service, strings.ToLower(letter)).want(t, pam.ErrAuth, "not-enrolled", 1)
}

// TestEnrolNotHere: without the option, and by a worker, an invitation is a wrong code, with a
// remedy in the log.
func TestEnrolNotHere(t *testing.T) {
	t.Parallel()
	s := newSite(t, invitedTo(t, alice, time.Now().Add(time.Hour)), alice)
	services := map[string]string{"without the option": s.service(t)}
	if judge == stage.ByWorker {
		services["by a worker"] = s.service(t, "enrol")
	}
	typed := letter // the same again is not counted
	for name, service := range services {
		done := s.setsUp(t, service, typed, "yes")
		typed = strings.ToLower(typed)
		done.want(t, pam.ErrAuth, "not-enrolled", 1)
		if !strings.Contains(done.line, "enrol") || done.shows("") {
			t.Errorf("%s: %q", name, done)
		}
	}
}

// TestEnrolTwiceAtOnce: of several who have the invitation, and are asked for the code at the same
// time, one is in.
func TestEnrolTwiceAtOnce(t *testing.T) {
	t.Parallel()
	const people = 4
	s := newSite(t, invitedTo(t, alice, time.Now().Add(time.Hour)), alice)
	var together, ended sync.WaitGroup
	together.Add(people)
	codes := make([]int, people)
	service := s.service(t, "enrol") // one place, or one of them alone is shown the token
	for n := range people {
		who := alice
		who.pin = fmt.Sprintf("Pin-N%dq1", n)
		answers := []string{letter, "yes", who.pin, who.pin, who.code(int64(n))}
		ended.Add(1)
		go func() {
			defer ended.Done()
			converse := func(style pam.Style, _ string) (string, error) {
				if style != pam.PromptEchoOff {
					return "", nil
				}
				answer := answers[0]
				if answers = answers[1:]; len(answers) == 0 {
					together.Done()
					together.Wait()
				}
				return answer, nil
			}
			s.transaction(t, service, alice.name, converse, func(tx *pam.Transaction) {
				codes[n] = codeOf(t, tx.Authenticate(0))
			})
		}()
	}
	ended.Wait()
	in := 0
	for _, code := range codes {
		if code == int(success) {
			in++
		} else if code != int(pam.ErrAuth) {
			t.Errorf("code %d", code)
		}
	}
	if in != 1 {
		t.Errorf("%d of %d are in", in, people)
	}
}
