package hosts

import (
	"os"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// setUpSudo lets everybody use sudo, with so many tries for a code.
func setUpSudo(t *testing.T, m *stage.Machine, tries string) *cast {
	t.Helper()
	must(t, stage.Need("sudo", "sudo"))
	rules := "Defaults lecture=never, passwd_tries=" + tries + "\nALL ALL=(ALL) ALL\n"
	must(t, os.WriteFile("/etc/sudoers.d/everybody", []byte(rules), 0o440))
	return setUp(t, m, "sudo")
}

func sudo(t *testing.T, m *stage.Machine, user string, answers ...answer) attempt {
	t.Helper()
	// -k: an earlier success on this terminal does not count.
	cmd, err := m.CommandAs(user, "sudo", "-k", "sh", "-c", whoAmI)
	must(t, err)
	return talk(t, cmd, "root", answers...)
}

func TestSudo(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUpSudo(t, m, "1")
		playCases(t, m, c, "sudo", func(t *testing.T, user, code string) attempt {
			return sudo(t, m, user, answer{codePrompt, code})
		})
	})
}

// sudo asks again on the same PAM handle.
func TestSudoAsksAgain(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUpSudo(t, m, "3")
		got := sudo(t, m, c.Alice.Name, answer{codePrompt, c.Alice.WrongCodes(1)[0]},
			answer{codePrompt, c.Alice.NewCode()})
		if !got.in {
			t.Error("alice did not get in with her second answer")
		}
		c.checkLog(t, m, "sudo", map[string][]string{c.Alice.Name: {"wrong", "ok"}})
	})
}

// "sudo -i" is another service, with a file of its own: with both examples it wants a code too.
func TestSudoLogin(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpSudo(t, m, "1")
		must(t, m.InstallService("sudo-i"))
		must(t, m.SetPassword(c.Alice.Name, unixPassword))
		for _, step := range []struct {
			what, answer string
			in           bool
		}{
			{"her password", unixPassword, false},
			{"a code", c.Alice.NewCode(), true},
			{"a wrong code", c.Alice.WrongCodes(1)[0], false},
		} {
			cmd, err := m.CommandAs(c.Alice.Name, "sudo", "-k", "-i",
				"sh", "-c", whoAmI)
			must(t, err)
			got := talk(t, cmd, "root", answer{codePrompt, step.answer})
			if got.in != step.in {
				t.Errorf("with %s, alice became root: %t instead of %t", step.what,
					got.in, step.in)
			}
		}
		c.checkLog(t, m, "sudo-i", map[string][]string{c.Alice.Name: {"malformed",
			"ok", "wrong"}})
	})
}
