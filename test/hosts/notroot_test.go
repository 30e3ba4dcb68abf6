package hosts

import (
	"os"
	"os/exec"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// setUpFor is setUp for a server that runs as a service user, whom the table lets ask about
// everybody.
func setUpFor(t *testing.T, m *stage.Machine, account, service string) *cast {
	t.Helper()
	c := setUp(t, m, service)
	c.callers = "callers = " + account + ": " + service + "\n"
	c.callerFor = func(string) string { return account }
	must(t, m.WriteTable(c.table()))
	return c
}

// runMotpd starts motpd, for services that are set up as the examples have it. It ends when it is
// stopped, or with the test.
func runMotpd(t *testing.T, m *stage.Machine) (stop func()) {
	t.Helper()
	motpd, err := m.StartMotpd()
	must(t, err)
	stop = sync.OnceFunc(func() {
		if err := motpd.Stop(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// playRefusals plays what keeps people out of a program that is not root's: their failures at other
// hosts, a table that does not grant a server anything, and a motpd that is not there.
func playRefusals(t *testing.T, m *stage.Machine, c *cast, service string, stop func(), log try) {
	t.Helper()
	must(t, m.InstallService("sshd"))
	must(t, m.StartSSHD())
	codes := c.Frank.WrongCodes(maxFailures)
	expect(t, log, c.Frank.Name, codes[0], false)
	for _, code := range codes[1:] {
		expect(t, sshLogin(m), c.Frank.Name, code, false)
	}
	expect(t, log, c.Frank.Name, c.Frank.NewCode(), false)
	expect(t, log, c.Alice.Name, c.Alice.NewCode(), true)

	if granted := c.callers; granted != "" {
		c.callers = ""
		must(t, m.WriteTable(c.table()))
		expect(t, log, c.Bob.Name, c.Bob.NewCode(), false)
		checkRemedy(t, m, "reason=caller",
			strings.TrimSuffix(granted, service+"\n"))
		c.callers = granted
		must(t, m.WriteTable(c.table()))
	}
	expect(t, log, c.Bob.Name, c.Bob.NewCode(), true)

	stop()
	expect(t, log, c.Bob.Name, c.Bob.NewCode(), false)
	checkRemedy(t, m, "reason=table",
		"systemctl enable --now motpd.socket motpd-root.socket")

	if got := c.reasons(t, m, service, c.Frank.Name, 2); !slices.Equal(got,
		[]string{"wrong", "locked"}) {
		t.Errorf("frank is logged with %q", got)
	}
	if got := c.reasons(t, m, service, c.Bob.Name, 1); !slices.Equal(got,
		[]string{"ok"}) {
		t.Errorf("bob is logged with %q", got)
	}
	c.checkNothingLeaked(t, m)
}

// checkRemedy waits for the line that says what to do, and sees that it is about nobody and has the
// reason.
func checkRemedy(t *testing.T, m *stage.Machine, reason, remedy string) {
	t.Helper()
	line, err := m.Log.Wait(remedy)
	must(t, err)
	if !strings.Contains(line, reason+" user=? ") {
		t.Errorf("no line with %q that says %q: %s", reason, remedy, line)
	}
}

// sshLogin logs in at sshd, which is root's.
func sshLogin(m *stage.Machine) try {
	return func(t *testing.T, user, code string) attempt {
		t.Helper()
		cmd := m.SSH(user, whoAmI, "PreferredAuthentications=keyboard-interactive",
			"NumberOfPasswordPrompts=1")
		return talk(t, cmd, user, answer{codePrompt, code})
	}
}

// giveTo gives files to an account.
func giveTo(t *testing.T, account string, paths ...string) {
	t.Helper()
	who, err := user.Lookup(account)
	must(t, err)
	uid, err := strconv.Atoi(who.Uid)
	must(t, err)
	gid, err := strconv.Atoi(who.Gid)
	must(t, err)
	for _, path := range paths {
		must(t, os.Chown(path, uid, gid))
	}
}

// runAs runs a program as an account, which must succeed.
func runAs(t *testing.T, m *stage.Machine, account, program string, arguments ...string) {
	t.Helper()
	cmd, err := m.CommandAs(account, program, arguments...)
	must(t, err)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", cmd, err, output)
	}
}

// asDocumented runs root's commands in a section of docs/hosts.md, but for those that begin with
// something that is done already, or cannot be done here.
func asDocumented(t *testing.T, m *stage.Machine, heading string, but ...string) {
	t.Helper()
	page, err := os.ReadFile(m.Path("docs/hosts.md"))
	must(t, err)
	_, section, _ := strings.Cut(string(page), "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n#")
	ran := 0
	for line := range strings.Lines(strings.ReplaceAll(section, "\\\n", " ")) {
		command, found := strings.CutPrefix(line, "    # ")
		if !found || slices.ContainsFunc(but, func(what string) bool {
			return strings.HasPrefix(command, what)
		}) {
			continue
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir = m.Root
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, output)
		}
		ran++
	}
	if ran == 0 {
		t.Fatalf("docs/hosts.md has no commands under %q", heading)
	}
}

// asExplained runs root's commands in the head of an example, which begin with the text.
func asExplained(t *testing.T, m *stage.Machine, example, prefix string) {
	t.Helper()
	text, err := os.ReadFile(m.Path("examples", example))
	must(t, err)
	ran := 0
	for line := range strings.Lines(string(text)) {
		command, found := strings.CutPrefix(strings.TrimSpace(line), "#   ")
		if !found || !strings.HasPrefix(command, prefix) {
			continue
		}
		if output, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", command, err, output)
		}
		ran++
	}
	if ran == 0 {
		t.Fatalf("examples/%s has no command %q", example, prefix)
	}
}
