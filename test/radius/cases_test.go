package radius

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// person is somebody with a phone.
type person struct {
	name, secret, pin string
	step              int64
}

// newCode makes a code that the person has not used yet, without waiting for the next step.
func (p *person) newCode() string {
	p.step = max(p.step+1, stage.Step())
	return stage.Code(p.step, p.secret, p.pin)
}

func (p *person) wrongCodes(n int) []string { return stage.WrongCodes(n, p.secret, p.pin) }

// The cast; each case has its own person, so that the cases can be played side by side.
type cast struct{ alice, bob, carol, frank *person }

func newCast() *cast {
	return &cast{
		alice: &person{name: "alice", secret: "7ac61d4736f51a2b", pin: "zk41q"},
		bob:   &person{name: "bob", secret: "0f1e2d3c4b5a6978", pin: "wv52r"},
		carol: &person{name: "carol", secret: "c0ffee5eed0ddba1", pin: "yt63s"},
		frank: &person{name: "frank", secret: "feedfacecafebeef", pin: `x"u\7'p`},
	}
}

func (c *cast) people() []*person { return []*person{c.alice, c.bob, c.carol, c.frank} }

// outsider is nobody that the server knows.
const outsider = "dave"

// writeTable writes the cast's motp.conf, owned by the server's user.
func (c *cast) writeTable(t *testing.T, maxFailures int) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "max_failures = %d\n", maxFailures)
	for _, p := range c.people() {
		fmt.Fprintf(&b, "\n[%s]\nsecret = %s\npin = %s\n", p.name, p.secret, p.pin)
	}
	must(t, os.WriteFile(table, []byte(b.String()), 0o600))
	give(t, table)
}

// playCases plays what every way has to get right, and compares the reasons that are logged.
func playCases(t *testing.T, s *server, c *cast, maxFailures int,
	reasons func(user string) []string) {
	locking := c.carol.wrongCodes(maxFailures)
	t.Run("side by side", func(t *testing.T) {
		t.Run("right code accepted, the same code rejected", func(t *testing.T) {
			t.Parallel()
			code := c.alice.newCode()
			s.expect(t, c.alice.name, code, true)
			s.expect(t, c.alice.name, code, false)
		})
		t.Run("wrong code rejected, then a right one accepted", func(t *testing.T) {
			t.Parallel()
			s.expect(t, c.bob.name, c.bob.wrongCodes(1)[0], false)
			s.expect(t, c.bob.name, c.bob.newCode(), true)
		})
		t.Run("unknown user rejected", func(t *testing.T) {
			t.Parallel()
			s.expect(t, outsider, c.alice.wrongCodes(1)[0], false)
			if s.askOddly(t, "--help", c.alice.wrongCodes(1)[0]) {
				t.Error("--help is accepted")
			}
		})
		t.Run("locked user rejected", func(t *testing.T) {
			t.Parallel()
			var guesses sync.WaitGroup
			for _, code := range locking {
				guesses.Add(1)
				go func() {
					defer guesses.Done()
					s.expect(t, c.carol.name, code, false)
				}()
			}
			guesses.Wait()
			s.expect(t, c.carol.name, c.carol.newCode(), false)
		})
		t.Run("no code rejected, nor one that is not sent as it is", func(t *testing.T) {
			t.Parallel()
			s.expect(t, c.frank.name, "", false)
			if accepted, _ := s.ask(t, "chap", c.frank.name,
				c.frank.newCode()); accepted {
				t.Error("accepted by CHAP")
			}
			s.expect(t, c.frank.name, c.frank.newCode(), true)
		})
	})
	checkUnwritable(t, s, c)

	for user, want := range map[string][]string{
		c.alice.name: {"ok", "replay"},
		c.bob.name:   {"wrong", "ok", "state"},
		c.carol.name: append(slices.Repeat([]string{"wrong"}, maxFailures), "locked"),
	} {
		if got := reasons(user); !slices.Equal(got, want) {
			t.Errorf("user=%s is logged with %q instead of %q", user, got, want)
		}
	}
	checkNothingLeaked(t, s, c)
}

// checkUnwritable: where nothing can be remembered, nobody is accepted; and the same code is good
// afterwards.
func checkUnwritable(t *testing.T, s *server, c *cast) {
	t.Helper()
	code := c.bob.newCode()
	must(t, os.Chown(records, 0, 0))
	s.expect(t, c.bob.name, code, false)
	give(t, records)
	s.expect(t, c.frank.name, c.frank.newCode(), true)
}

// checkNothingLeaked looks for what must never be in the machine's log; and that the program which
// FreeRADIUS starts has nothing of a request among its arguments.
func checkNothingLeaked(t *testing.T, s *server, c *cast) {
	t.Helper()
	lines, err := s.machine.Log.Lines()
	must(t, err)
	for line := range strings.Lines(s.terminal.Shown()) {
		if strings.Contains(line, "Executing: ") && strings.Contains(line, "%{") {
			t.Errorf("arguments are for all to see: %s", line)
		}
	}
	for _, p := range c.people() {
		private := append([]string{p.secret, p.pin}, p.wrongCodes(8)...)
		for step := stage.Step() - 30; step <= p.step; step++ {
			private = append(private, stage.Code(step, p.secret, p.pin))
		}
		for _, line := range lines {
			for _, text := range private {
				if strings.Contains(line, text) {
					t.Errorf("%q holds a secret, PIN or code", line)
				}
			}
		}
	}
}

// reasonsIn finds the reasons in the log lines of a program about a user, in order.
func reasonsIn(t *testing.T, m *stage.Machine, program, service string) func(user string) []string {
	return func(user string) (reasons []string) {
		lines, err := m.Log.Lines()
		must(t, err)
		for _, line := range lines {
			_, text, found := strings.Cut(line, "result=")
			if !found || !strings.Contains(line, program) ||
				!strings.Contains(text, " user="+user+" ") {
				continue
			}
			result, rest, _ := strings.Cut(text, " reason=")
			reason, rest, _ := strings.Cut(rest, " ")
			if (result == "accepted") != (reason == "ok") ||
				!strings.Contains(rest+" ", " service="+service+" ") {
				t.Errorf("log line %q: result and reason do not fit, or service "+
					"is not %s", line, service)
			}
			reasons = append(reasons, reason)
		}
		return reasons
	}
}
