package hosts

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

func TestLogin(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("login", "login"))
		c := setUp(t, m, "login")
		playCases(t, m, c, "login", logInOnConsole)
	})
}

func TestLoginNameWithoutAccount(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("login", "login"))
		c := setUp(t, m, "login")
		if logInOnConsole(t, "nobody-here", c.Alice.WrongCodes(1)[0]).in {
			t.Error("a name without an account got in")
		}
		c.checkLog(t, m, "login", map[string][]string{"?": {"unknown-user"}})
	})
}

// logInOnConsole is what somebody does in front of a console; login asks again after a refusal, and
// is left then.
func logInOnConsole(t *testing.T, user, code string) attempt {
	t.Helper()
	const refused, shell = "Login incorrect", "$ "
	terminal, err := stage.Start(exec.Command("login"))
	must(t, err)
	terminal.Expect("login: ")
	terminal.Send(user)
	got := attempt{prompt: terminal.Expect(codePrompt)}
	terminal.Send(code)
	_, verdict := terminal.ExpectAny(refused, shell)
	if verdict == shell {
		terminal.Send(whoAmI)
		terminal.Expect("in as " + user)
		terminal.Send("exit")
		got.in = true
	} else {
		terminal.Expect("login: ")
		terminal.Kill()
	}
	_, err = terminal.Wait()
	must(t, err)
	checkNotEchoed(t, terminal.Shown(), []answer{{codePrompt, code}})
	return got
}

func TestSu(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("su", "util-linux"))
		c := setUp(t, m, "su")
		const caller = "erin"
		must(t, m.AddUser(caller))
		playCases(t, m, c, "su", func(t *testing.T, user, code string) attempt {
			cmd, err := m.CommandAs(caller, "su", user, "-c", whoAmI)
			must(t, err)
			return talk(t, cmd, user, answer{codePrompt, code})
		})
	})
}

// "su -" is another service. Its file includes su's up to Debian 13, and no longer in sid.
func TestSuLogin(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("su", "util-linux"))
		c := setUp(t, m, "su")
		must(t, m.InstallService("su-l"))
		for _, step := range []struct {
			code string
			in   bool
		}{
			{c.Alice.NewCode(), true},
			{c.Alice.WrongCodes(1)[0], false},
		} {
			cmd, err := m.CommandAs(stage.Outsider, "su", "-",
				c.Alice.Name, "-c", whoAmI)
			must(t, err)
			if got := talk(t, cmd, c.Alice.Name,
				answer{codePrompt, step.code}).in; got != step.in {
				t.Errorf("in: %t instead of %t", got, step.in)
			}
		}
		c.checkLog(t, m, "su-l", map[string][]string{c.Alice.Name: {"ok", "wrong"}})
	})
}

func TestSuOfRootNeedsNoCode(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("su", "util-linux"))
		c := setUp(t, m, "su")
		got := talk(t, exec.Command("su", c.Alice.Name, "-c", whoAmI), c.Alice.Name)
		if !got.in {
			t.Error("root could not become alice")
		}
		if lines, err := m.Log.Lines(); err != nil ||
			strings.Contains(strings.Join(lines, "\n"), "pam_motp(") {
			t.Errorf("the module was asked: %q, %v", lines, err)
		}
	})
}
