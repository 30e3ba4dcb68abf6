package doctor

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
)

// one is a user of a table, with a number for a secret.
func one(kind, name string, n int, more ...string) string {
	secret := fmt.Sprintf("%016x", 0x5a1f0c9be27d4836+n)
	if kind != "motp" {
		secret = "hex:" + secret + secret
	}
	lines := append([]string{"[" + name + "]", "type = " + kind, "secret = " + secret}, more...)
	return strings.Join(lines, "\n") + "\n"
}

func TestGuessing(t *testing.T) {
	t.Parallel()
	const (
		pin  = "pin = 4917"
		soon = "unlock_after = 15m\n"
		at   = "warning guessing /etc/security/motp.conf:"
	)
	many := ""
	for n := range 40 {
		many += one("motp", fmt.Sprint("user", n), n, pin)
	}
	scratch := "paper = 1d/000102030405060708090a0b0c0d0e0f/"
	for n := range 10 {
		scratch += fmt.Sprintf("%032x ", n)
	}
	for _, c := range []struct {
		name  string
		cause func(p *patient)
		saw   string
		want  string // finding, if any
		mend  string
	}{
		{"the shipped settings", users("max_drift = 10m\n" + one("motp", "alice", 1, pin)),
			"1 in 28,000 for alice", "", ""},
		{"TOTP", users(one("totp", "alice", 1, pin)), "1 in 42,000 for alice", "", ""},
		{"HOTP", users(one("hotp", "alice", 1, pin)), "1 in 11,000 for alice", "", ""},
		{"a lock that ends", users(soon + one("motp", "alice", 1, pin)),
			"1 in 150 for alice",
			at + "2 alice: whoever guesses without pause gets in within a year " +
				"with odds of 1 in 150, by 2,968 guesses",
			"one of these brings it below 1 in 1,000: unlock_after = 168h or never, " +
				"window = 10s"},
		{"TOTP with a PIN", users(soon + one("totp", "alice", 1, pin)),
			"1 in 110 for alice",
			at + "2 alice: whoever guesses without pause and knows the PIN gets in",
			"one of these brings it below 1 in 1,000: unlock_after = 720h or never, " +
				"tokens with digits = 8"},
		{"TOTP of eight digits", users(soon + one("totp", "alice", 1, pin, "digits = 8")),
			"1 in 11,000 for alice", "", ""},
		{"a limit that no lock needs",
			users("max_failures = 1000\n" + one("motp", "a", 1, pin)),
			"1 in 450 for a",
			at + "2 a: whoever guesses without pause gets in within a year with odds " +
				"of 1 in 450",
			"one of these brings it below 1 in 1,000: window = 1m, max_failures = 8"},
		{"scratch codes", users(soon + "max_failures = 20\n" +
			one("totp", "a", 1, pin, "digits = 8", scratch)),
			"1 in 950 for a",
			at + "3 a: whoever guesses without pause and knows the PIN gets in",
			"one of these brings it below 1 in 1,000: unlock_after = 168h or never, " +
				"max_failures = 8, \"motp codes\" in the place of scratch codes"},
		{"everything at once", users(soon +
			"max_failures = 20\nwindow = 1h\nresync = 24h\n" +
			one("totp", "a", 1, pin) + one("hotp", "a/two", 2, pin)),
			"over 99 % for a", at +
				"5 a: whoever guesses without pause and knows the PIN gets in",
			"these together bring it below 1 in 1,000: resync = off, " +
				"unlock_after = never and tokens with digits = 8"},
		{"limits of a line", func(p *patient) {
			users("window = 10s\nmax_failures = 3\n" + one("motp", "a", 1, pin))(p)
			p.change("/etc/pam.d/sshd", "pam_motp.so",
				"pam_motp.so maxdiff=7200 maxtries=40")
		}, "1 in 580 for a", at + "3 a: whoever guesses",
			"one of these brings it below 1 in 1,000: maxdiff=240, maxtries=8"},
		{"who cannot log in is left out",
			users(soon + one("motp", "a", 1, pin, "disabled = yes") +
				one("motp", "b", 2, pin, "digits = 9")), "", "", ""},
		{"a large table", users(soon + many + one("totp", "zoe", 99, pin)),
			"1 in 110 for zoe; 1 in 150 for user0, user1, user2, user3, user4 and 35 " +
				"more",
			at + "0 user0, user1, user2, user3, user4 and 35 more: whoever guesses",
			""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			c.cause(p)
			report := Look(p.Machine)
			saw := report.Saw("guessing")
			if saw != c.saw && saw != "odds in a year: "+c.saw {
				t.Errorf("saw %q, want %q", saw, c.saw)
			}
			found := report.Of("guessing")
			if c.want == "" && len(found) > 0 {
				t.Errorf("found %+v", found)
			}
			if c.want != "" && !slices.ContainsFunc(found, func(f Finding) bool {
				got := fmt.Sprintf("%s %s %s:%d %s", f.Severity, f.Check, f.File,
					f.Line, f.What)
				return strings.Contains(got, c.want) &&
					strings.Contains(f.Mend, c.mend)
			}) {
				t.Errorf("not found: %s -> %s\nbut %+v", c.want, c.mend, found)
			}
		})
	}
}

// Two tables are two lists of users, and each is guessed at under the limits of its own lines.
func TestGuessingInTwoTables(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.file("/etc/other.conf", one("totp", "olga", 1, "pin = 4917"), 0o600)
	p.change("/etc/pam.d/su", "pam_motp.so", "pam_motp.so conf=/etc/other.conf maxtries=4")
	want := "odds in a year: 1 in 57,000 for alice, bob and root; 1 in 83,000 for olga"
	if saw := Look(p.Machine).Saw("guessing"); saw != want {
		t.Errorf("saw %q, want %q", saw, want)
	}
	p.remove(conf.DefaultPath)
	if saw := Look(p.Machine).Saw("guessing"); saw != "odds in a year: 1 in 83,000 for olga" {
		t.Errorf("without the first table: saw %q", saw)
	}
}

// The example that asks for the password first is as healthy as the others.
func TestPasswordFirst(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.example("pam.d/sshd-password-first", "/etc/pam.d/sshd")
	p.finds()
}
