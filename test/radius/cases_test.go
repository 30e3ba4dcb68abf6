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

// cast is who plays on every stage, and where they are known.
type cast struct {
	stage.Cast
	place
}

// A place has a table and records, and a user who must own them.
type place struct {
	settings, table, records string
	give, take               func(t *testing.T, path string)
}

// The server's own place, which the examples name, and root's, where motpd judges, whom the server
// may ask.
var (
	ownPlace   = place{"", table, records, giveServer, giveRoot}
	rootsPlace = place{"callers = " + runsAs + ": radiusd\n", stage.TablePath, "/var/lib/motp",
		giveRoot, giveServer}
)

// newCast gives one of them a PIN that the server's quotation marks and backslashes must not spoil.
func newCast() *cast {
	c := &cast{stage.NewCast(), ownPlace}
	c.Frank.PIN = `x"u\7'p`
	return c
}

// writeTable writes the cast's motp.conf.
func (c *cast) writeTable(t *testing.T, maxFailures int) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%smax_failures = %d\n", c.settings, maxFailures)
	for _, p := range c.People() {
		fmt.Fprintf(&b, "\n[%s]\nsecret = %s\npin = %s\n", p.Name, p.Secret, p.PIN)
	}
	must(t, os.WriteFile(c.table, []byte(b.String()), 0o600))
	c.give(t, c.table)
}

// playCases plays what every way has to get right, and compares the reasons that are logged.
func playCases(t *testing.T, s *server, c *cast, maxFailures int,
	reasons func(user string) []string) {
	locking := c.Carol.WrongCodes(maxFailures)
	t.Run("side by side", func(t *testing.T) {
		t.Run("right code accepted, the same code rejected", func(t *testing.T) {
			t.Parallel()
			code := c.Alice.NewCode()
			s.expect(t, c.Alice.Name, code, true)
			s.expect(t, c.Alice.Name, code, false)
		})
		t.Run("wrong code rejected, then a right one accepted", func(t *testing.T) {
			t.Parallel()
			s.expect(t, c.Bob.Name, c.Bob.WrongCodes(1)[0], false)
			s.expect(t, c.Bob.Name, c.Bob.NewCode(), true)
		})
		t.Run("unknown user rejected", func(t *testing.T) {
			t.Parallel()
			s.expect(t, stage.Outsider, c.Alice.WrongCodes(1)[0], false)
			if s.askOddly(t, "--help", c.Alice.WrongCodes(1)[0]) {
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
					s.expect(t, c.Carol.Name, code, false)
				}()
			}
			guesses.Wait()
			s.expect(t, c.Carol.Name, c.Carol.NewCode(), false)
		})
		t.Run("no code rejected, nor one that is not sent as it is", func(t *testing.T) {
			t.Parallel()
			s.expect(t, c.Frank.Name, "", false)
			if accepted, _ := s.ask(t, "chap", c.Frank.Name,
				c.Frank.NewCode()); accepted {
				t.Error("accepted by CHAP")
			}
			s.expect(t, c.Frank.Name, c.Frank.NewCode(), true)
		})
	})
	checkUnwritable(t, s, c)

	for user, want := range map[string][]string{
		c.Alice.Name: {"ok", "replay"},
		c.Bob.Name:   {"wrong", "ok", "state"},
		c.Carol.Name: append(slices.Repeat([]string{"wrong"}, maxFailures), "locked"),
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
	code := c.Bob.NewCode()
	c.take(t, c.records)
	s.expect(t, c.Bob.Name, code, false)
	c.give(t, c.records)
	s.expect(t, c.Frank.Name, c.Frank.NewCode(), true)
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
	for _, p := range c.People() {
		private := append([]string{p.Secret, p.PIN}, p.WrongCodes(8)...)
		for step := stage.Step() - 30; step <= p.Step(); step++ {
			private = append(private, stage.Code(step, p.Secret, p.PIN))
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
