package login

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

const update = flagChauthtok | 0x2000

// changing is the request of a passwd for alice.
func changing(options []string, flags uint32) Request {
	req := request("alice", append(options, "change_pin"))
	req.Flags = flags
	return req
}

// asked plays a change up to a question, with stages written and read in between, as motpd does.
func asked(t *testing.T, req Request, host *script, now time.Time, answers ...string) Step {
	t.Helper()
	ctx := context.Background()
	step := Start(ctx, req, host, site.Open, at(now))
	for _, typed := range answers {
		if step.Question == "" {
			t.Fatalf("ended before %q: %+v", typed, step)
		}
		b, err := step.Stage.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		var stage Stage
		if err := stage.UnmarshalBinary(b); err != nil {
			t.Fatal(err)
		}
		req.Answer = &Answer{Text: text(typed)}
		step = Continue(ctx, req, stage, host, site.Open, at(now))
	}
	return step
}

// A change goes through motpd's tickets, and is told in one line. Neither code nor PIN is left for
// later modules, where one would become the password.
func TestChangeByStages(t *testing.T) {
	options := append(place(t, table), "set_pass")
	host := new(script)
	step := asked(t, changing(options, update), host, noon, right, "1111", "5917", "5917")
	if step.Question != "" || step.Outcome.Code != Success ||
		!strings.HasPrefix(step.Outcome.Line, "result=accepted reason=pin-set user=alice") {
		t.Fatalf("%+v", step)
	}
	if len(host.shown) != 1 || len(host.left) != 0 {
		t.Errorf("shown %q, left %q", host.shown, host.left)
	}
	step = asked(t, changing(options, update), host, noon, right)
	if step.Outcome.Code != AuthErr || !strings.Contains(step.Outcome.Line, "reason=wrong") {
		t.Errorf("the old PIN: %+v", step)
	}
}

// A program that gives one answer to every question changes nothing: nobody would know the PIN.
func TestChangeByOneAnswer(t *testing.T) {
	const table = "[alice]\ntype = totp\nsecret = JBSWY3DPEHPK3PXP\npin = 7391\n"
	options := place(t, table)
	code := "7391" + motp.Token{Type: motp.TOTP, Secret: "Hello!\xde\xad\xbe\xef"}.Code(noon)
	host := new(script)
	step := asked(t, changing(options, update), host, noon, code, code, code, code)
	if step.Outcome.Code != AuthtokErr || len(host.shown) != 2 ||
		!strings.Contains(step.Outcome.Line, "The PIN is the code") {
		t.Errorf("%+v, shown %q", step, host.shown)
	}
}

// The first call says whether there is a PIN, asks nobody, and writes no line if there is one.
func TestChangeAsksNobodyFirst(t *testing.T) {
	step := asked(t, changing(place(t, table), flagChauthtok|flagPrelim), new(script), noon)
	if step.Question != "" || step.Outcome.Code != Success || step.Outcome.Line != "" {
		t.Errorf("%+v", step)
	}
}

// Who may be anybody changes no PIN here: the administrator may not have allowed it.
func TestChangeIsForRootsPrograms(t *testing.T) {
	req := changing(place(t, table), update)
	req.Limited = true
	step := asked(t, req, new(script), noon)
	if step.Outcome.Code != AuthinfoUnavail ||
		!strings.Contains(step.Outcome.Line, "reason=caller") {
		t.Errorf("%+v", step)
	}
}

// A line without the option is for other modules, whoever asks.
func TestChangeWithoutTheOption(t *testing.T) {
	req := request("alice", place(t, table))
	req.Flags = update
	if step := asked(t, req, new(script), noon); step.Outcome.Code != Ignore {
		t.Errorf("%+v", step)
	}
}

// What begins as a change goes on as none of a login's, and the other way round.
func TestChangeIsNoLogin(t *testing.T) {
	options := place(t, table)
	change := asked(t, changing(options, update), new(script), noon)
	req := changing(options, 0)
	req.Answer = &Answer{Text: text(right)}
	login := Start(context.Background(), request("alice", options), new(script), site.Open,
		at(noon))
	for name, c := range map[string]struct {
		flags uint32
		from  Stage
	}{"a change that goes on as a login": {0, change.Stage},
		"a login that goes on as a change": {update, login.Stage}} {
		req.Flags = c.flags
		step := Continue(context.Background(), req, c.from, new(script), site.Open,
			at(noon))
		if step.Outcome.Code != AuthinfoUnavail {
			t.Errorf("%s: %+v", name, step)
		}
	}
}

// What was proven is not good for ever, and the old PIN stays then.
func TestChangeLapses(t *testing.T) {
	options := place(t, table)
	host := new(script)
	req := changing(options, update)
	step := asked(t, req, host, noon, right, "5917")
	req.Answer = &Answer{Text: text("5917")}
	later := at(noon.Add(6 * time.Minute))
	step = Continue(context.Background(), req, step.Stage, host, site.Open, later)
	if step.Outcome.Code != AuthtokErr ||
		!strings.Contains(step.Outcome.Line, "reason=new-pin") {
		t.Errorf("%+v", step)
	}
}

// A conversation that fails ends a change with its code.
func TestChangeConversationFails(t *testing.T) {
	req := changing(place(t, table), update)
	step := asked(t, req, new(script), noon, right)
	req.Answer = &Answer{Code: 6}
	step = Continue(context.Background(), req, step.Stage, new(script), site.Open, at(noon))
	if step.Outcome.Code != 6 || !strings.Contains(step.Outcome.Line, "reason=conversation") {
		t.Errorf("%+v", step)
	}
}

// FuzzStage: whatever is read as a stage is written as it was read.
func FuzzStage(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{stageCurrent})
	f.Add(append([]byte{stageChange, 1, 2, 'a', 'b', 4, '5', '9', '1', '7', 5, 0}, "alice"+
		"\x00\x00aaaaaaaabbbbbbbb"...))
	f.Add([]byte{stageChange, 1, 200, 'x'})
	f.Add(append([]byte{stageEnrol, byte(enrolAgain), 1, 4, '5', '9', '1', '7', 5, 0},
		"alice\x00\x00aaaaaaaabbbbbbbbcccccccc"...))
	f.Add([]byte{stageEnrol, byte(enrolSteps), 0, 0})
	f.Add(append([]byte{stagePending, 5, 0}, "alice"+"aaaaaaaa"+"\x00\x00kkkkkkkknnnnnnnn"...))
	f.Fuzz(func(t *testing.T, b []byte) {
		var s Stage
		if s.UnmarshalBinary(b) != nil {
			return
		}
		again, err := s.MarshalBinary()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("% x was read, % x written, %v", b, again, err)
		}
	})
}
