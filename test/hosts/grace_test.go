package hosts

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// Grace and exempt networks under sshd: the password each time, and the code once from an address.
func TestSSHGrace(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		const password, server = "correct horse 5917", "192.0.2.1"
		must(t, m.InstallExample("pam.d/sshd-grace", "/etc/pam.d/sshd"))
		exempt := exec.Command("sed", "-i", "s/grace=8h/& exempt=198.51.100.0\\/24/",
			"/etc/pam.d/sshd")
		must(t, exempt.Run())
		for _, p := range c.People() {
			must(t, m.SetPassword(p.Name, password))
		}
		for _, address := range []string{server, "192.0.2.7", "192.0.2.8", "198.51.100.7"} {
			out, err := exec.Command("ip", "address", "add", address+"/32", "dev",
				"lo").CombinedOutput()
			if err != nil {
				t.Fatalf("ip: %v: %s", err, out)
			}
		}
		must(t, m.StartSSHD("ListenAddress "+server))
		const password1, otp = "Password: ", codePrompt
		for _, step := range []struct {
			what, from string
			who        *stage.Person
			in         bool
			answers    []answer
		}{
			{"a code", "192.0.2.7", c.Alice, true, []answer{{password1, password},
				{otp, c.Alice.NewCode()}}},
			{"none again", "192.0.2.7", c.Alice, true, []answer{{password1, password}}},
			{"but a password", "192.0.2.7", c.Alice, false,
				[]answer{{password1, "wrong horse"}}},
			{"one for another address", "192.0.2.8", c.Alice, true,
				[]answer{{password1, password}, {otp, c.Alice.NewCode()}}},
			{"one for another user", "192.0.2.7", c.Bob, true,
				[]answer{{password1, password}, {otp, c.Bob.NewCode()}}},
			{"an exempt network", "198.51.100.7", c.Carol, true,
				[]answer{{password1, password}}},
			{"a wrong one, elsewhere", "127.0.0.1", c.Alice, false,
				[]answer{{password1, password}, {otp, c.Alice.WrongCodes(1)[0]}}},
			{"ends it", "192.0.2.7", c.Alice, true,
				[]answer{{password1, password}, {otp, c.Alice.NewCode()}}},
		} {
			options := []string{"PreferredAuthentications=keyboard-interactive",
				"NumberOfPasswordPrompts=1", "BindAddress=" + step.from,
				"HostKeyAlias=localhost"}
			if step.from != "127.0.0.1" {
				options = append(options, "HostName="+server)
			}
			got := talk(t, m.SSH(step.who.Name, whoAmI, options...), step.who.Name,
				step.answers...)
			if got.in != step.in {
				t.Errorf("%s: logged in: %t instead of %t", step.what, got.in,
					step.in)
			}
		}
		lines, err := m.Log.Lines()
		must(t, err)
		all := strings.Join(lines, "\n")
		for _, want := range []string{"result=ignored reason=grace user=" + c.Alice.Name +
			" rhost=192.0.2.7", "result=ignored reason=exempt user=" + c.Carol.Name +
			" rhost=198.51.100.7"} {
			if n := strings.Count(all, want); n != 1 {
				t.Errorf("%d lines with %q in\n%s", n, want, all)
			}
		}
	})
}
