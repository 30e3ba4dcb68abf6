package hosts

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// setUpOneField brings the cast onto the stage, with passwords, and a service by an example that
// has password and code in one field.
func setUpOneField(t *testing.T, m *stage.Machine, service string, changes ...string) *cast {
	t.Helper()
	c := setUp(t, m, service)
	for _, name := range append(c.names(), stage.Outsider) {
		must(t, m.SetPassword(name, unixPassword))
	}
	must(t, m.InstallServiceAs(service, service+"-one-field", changes...))
	return c
}

// playOneField plays what a host has to get right that has one field for both: only both let in,
// and a code whose password was wrong stays used.
func playOneField(t *testing.T, m *stage.Machine, c *cast, service string, log try) {
	t.Helper()
	const password, wrong = unixPassword, "sesame-shut"
	used, lost := c.Alice.NewCode(), c.Alice.NewCode()
	for _, step := range []struct {
		what, typed string
		in          bool
	}{
		{"both", password + used, true},
		{"a used code", password + used, false},
		{"a wrong password", wrong + lost, false},
		{"the password, and the code that was used with a wrong one", password + lost,
			false},
		{"a wrong code", password + c.Alice.WrongCodes(1)[0], false},
		{"a code alone", c.Alice.NewCode(), false},
		{"both again", password + c.Alice.NewCode(), true},
		{"a password alone", password, false},
	} {
		if got := log(t, c.Alice.Name, step.typed).in; got != step.in {
			t.Errorf("%s: in: %t instead of %t", step.what, got, step.in)
		}
	}
	expect(t, log, stage.Outsider, password, false)
	disable(t, m, c, c.Bob)
	expect(t, log, c.Bob.Name, password+c.Bob.NewCode(), false)
	got := c.reasons(t, m, service, c.Alice.Name, 8)
	if want := "ok replay ok replay wrong no-password ok"; !strings.HasPrefix(
		strings.Join(got, " "), want) {
		t.Errorf("alice is logged with %q, want %q", got, want)
	}
	c.checkNothingLeaked(t, m)
}

func TestOpenVPNOneField(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		const (
			list = `"openvpn login USERNAME OTP PASSWORD"`
			one  = `"openvpn login USERNAME Password PASSWORD"`
		)
		c := setUpOneField(t, m, "openvpn")
		v := startVPN(t, m, list, one)
		playOneField(t, m, c, "openvpn", func(t *testing.T, user, typed string) attempt {
			client, in := v.connect(t, user, typed)
			leave(t, client)
			return attempt{in: in}
		})
		for _, f := range askDoctor(t) {
			if f.Check == "OpenVPN" && f.Severity != "note" {
				t.Errorf("the doctor finds %+v", f)
			}
		}
	})
}

func TestDovecotOneField(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUpOneField(t, m, "dovecot")
		startDovecot(t, m, nil)
		playOneField(t, m, c, "dovecot", imap)
		checkDoctor(t, "dovecot")
	})
}

// The file is for a directory's passwords. Here they are the machine's, which PostgreSQL may read
// for once.
func TestPostgreSQLOneField(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpOneField(t, m, "postgresql", "pam_sss.so", "pam_unix.so")
		c.callers = "callers = " + postgresUser + ": postgresql\n"
		c.callerFor = func(string) string { return postgresUser }
		must(t, m.WriteTable(c.table()))
		runMotpd(t, m)
		must(t, os.Chmod("/etc/shadow", 0o644))
		p := startPostgres(t, m, c)
		playOneField(t, m, c, "postgresql", p.logIn)
	})
}

// Greeters with one field ask what the stack's first module asks.
func TestGreeterOneField(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("pamtester", "pamtester"))
		c := setUp(t, m, "sudo")
		for _, name := range append(c.names(), stage.Outsider) {
			must(t, m.SetPassword(name, unixPassword))
		}
		must(t, m.InstallServiceAs("sddm", "sddm-one-field"))
		playOneField(t, m, c, "sddm", func(t *testing.T, user, typed string) attempt {
			t.Helper()
			cmd := exec.Command("pamtester", "sddm", user, "authenticate", "acct_mgmt")
			terminal, err := stage.Start(cmd)
			must(t, err)
			prompt := terminal.Expect("Password and code: ")
			terminal.SendHidden(typed)
			status, err := terminal.Wait()
			must(t, err)
			return attempt{in: status == 0, prompt: prompt}
		})
		checkDoctor(t, "sddm")
	})
}
