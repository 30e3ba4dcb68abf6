package hosts

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

const (
	newPIN      = "5917"
	unixOld     = "Old-Unix-7q"
	unixNew     = "New-Unix-8w-horse"
	currentCode = "OTP: a current code, to change the PIN: "
	pinSet      = "passwd: password updated successfully"
)

// TestPasswd: Debian's own passwd changes the PIN of whoever has one, for the user and for root,
// and the password of all others; and what does not work leaves both.
func TestPasswd(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("passwd", "passwd"))
		c := setUp(t, m, "passwd")
		must(t, m.InstallService("su"))
		must(t, m.SetPassword(c.Alice.Name, unixOld))
		must(t, m.SetPassword(stage.Outsider, unixOld))
		shadow := shadowOf(t, c.Alice.Name)

		status := passwd(t, m, c.Alice.Name, currentCode, c.Alice.NewCode(), "New PIN: ",
			"1111", "New PIN: ", newPIN, "The new PIN again: ", newPIN)
		if status != 0 {
			t.Fatalf("passwd ended with %d", status)
		}
		old := c.Alice.PIN
		c.Alice.PIN = newPIN
		becomes(t, m, c.Alice.Name, c.Alice.NewCode(), true)

		asRoot := exec.Command("passwd", c.Alice.Name)
		wrong := c.Alice.WrongCodes(1)[0]
		if status := dialogue(t, asRoot, currentCode, wrong); status == 0 {
			t.Error("root has changed a PIN without a code")
		}
		asRoot = exec.Command("passwd", c.Alice.Name)
		if status := dialogue(t, asRoot, currentCode, c.Alice.NewCode(), "New PIN: ", old,
			"The new PIN again: ", old); status != 0 {
			t.Errorf("passwd of root's ended with %d", status)
		}
		c.Alice.PIN = old
		becomes(t, m, c.Alice.Name, c.Alice.NewCode(), true)
		if shadowOf(t, c.Alice.Name) != shadow {
			t.Error("the password has changed with the PIN")
		}

		shadow = shadowOf(t, stage.Outsider)
		if status := passwd(t, m, stage.Outsider, "Current password: ", unixOld,
			"New password: ", unixNew, "Retype new password: ", unixNew); status != 0 {
			t.Errorf("who has no PIN: passwd ended with %d", status)
		}
		if shadowOf(t, stage.Outsider) == shadow {
			t.Error("the password of who has no PIN has not changed")
		}
		checkChanges(t, m, c.Alice.Name, "accepted reason=pin-set", "denied reason=wrong",
			"accepted reason=pin-set")
		checkChanges(t, m, "?", "ignored reason=no-pin")
		c.checkNothingLeaked(t, m)
	})
}

// TestPasswdLeft: a passwd that is hung up at any of its questions has changed nothing.
func TestPasswdLeft(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("passwd", "passwd"))
		c := setUp(t, m, "passwd")
		must(t, m.InstallService("su"))
		for left := 0; left < 3; left++ {
			talk := []string{currentCode, c.Alice.NewCode(), "New PIN: ", newPIN,
				"The new PIN again: ", newPIN}
			cmd, err := m.CommandAs(c.Alice.Name, "passwd")
			must(t, err)
			terminal, err := stage.Start(cmd)
			must(t, err)
			for i := range left {
				terminal.Expect(talk[2*i])
				terminal.SendHidden(talk[2*i+1])
			}
			terminal.Expect(talk[2*left])
			terminal.Kill()
			if _, err := terminal.Wait(); err != nil {
				t.Error(err)
			}
			becomes(t, m, c.Alice.Name, c.Alice.NewCode(), true)
		}
	})
}

// checkChanges compares what is logged of a user's passwd, in order.
func checkChanges(t *testing.T, m *stage.Machine, user string, want ...string) {
	t.Helper()
	lines, err := m.Log.Module(user)
	must(t, err)
	var got []string
	for _, line := range lines {
		if strings.Contains(line, " service=passwd") {
			got = append(got, line)
		}
	}
	for i := range want {
		if len(got) != len(want) || !strings.HasPrefix(got[i], "result="+want[i]+" ") {
			t.Fatalf("%s is logged with %q instead of %q", user, got, want)
		}
	}
}

// passwd has a user run passwd.
func passwd(t *testing.T, m *stage.Machine, user string, talk ...string) (status int) {
	t.Helper()
	cmd, err := m.CommandAs(user, "passwd")
	must(t, err)
	return dialogue(t, cmd, talk...)
}

// dialogue answers a program's questions, each when it comes.
func dialogue(t *testing.T, cmd *exec.Cmd, talk ...string) (status int) {
	t.Helper()
	terminal, err := stage.Start(cmd)
	must(t, err)
	for ; len(talk) > 1; talk = talk[2:] {
		terminal.Expect(talk[0])
		terminal.SendHidden(talk[1])
	}
	status, err = terminal.Wait()
	must(t, err)
	if shown := terminal.Shown(); status == 0 && !strings.Contains(shown, pinSet) {
		t.Errorf("passwd has shown %q", shown)
	}
	return status
}

// becomes says whether somebody becomes a user with a code.
func becomes(t *testing.T, m *stage.Machine, user, code string, in bool) {
	t.Helper()
	cmd, err := m.CommandAs(stage.Outsider, "su", user, "-c", whoAmI)
	must(t, err)
	if got := talk(t, cmd, user, answer{codePrompt, code}).in; got != in {
		t.Errorf("%s, with a code: in is %t, want %t", user, got, in)
	}
}

// shadowOf is a user's line in /etc/shadow.
func shadowOf(t *testing.T, user string) string {
	t.Helper()
	out, err := exec.Command("getent", "shadow", user).Output()
	must(t, err)
	return string(out)
}
