package hosts

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// The keys of the tokens here, as the table and oathtool take them.
const (
	appKey    = "NBSWY3DPEB3W64TMMQQQUZ3POJSA"
	hardKey   = "KRUGS4ZANFZSAYJANNSXSLRAMFXGI"
	secondKey = "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE"
)

// oath asks oathtool for a code: a judge who knows nothing of ours.
func oath(t *testing.T, key string, options ...string) string {
	t.Helper()
	out, err := exec.Command("oathtool", append(append([]string{"--base32"}, options...),
		key)...).Output()
	must(t, err)
	return stage.Say(strings.TrimSpace(string(out)))
}

// appCode is what an authenticator app shows, some seconds from now.
func appCode(t *testing.T, key string, from time.Duration, options ...string) string {
	t.Helper()
	now := "--now=@" + strconv.FormatInt(time.Now().Add(from).Unix(), 10)
	return oath(t, key, append([]string{now}, options...)...)
}

// buttonCode is what a token with a button shows at some press.
func buttonCode(t *testing.T, key string, counter int) string {
	t.Helper()
	return oath(t, key, "--hotp", "--counter="+strconv.Itoa(counter))
}

// onStageWithTypes plays with a table of tokens of every type, behind the real sshd.
func onStageWithTypes(t *testing.T, play func(t *testing.T, m *stage.Machine, c *cast,
	ssh func(user string, answers ...answer) attempt)) {
	must(t, stage.Need("oathtool", "oathtool"))
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.WriteTable(fmt.Sprintf(`window = 3m
max_failures = 4
look_ahead = 10
resync = 24h

[alice]
type = totp
secret = %[1]s

[alice/key]
type = hotp
secret = %[2]s
pin = %[4]s

[alice/phone]
secret = %[5]s
pin = %[4]s

[bob]
type = hotp
secret = %[2]s
counter = 100

[carol]
type = totp
secret = %[3]s
pin = %[6]s
algorithm = SHA256
digits = 8
period = 60

[frank]
secret = %[7]s
pin = %[8]s
`, appKey, hardKey, secondKey, c.Alice.PIN, c.Alice.Secret, c.Carol.PIN, c.Frank.Secret,
			c.Frank.PIN)))
		must(t, m.StartSSHD())
		ssh := func(user string, answers ...answer) attempt {
			t.Helper()
			return talk(t, m.SSH(user, whoAmI,
				"PreferredAuthentications=keyboard-interactive",
				"NumberOfPasswordPrompts=1"), user, answers...)
		}
		play(t, m, c, ssh)
		lines, err := m.Log.Lines()
		must(t, err)
		for _, line := range lines {
			for _, key := range []string{appKey, hardKey, secondKey} {
				if strings.Contains(line, key) {
					t.Errorf("log line %q holds a key", line)
				}
			}
		}
	})
}

// A code of each type is let in, and never again; a user with three tokens logs in with any of
// them.
func TestSSHTypesOfTokens(t *testing.T) {
	t.Parallel()
	onStageWithTypes(t, func(t *testing.T, m *stage.Machine, c *cast,
		ssh func(string, ...answer) attempt) {
		check := func(user, typed string, in bool) {
			t.Helper()
			if got := ssh(user, answer{codePrompt, typed}).in; got != in {
				t.Errorf("%s in: %t instead of %t", user, got, in)
			}
		}
		// TOTP, as apps have it; then HOTP with a PIN before the code, and Mobile-OTP, of
		// the same user
		app := appCode(t, appKey, 0, "--totp")
		check("alice", app, true)
		check("alice", app, false)
		key := c.Alice.PIN + buttonCode(t, hardKey, 3)
		check("alice", key, true)
		check("alice", c.Alice.PIN+buttonCode(t, hardKey, 2), false)
		check("alice", c.Alice.NewCode(), true)
		check("alice", key, false)

		// HOTP: the counter goes on, and never back
		check("bob", buttonCode(t, hardKey, 105), true)
		check("bob", buttonCode(t, hardKey, 104), false)
		check("bob", buttonCode(t, hardKey, 106), true)

		// TOTP with SHA-256, eight digits, a minute each, and a PIN
		second := appCode(t, secondKey, 0, "--totp=sha256", "--digits=8",
			"--time-step-size=60s")
		check("carol", second, false)
		check("carol", c.Carol.PIN+second, true)
		check("carol", c.Carol.PIN+second, false)

		c.checkLog(t, m, "sshd", map[string][]string{
			"alice": {"ok", "replay", "ok", "replay", "ok", "replay"},
			"bob":   {"ok", "replay", "ok"},
			"carol": {"malformed", "ok", "replay"},
		})
		lines, err := m.Log.Module("alice")
		must(t, err)
		for i, token := range []string{"", "", " token=key ", " token=key ",
			" token=phone ", " token=key "} {
			if !strings.Contains(lines[i], token) ||
				token == "" && strings.Contains(lines[i], " token=") {
				t.Errorf("line %q does not name the token%q", lines[i], token)
			}
		}
	})
}

// Whose clock is an hour off, or who pressed a button too often, is asked for the next code in the
// same conversation, and let in by two in a row.
func TestSSHNextCode(t *testing.T) {
	t.Parallel()
	const nextPrompt = "OTP: the next code please: "
	onStageWithTypes(t, func(t *testing.T, m *stage.Machine, c *cast,
		ssh func(string, ...answer) attempt) {
		check := func(user string, in bool, answers ...answer) {
			t.Helper()
			if got := ssh(user, answers...).in; got != in {
				t.Errorf("%s in: %t instead of %t", user, got, in)
			}
		}
		// what was found out holds for the login after it
		check("alice", true, answer{codePrompt, appCode(t, appKey, time.Hour, "--totp")},
			answer{nextPrompt, appCode(t, appKey, time.Hour+30*time.Second, "--totp")})
		check("alice", true, answer{codePrompt,
			appCode(t, appKey, time.Hour+time.Minute, "--totp")})
		check("bob", true, answer{codePrompt, buttonCode(t, hardKey, 300)},
			answer{nextPrompt, buttonCode(t, hardKey, 301)})
		check("bob", true, answer{codePrompt, buttonCode(t, hardKey, 302)})
		mobile := func(steps int64) string {
			return stage.Say(stage.Code(stage.Step()+steps,
				c.Frank.Secret, c.Frank.PIN))
		}
		check("frank", true, answer{codePrompt, mobile(-360)},
			answer{nextPrompt, mobile(-358)})
		check("frank", true, answer{codePrompt, mobile(-355)})

		// a wrong second code is a failure, and so is the first again
		pin := c.Carol.PIN
		far := func(from time.Duration) string {
			return pin + appCode(t, secondKey, from, "--totp=sha256", "--digits=8",
				"--time-step-size=60s")
		}
		code := far(2 * time.Hour)
		check("carol", false, answer{codePrompt, code}, answer{nextPrompt, code})
		check("carol", false, answer{codePrompt, far(3 * time.Hour)},
			answer{nextPrompt, far(4 * time.Hour)})
		check("carol", true, answer{codePrompt, far(0)})

		c.checkLog(t, m, "sshd", map[string][]string{
			"alice": {"ok", "ok"},
			"bob":   {"ok", "ok"},
			"frank": {"ok", "ok"},
			"carol": {"repeated", "wrong", "ok"},
		})
	})
}
