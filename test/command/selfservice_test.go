package command

import (
	"regexp"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// Users see how they stand and change their own PIN and clock, through motpd: proven by a current
// code, counted like a login, in the log, and never in the table.
func TestSelfService(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m, "sshd")
		must(t, m.WriteTable("self_service = yes\n"+table))
		must(t, m.AddUser("bob"))
		m.RunMotpd(t)

		got := runAs(t, m, name, "status")
		got.is(t, "status", 0, `(?s)^alice\n  state       ok: may log in\n.*motp pin`, "")
		got = runAs(t, m, name, "status", "--json")
		got.is(t, "status --json", 0, `(?s)"user": "alice".*"own_pin": false`, "")
		got = runAs(t, m, "bob", "status")
		got.is(t, "bob's status", 1, `^$`, "bob is not enrolled")
		got = runAs(t, m, "bob", "status", name)
		got.is(t, "another's status", 1, `^$`, "permission denied")
		got = runAs(t, m, name, "pin", "--weak-pin")
		got.is(t, "a flag of the administrator's", 2, `^$`, "--weak-pin is for an admin")

		step := stage.Step()
		shows := func(more int64, pin string) string {
			return stage.Code(step+more, secret, pin)
		}
		talk(t, m, 1, "that is not a current code", "pin",
			"current code", "000000", "new PIN", "9zq41", "again", "9zq41")
		talk(t, m, 0, "the new PIN is in force", "pin",
			"current code", shows(0, pin), "new PIN", "9zq41", "again", "9zq41")
		talk(t, m, 1, "that is not a current code", "pin",
			"current code", shows(1, pin), "new PIN", "8zq41", "again", "8zq41")
		talk(t, m, 0, "the token's clock is known now", "sync",
			"A code that the token shows", shows(1000, "9zq41"),
			"The next code", shows(1001, "9zq41"))

		// sshd's stack and the administrator go by it
		got = run(t, shows(1002, "9zq41")+"\n", "try", "--stdin", "sshd", name)
		got.is(t, "a login with the new PIN", 0, `accepted\n$`, "judged by motpd")
		got = run(t, "", "status", name)
		got.is(t, "as the administrator sees it", 0,
			`(?s)PIN         set by the user.*drift .* ahead`, "")
		got = run(t, "", "status")
		got.is(t, "motpd's status", 0,
			`^motpd .*, process \d+\n(?s).*served +\d+ requests?\n`, "")

		lines, err := m.Log.Motpd(name)
		must(t, err)
		all := strings.Join(lines, "\n")
		for _, want := range []string{
			"result=denied reason=wrong user=alice caller=alice",
			"result=accepted reason=pin-set user=alice caller=alice",
			"result=accepted reason=synced user=alice caller=alice",
		} {
			if !strings.Contains(all, want) {
				t.Errorf("the log has no %q:\n%s", want, all)
			}
		}
		if strings.Contains(all, "9zq41") || strings.Contains(all, pin) {
			t.Errorf("the log holds a PIN:\n%s", all)
		}
	})
}

// Nobody may do more than the table says.
func TestSelfServiceIsNotAllowed(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m)
		m.RunMotpd(t)
		got := runAs(t, m, name, "status")
		got.is(t, "status, which is allowed unless it is not", 0, `ok: may log in`, "")
		got = runAs(t, m, name, "pin")
		got.is(t, "pin", 1, `^$`, "self_service = yes")
		must(t, m.WriteTable("self_service = no\n"+table))
		got = runAs(t, m, name, "status")
		got.is(t, "status", 1, `^$`, "self_service = no")
	})
}

// runAs runs motp as a user.
func runAs(t *testing.T, m *stage.Machine, user string, arguments ...string) ran {
	t.Helper()
	cmd, err := m.CommandAs(user, "motp", arguments...)
	must(t, err)
	return runCommand(t, cmd, "")
}

// is compares what came of a command; out is a regular expression.
func (r ran) is(t *testing.T, what string, status int, out, err string) {
	t.Helper()
	if r.status != status || !regexp.MustCompile(out).MatchString(r.out) ||
		!strings.Contains(r.err, err) {
		t.Errorf("%s: exit %d\n%s%swant exit %d\n%s\n%s", what, r.status, r.out, r.err,
			status, out, err)
	}
}

// talk runs a verb as alice on a terminal: after each text that is shown, a line is typed.
func talk(t *testing.T, m *stage.Machine, status int, end, verb string, dialogue ...string) {
	t.Helper()
	cmd, err := m.CommandAs(name, "motp", verb)
	must(t, err)
	terminal, err := stage.Start(cmd)
	must(t, err)
	for ; len(dialogue) > 1; dialogue = dialogue[2:] {
		terminal.Expect(dialogue[0])
		terminal.SendHidden(dialogue[1])
	}
	terminal.Expect(end)
	got, err := terminal.Wait()
	must(t, err)
	if got != status {
		t.Errorf("motp %s: exit %d, want %d; shown:\n%s", verb, got, status,
			terminal.Shown())
	}
}
