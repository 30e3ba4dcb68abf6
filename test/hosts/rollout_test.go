package hosts

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A roll-out under sshd, which by default allows no empty passwords: who is in the table needs a
// code, and everybody else goes on with the password, typed at the same question or, after an empty
// answer, at their own. Who is in the table under another spelling is neither.
func TestSSHRollOut(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		const password, otherSpelling = "correct horse 5917", "bob@example.com"
		service := "auth [success=done ignore=ignore default=die] pam_motp.so nullok\n" +
			"auth required pam_unix.so\naccount required pam_unix.so\n" +
			"session required pam_permit.so\n"
		must(t, m.WriteService("sshd", service))
		must(t, m.AddUser(otherSpelling))
		for _, user := range []string{stage.Outsider, c.Alice.Name, otherSpelling} {
			must(t, m.SetPassword(user, password))
		}
		must(t, m.StartSSHD())
		ssh := func(t *testing.T, user string, in bool, answers ...answer) {
			t.Helper()
			cmd := m.SSH(user, whoAmI,
				"PreferredAuthentications=keyboard-interactive",
				"NumberOfPasswordPrompts=1")
			if got := talk(t, cmd, user, answers...).in; got != in {
				t.Errorf("%s logged in: %t instead of %t", user, got, in)
			}
		}
		t.Run("side by side", func(t *testing.T) {
			for name, login := range map[string]func(t *testing.T){
				"a password at the first question": func(t *testing.T) {
					ssh(t, stage.Outsider, true, answer{codePrompt, password})
				},
				"a password at the second": func(t *testing.T) {
					ssh(t, stage.Outsider, true, answer{codePrompt, ""},
						answer{"Password: ", password})
				},
				"a wrong password": func(t *testing.T) {
					ssh(t, stage.Outsider, false,
						answer{codePrompt, "wrong horse 5917"})
				},
				"a code": func(t *testing.T) {
					ssh(t, c.Bob.Name, true,
						answer{codePrompt, c.Bob.NewCode()})
				},
				"a password instead of the code": func(t *testing.T) {
					ssh(t, c.Alice.Name, false, answer{codePrompt, password})
				},
				"another spelling": func(t *testing.T) {
					ssh(t, otherSpelling, false, answer{codePrompt, password})
				},
			} {
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					login(t)
				})
			}
		})
		lines, err := m.Log.Lines()
		must(t, err)
		want := `detail="nullok is overruled: /etc/security/motp.conf:`
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("no line with %s in %q", want, lines)
		}
	})
}
