package module

import (
	"errors"
	"testing"

	"github.com/msteinert/pam/v2"
)

// prompt is one message of a conversation.
type prompt struct {
	style pam.Style
	text  string
}

// otpPrompt is what a person sees, unless an option says otherwise.
var otpPrompt = prompt{pam.PromptEchoOff, "OTP: "}

// attempt is what one login looked like from outside.
type attempt struct {
	code    int
	prompts []prompt
	record  record
	// others is how many log lines came beside the result line.
	others int
}

// try describes a login; the zero value of what is not set is PAM's own.
type try struct {
	service, user, answer string
	rhost, tty            string
	flags                 pam.Flags
	// release, if set, is called in the conversation, before the answer is given.
	release func()
	// broken makes the conversation fail.
	broken bool
}

// authenticate runs a login in this process, through msteinert/pam, and returns PAM's code and the
// conversation.
func (s *site) authenticate(t *testing.T, try try) (code int, prompts []prompt) {
	t.Helper()
	code = -1
	s.transaction(t, try.service, try.user, func(style pam.Style, text string) (string, error) {
		prompts = append(prompts, prompt{style, text})
		if try.release != nil {
			try.release()
		}
		if try.broken {
			return "", errors.New("hung up")
		}
		return try.answer, nil
	}, func(tx *pam.Transaction) {
		for item, value := range map[pam.Item]string{pam.Rhost: try.rhost,
			pam.Tty: try.tty} {
			if value == "" {
				continue
			}
			if err := tx.SetItem(item, value); err != nil {
				t.Errorf("pam_set_item: %v", err)
			}
		}
		code = codeOf(t, tx.Authenticate(try.flags))
	})
	return code, prompts
}

// transaction starts one in this process, where the site is, has it used, and ends it.
func (s *site) transaction(t *testing.T, service, user string, converse pam.ConversationFunc,
	use func(*pam.Transaction)) {
	t.Helper()
	s.here(t, func() {
		tx, err := pam.StartConfDir(service, user, converse, s.pamd)
		if err != nil {
			t.Errorf("pam_start: %v", err)
			return
		}
		defer func() {
			if err := tx.End(); err != nil {
				t.Errorf("pam_end: %v", err)
			}
		}()
		use(tx)
	})
}

// codeOf is the number behind an error of msteinert/pam.
func codeOf(t *testing.T, err error) int {
	t.Helper()
	var code pam.Error
	if err != nil && !errors.As(err, &code) {
		t.Errorf("not a PAM code: %v", err)
		return -1
	}
	return int(code)
}

// login is authenticate, and the log with it: exactly one result line, well formed, with no secret
// in it, that agrees with the code.
func (s *site) login(t *testing.T, try try) attempt {
	t.Helper()
	code, prompts := s.authenticate(t, try)
	a := attempt{code: code, prompts: prompts}
	a.record, a.others = s.logged(t, try.service, code, try.answer)
	return a
}

// logged returns the one result line that a login with this outcome must have written.
func (s *site) logged(t *testing.T, service string, code int, answers ...string) (record, int) {
	t.Helper()
	records, others := journal.records(t, service, s.secrets(answers...))
	if len(records) != 1 {
		t.Errorf("%d result lines, want one: %q", len(records), records)
		return record{}, others
	}
	want := "denied"
	switch code {
	case 0:
		want = "accepted"
	case ignored:
		want = "ignored"
	}
	if got := records[0].result(); got != want {
		t.Errorf("code %d was logged as %.300q", code, records[0].line)
	}
	return records[0], others
}

// enter is the shortest form: this service, this user, this answer.
func (s *site) enter(t *testing.T, service, user, answer string) attempt {
	t.Helper()
	return s.login(t, try{service: service, user: user, answer: answer})
}

// want checks an attempt's code, and its reason unless that is empty.
func (a attempt) want(t *testing.T, code pam.Error, reason string) {
	t.Helper()
	if a.code != int(code) {
		t.Errorf("code %d (%v), want %d (%v); log %.300q", a.code, pam.Error(a.code),
			int(code), code, a.record.line)
	}
	if reason != "" && a.record.reason() != reason {
		t.Errorf("reason %q, want %q; log %.300q", a.record.reason(), reason, a.record.line)
	}
}

// success is PAM_SUCCESS in the type of the other codes.
const success = pam.Error(0)
