package login

import (
	"context"
	"encoding/hex"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

const letter = "ABCD-EFGH-IJKL-MN23"

// A drawer is a host by way of a verifier that draws tokens.
type drawer struct{ script }

func (*drawer) HandOut(user string, token motp.Token) ([]string, error) {
	return []string{user + "'s token", token.Secret}, nil
}

// letters is a table in which alice has yet to set her token up.
func letters(t *testing.T) []string {
	t.Helper()
	i, err := motp.NewInvitation(motp.Token{Secret: "0123456789abcdef"}, letter,
		[motp.InvitationSalt]byte{7}, noon.Add(time.Hour).Unix())
	if err != nil {
		t.Fatal(err)
	}
	return place(t, "[alice]\nsecret = 0123456789abcdef\npin = 6666\ninvitation = "+
		noon.Add(time.Hour).UTC().Format(time.RFC3339)+"/"+
		hex.EncodeToString(i.Salt[:])+"/"+hex.EncodeToString(i.Hash[:])+"\n")
}

// invitedTo plays a login up to a question, with stages written and read in between.
func invitedTo(t *testing.T, req Request, host Host, answers ...string) Step {
	t.Helper()
	step := Start(context.Background(), req, host, site.Open, at(noon))
	for _, typed := range answers {
		if step.Question == "" {
			return step
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
		step = Continue(context.Background(), req, stage, host, site.Open, at(noon))
	}
	return step
}

// Where invitations are taken, and from whom.
func TestWhereInvitationsAreTaken(t *testing.T) {
	for name, c := range map[string]struct {
		options []string
		limited bool
		host    Host
		taken   bool
	}{
		"by motpd":           {[]string{"enrol"}, false, new(drawer), true},
		"without the option": {nil, false, new(drawer), false},
		"from anybody":       {[]string{"enrol"}, true, new(drawer), false},
		"by a worker":        {[]string{"enrol"}, false, new(script), false},
		"a password, too": {[]string{"enrol", "forward_pass"}, false, new(drawer),
			false},
	} {
		req := request("alice", append(letters(t), c.options...))
		req.Limited = c.limited
		step := invitedTo(t, req, c.host, letter)
		if (step.Question == yesPrompt) != c.taken ||
			!c.taken && step.Outcome.Code != AuthErr {
			t.Errorf("%s: %+v", name, step)
		}
	}
}

// Nothing is shown before yes, and a PIN is asked for three times.
func TestEnrolmentStep(t *testing.T) {
	for name, c := range map[string]struct {
		answers  []string
		question string
		code     Code
		reason   string
		shown    []string
	}{
		"no yes":  {[]string{letter, letter}, "", AuthErr, "not-enrolled", nil},
		"nothing": {[]string{letter, " "}, "", AuthErr, "reason=empty", nil},
		"yes": {[]string{letter, " YES "}, newPrompt, 0, "",
			[]string{"4 alice's token", "4 0123456789abcdef"}},
		"a weak PIN": {[]string{letter, "yes", "1111"}, newPrompt, 0, "",
			[]string{"4 alice's token", "4 0123456789abcdef",
				"3 The PIN is one character over and over: choose another."}},
		"three of them": {[]string{letter, "yes", "1111", "1234", "5917", "5918"}, "",
			AuthErr, "not-enrolled", []string{"4 alice's token", "4 0123456789abcdef",
				"3 The PIN is one character over and over: choose another.",
				"3 The PIN is a row of neighboring digits: choose another."}},
		"a PIN twice": {[]string{letter, "yes", "5917", "5917"}, firstPrompt, 0, "",
			[]string{"4 alice's token", "4 0123456789abcdef"}},
		"a code of the table's PIN": {[]string{letter, "yes", "5917", "5917", right}, "",
			AuthErr, "wrong", []string{"4 alice's token", "4 0123456789abcdef"}},
	} {
		host := new(drawer)
		step := invitedTo(t, request("alice", append(letters(t), "enrol")), host,
			c.answers...)
		if step.Question != c.question || step.Outcome.Code != c.code ||
			!strings.Contains(step.Outcome.Line, c.reason) ||
			!slices.Equal(host.shown, c.shown) {
			t.Errorf("%s: %+v, shown %q", name, step, host.shown)
		}
		var logged []string
		if len(c.shown) > 0 {
			logged = []string{"result=shown reason=not-enrolled user=alice " +
				"rhost=192.0.2.7 tty=ssh service=sshd detail=\"" + shownToken +
				"\""}
		}
		if !slices.Equal(host.logged, logged) {
			t.Errorf("%s: logged %q", name, host.logged)
		}
	}
}

// Nothing is shown to somebody who has waited with yes until the invitation was good no more: what
// is in the table by then is the secret of somebody who is in, or will be.
func TestNothingIsShownTooLate(t *testing.T) {
	for name, between := range map[string]func(t *testing.T, req Request, table string){
		"somebody else was in": func(t *testing.T, req Request, _ string) {
			code := motp.Token{Secret: "0123456789abcdef", PIN: "5917"}.Code(noon)
			step := invitedTo(t, req, new(drawer), letter, "yes", "5917", "5917", code)
			if step.Outcome.Code != Success {
				t.Fatalf("%+v", step)
			}
		},
		"locked": func(t *testing.T, req Request, _ string) {
			for i := range 8 {
				invitedTo(t, req, new(drawer), "00000"+strconv.Itoa(i))
			}
		},
		"disabled": func(t *testing.T, _ Request, table string) {
			edit(t, table, "[alice]", "[alice]\ndisabled = yes")
		},
		"invited anew": func(t *testing.T, _ Request, table string) {
			edit(t, table, "0123456789abcdef", "fedcba9876543210")
			edit(t, table, "Z/07", "Z/08")
		},
		"given another token": func(t *testing.T, _ Request, table string) {
			edit(t, table, "invitation", "# invitation")
		},
	} {
		options := append(letters(t), "enrol")
		req, host := request("alice", options), new(drawer)
		step := invitedTo(t, req, host, letter)
		between(t, req, strings.TrimPrefix(options[0], "conf="))
		req.Answer = &Answer{Text: text("yes")}
		step = Continue(context.Background(), req, step.Stage, host, site.Open, at(noon))
		if step.Question != "" || step.Outcome.Code != AuthErr || len(host.shown) > 0 {
			t.Errorf("%s: %+v, shown %q", name, step, host.shown)
		}
	}
}

// A token is shown in one place, and again there. Whoever comes from another is told to ask for a
// new invitation, and the log says that somebody may have the secret.
func TestShownInOnePlace(t *testing.T) {
	for name, c := range map[string]struct {
		service, rhost, tty string
		shown               bool
	}{
		"the same":          {"sshd", "192.0.2.7", "ssh", true},
		"another terminal":  {"sshd", "192.0.2.7", "pts/9", true},
		"another address":   {"sshd", "192.0.2.8", "ssh", false},
		"another service":   {"login", "192.0.2.7", "ssh", false},
		"no address at all": {"sshd", "", "ssh", false},
	} {
		req := request("alice", append(letters(t), "enrol"))
		req.Service, req.RHost, req.TTY = text("sshd"), text("192.0.2.7"), text("ssh")
		if step := invitedTo(t, req, new(drawer), letter, "yes"); step.Question == "" {
			t.Fatalf("%+v", step)
		}
		req.Service, req.RHost, req.TTY = text(c.service), text(c.rhost), text(c.tty)
		host := new(drawer)
		step := invitedTo(t, req, host, letter, "yes")
		if c.shown {
			if step.Question != newPrompt || len(host.shown) != 2 {
				t.Errorf("%s: %+v, shown %q", name, step, host.shown)
			}
			continue
		}
		if !slices.Equal(host.shown, []string{"3 " + usedElsewhere}) ||
			step.Outcome.Code != AuthErr || len(host.logged) > 0 ||
			!strings.Contains(step.Outcome.Line, " reason=not-enrolled ") ||
			!strings.Contains(step.Outcome.Line, "may have its secret; invite anew") {
			t.Errorf("%s: %+v, shown %q", name, step, host.shown)
		}
	}
}

// Where there is no address, a terminal is a place.
func TestShownAtOneTerminal(t *testing.T) {
	req := request("alice", append(letters(t), "enrol"))
	req.RHost = Text{Absent: true}
	for _, c := range []struct {
		tty   string
		shown bool
	}{{"tty1", true}, {"tty2", false}, {"tty1", true}} {
		req.TTY = text(c.tty)
		step := invitedTo(t, req, new(drawer), letter, "yes")
		if (step.Question == newPrompt) != c.shown {
			t.Errorf("%s: %+v", c.tty, step)
		}
	}
}

// Within a minute after no yes the same invitation is refused, and the log does not call it used.
func TestInvitationAgainAtOnce(t *testing.T) {
	req := request("alice", append(letters(t), "enrol"))
	invitedTo(t, req, new(drawer), letter, letter)
	again := invitedTo(t, req, new(drawer), letter).Outcome
	if !strings.Contains(again.Line, "reason=repeated ") ||
		strings.Contains(again.Line, "expired or was used") {
		t.Errorf("%+v", again)
	}
}

func edit(t *testing.T, table, from, to string) {
	t.Helper()
	b, err := os.ReadFile(table)
	if err != nil || !strings.Contains(string(b), from) {
		t.Fatalf("%q, %v", b, err)
	}
	b = []byte(strings.Replace(string(b), from, to, 1))
	if err := os.WriteFile(table, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
