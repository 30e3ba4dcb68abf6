// Package hosts logs in through the real programs, each on a private machine and with the file that
// an administrator copies from examples/.
package hosts

import (
	"flag"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

func TestMain(m *testing.M) {
	flag.Parse()
	// The hosts mostly wait, since every refusal takes two seconds: they can do so together,
	// however few processors there are.
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// attempt is what came of one login.
type attempt struct {
	in     bool
	prompt string // what the host showed before it waited for the code
}

// try logs a user in through a host, or at least tries to.
type try func(t *testing.T, user, code string) attempt

// playCases plays what every host has to get right.
func playCases(t *testing.T, m *stage.Machine, c *cast, service string, log try) {
	prompts := &prompts{of: map[string]string{}}
	log = prompts.record(log)

	t.Run("side by side", func(t *testing.T) {
		t.Run("right code in, the same code refused", func(t *testing.T) {
			t.Parallel()
			code := c.Alice.NewCode()
			expect(t, log, c.Alice.Name, code, true)
			expect(t, log, c.Alice.Name, code, false)
		})
		t.Run("wrong code refused, then a right one in", func(t *testing.T) {
			t.Parallel()
			expect(t, log, c.Bob.Name, c.Bob.WrongCodes(1)[0], false)
			expect(t, log, c.Bob.Name, c.Bob.NewCode(), true)
		})
		t.Run("user not in the table refused", func(t *testing.T) {
			t.Parallel()
			expect(t, log, stage.Outsider, c.Alice.WrongCodes(1)[0], false)
		})
		t.Run("locked user refused", func(t *testing.T) {
			t.Parallel()
			for _, code := range c.Carol.WrongCodes(maxFailures) {
				expect(t, log, c.Carol.Name, code, false)
			}
			expect(t, log, c.Carol.Name, c.Carol.NewCode(), false)
		})
	})

	prompts.checkSame(t)
	c.checkLog(t, m, service, map[string][]string{
		c.Alice.Name: {"ok", "replay"},
		c.Bob.Name:   {"wrong", "ok"},
		c.Carol.Name: append(slices.Repeat([]string{"wrong"}, maxFailures), "locked"),
		"?":          {"unknown-user"},
	})
}

func expect(t *testing.T, log try, user, code string, in bool) {
	t.Helper()
	if got := log(t, user, code); got.in != in {
		t.Errorf("%s logged in: %t instead of %t", user, got.in, in)
	}
}

// prompts keeps what each user was shown, whoever it was.
type prompts struct {
	mu sync.Mutex
	of map[string]string
}

func (p *prompts) record(log try) try {
	return func(t *testing.T, user, code string) attempt {
		t.Helper()
		got := log(t, user, code)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.of[user] = strings.ReplaceAll(got.prompt, user, "USER")
		return got
	}
}

// checkSame sees that a prompt does not tell who is in the table, and who is locked.
func (p *prompts) checkSame(t *testing.T) {
	t.Helper()
	for user, prompt := range p.of {
		if prompt != p.of[stage.Outsider] {
			t.Errorf("%s was asked %q, but a user who is not in the table %q", user,
				prompt, p.of[stage.Outsider])
		}
	}
}
