package hosts

import (
	"os"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A screen locker runs as the user whose screen it is, and Debian's include the service login. With
// the example for login it lets nobody back in without motpd, as the example says, and takes a code
// with it; the line that "motp doctor" names for it takes the password.
func TestLocker(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("pamtester", "pamtester"))
		const service = "swaylock"
		c := setUp(t, m, "login")
		must(t, m.SetPassword(c.Alice.Name, unixPassword))
		for _, step := range []struct {
			line, prompt, typed string
			in                  bool
		}{
			{"auth include login\n", codePrompt, c.Alice.NewCode(),
				m.Way == stage.ByMotpd},
			{"auth required pam_unix.so\n", "Password: ", unixPassword, true},
			{"auth required pam_unix.so\n", "Password: ", "wrong", false},
		} {
			must(t, os.WriteFile("/etc/pam.d/"+service, []byte(step.line), 0o644))
			if got := pamtester(t, m, c.Alice.Name, service, step.prompt,
				step.typed); got != step.in {
				t.Errorf("with %q, alice got in: %t", step.line, got)
			}
		}
		c.checkNothingLeaked(t, m)
	})
}

// Debian 13's login goes by the service remote for who comes over a network; here pamtester does.
func TestRemote(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("pamtester", "pamtester"))
		const service = "remote"
		c := setUp(t, m, "login")
		must(t, m.InstallService(service))
		must(t, m.SetPassword(c.Alice.Name, unixPassword))
		for _, step := range []struct {
			typed string
			in    bool
		}{{c.Alice.NewCode(), true}, {unixPassword, false}} {
			if got := pamtester(t, m, "root", service, codePrompt,
				step.typed); got != step.in {
				t.Errorf("alice got in: %t instead of %t", got, step.in)
			}
		}
		c.checkLog(t, m, service, map[string][]string{c.Alice.Name: {"ok", "malformed"}})
	})
}

// pamtester asks a service for alice, as somebody, and says whether it lets her in.
func pamtester(t *testing.T, m *stage.Machine, as, service, prompt, typed string) bool {
	t.Helper()
	cmd, err := m.CommandAs(as, "pamtester", service, "alice", "authenticate")
	must(t, err)
	terminal, err := stage.Start(cmd)
	must(t, err)
	terminal.Expect(prompt)
	terminal.Send(typed)
	status, err := terminal.Wait()
	must(t, err)
	checkNotEchoed(t, terminal.Shown(), []answer{{prompt, typed}})
	return status == 0
}
