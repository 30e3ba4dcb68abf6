package hosts

import (
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/term/termtest"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/stage"
)

const (
	invitation = "ABCD-EFGH-IJKL-MN23"
	yesPrompt  = "OTP: to set up your token here and now, type yes: "
	codeOfNew  = "OTP: the code that your token shows: "
)

// inviteAll has everybody of the cast invited.
func inviteAll(t *testing.T, m *stage.Machine, c *cast) {
	t.Helper()
	table := c.table()
	for _, p := range c.People() {
		i, err := motp.NewInvitation(motp.Token{Secret: p.Secret}, invitation,
			[motp.InvitationSalt]byte{7}, time.Now().Add(time.Hour).Unix())
		must(t, err)
		secret := "secret = " + p.Secret + "\n"
		table = strings.Replace(table, secret, secret+fmt.Sprintf(
			"invitation = %s/%s/%s\n", time.Unix(i.Until, 0).UTC().Format(time.RFC3339),
			hex.EncodeToString(i.Salt[:]), hex.EncodeToString(i.Hash[:])), 1)
	}
	must(t, m.WriteTable(table))
}

// setUpEnrol lets people who were invited set their tokens up in a service.
func setUpEnrol(t *testing.T, service string, m *stage.Machine) *cast {
	t.Helper()
	m.RunMotpd(t)
	c := setUp(t, m, service)
	inviteAll(t, m, c)
	path := "/etc/pam.d/" + service
	if service == "sshd" {
		must(t, m.InstallExample("pam.d/sshd-enrol", path))
		return c
	}
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(text), "pam_motp.so",
		"pam_motp.so enrol", 1)), 0o644))
	return c
}

// setsUp answers what somebody is asked who was invited, and checks that what is shown can be
// scanned. The program is at its first question, or before it.
func setsUp(t *testing.T, terminal *stage.Terminal, p *stage.Person) {
	t.Helper()
	for _, a := range []answer{{codePrompt, invitation}, {yesPrompt, "yes"}} {
		terminal.Expect(a.prompt)
		terminal.SendHidden(a.code)
	}
	shown := terminal.Expect("New PIN: ")
	terminal.SendHidden(newPIN)
	terminal.Expect("The new PIN again: ")
	terminal.SendHidden(newPIN)
	terminal.Expect(codeOfNew)
	p.PIN = newPIN
	terminal.SendHidden(p.NewCode())
	var drawn strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(shown, "\r", "")) {
		if strings.Trim(line, " ▀▄█\n") == "" && strings.Contains(line, "█") {
			drawn.WriteString(line)
		}
	}
	uri, err := termtest.ScanText(drawn.String())
	if want := ":" + p.Name + "?secret=" + p.Secret; !strings.HasPrefix(uri, "motp://") ||
		!strings.HasSuffix(uri, want) || !strings.Contains(shown, uri) {
		t.Errorf("scanned %q, %v, from:\n%s", uri, err, shown)
	}
}

// tellsOfEnrolling says whether the log has that a token was shown, then that it was set up.
func tellsOfEnrolling(lines []string) bool {
	return len(lines) == 2 &&
		strings.HasPrefix(lines[0], "result=shown reason=not-enrolled ") &&
		strings.HasPrefix(lines[1], "result=accepted reason=enrolled ")
}

// TestEnrol: people who were invited set their tokens up in real programs, and log in with them.
func TestEnrol(t *testing.T) {
	t.Parallel()
	for service, begin := range map[string]func(*testing.T, *stage.Machine,
		*stage.Person) *exec.Cmd{
		"sshd": func(t *testing.T, m *stage.Machine, p *stage.Person) *exec.Cmd {
			must(t, m.StartSSHD())
			return m.SSH(p.Name, whoAmI)
		},
		"su": func(t *testing.T, m *stage.Machine, p *stage.Person) *exec.Cmd {
			cmd, err := m.CommandAs(stage.Outsider, "su", p.Name, "-c", whoAmI)
			must(t, err)
			return cmd
		},
		"sudo": func(t *testing.T, m *stage.Machine, p *stage.Person) *exec.Cmd {
			rules := "Defaults lecture=never, passwd_tries=1\nALL ALL=(ALL) ALL\n"
			must(t, os.WriteFile("/etc/sudoers.d/everybody", []byte(rules), 0o440))
			cmd, err := m.CommandAs(p.Name, "sudo", "-k", "sh", "-c", whoAmI)
			must(t, err)
			return cmd
		},
		"login": func(*testing.T, *stage.Machine, *stage.Person) *exec.Cmd {
			return exec.Command("login")
		},
	} {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			stage.Test(t, func(t *testing.T, m *stage.Machine) {
				c := setUpEnrol(t, service, m)
				terminal, err := stage.Start(begin(t, m, c.Alice))
				must(t, err)
				if service == "login" {
					terminal.Expect("login: ")
					terminal.Send(c.Alice.Name)
				}
				setsUp(t, terminal, c.Alice)
				if service == "login" {
					terminal.Expect("$ ")
					terminal.Send(whoAmI)
					terminal.Send("exit")
				}
				_, err = terminal.Wait()
				must(t, err)
				as := map[string]string{"sudo": "root"}[service]
				if as == "" {
					as = c.Alice.Name
				}
				shown := terminal.Shown()
				if !strings.Contains(shown, "in as "+as) {
					t.Errorf("%s is not in:\n%s", as, shown)
				}
				lines, err := m.Log.Module(c.Alice.Name)
				if err != nil || !tellsOfEnrolling(lines) {
					t.Errorf("logged %q, %v", lines, err)
				}
				c.checkNothingLeaked(t, m)
			})
		})
	}
}
