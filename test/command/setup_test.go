package command

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A server is an sshd of a machine that read its configuration when it was started.
type server struct {
	*testing.T
	m    *stage.Machine
	port int
}

// serve starts one more sshd, as a reload would.
func serve(t *testing.T, m *stage.Machine, port int) server {
	t.Helper()
	must(t, exec.Command("/usr/sbin/sshd", "-D", "-p", fmt.Sprint(port)).Start())
	_, err := m.Log.Wait(fmt.Sprintf("Server listening on 127.0.0.1 port %d", port))
	must(t, err)
	return server{t, m, port}
}

// lets tries to log in with an answer to a question.
func (s server) lets(user, question, reply string) bool {
	s.Helper()
	terminal, err := stage.Start(s.m.SSH(user, "echo in as $USER",
		fmt.Sprintf("Port=%d", s.port), "HostKeyAlias=localhost",
		"PreferredAuthentications=keyboard-interactive,password",
		"NumberOfPasswordPrompts=1"))
	must(s.T, err)
	terminal.Expect(question)
	terminal.SendHidden(reply)
	status, err := terminal.Wait()
	must(s.T, err)
	return status == 0 && strings.Contains(terminal.Shown(), "in as "+user)
}

// answered runs motp on a terminal and answers its question.
func answered(t *testing.T, question, reply string, arguments ...string) (shown string, exit int) {
	t.Helper()
	terminal, err := stage.Start(exec.Command("motp", arguments...))
	must(t, err)
	terminal.Expect(question)
	terminal.Send(reply)
	exit, err = terminal.Wait()
	must(t, err)
	return terminal.Shown(), exit
}

// From a machine as Debian ships it to a login by code, and back to one by password. The stage's
// records are in memory, which the doctor calls an error: so somebody has to say yes.
func TestSetUpSSHAndUndo(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const password, dropIn = "correct horse 5917", "/etc/ssh/sshd_config.d/motp.conf"
		const service, other = "/etc/pam.d/sshd", "Set up sshd, in spite of 1 problem?"
		setUp(t, m)
		must(t, m.SetPassword(name, password))
		must(t, m.StartSSHD()) // which makes its keys and sshd_config
		must(t, os.Remove(dropIn))
		shipped, err := os.ReadFile(service)
		must(t, err)
		old := serve(t, m, 2201)
		if !old.lets(name, "password: ", password) {
			t.Fatal("no login by password before")
		}

		got := run(t, "", "setup", "sshd", "--yes")
		got.is(t, "--yes with an error", 1, `is on a file system that is in memory`,
			"1 problem; nothing is changed")
		if shown, exit := answered(t, other, "no", "setup", "sshd"); exit != 1 ||
			!strings.Contains(shown, "not wanted: nothing is changed") {
			t.Errorf("a no: exit %d and %s", exit, shown)
		}
		text, err := os.ReadFile(service)
		if err != nil || string(text) != string(shipped) {
			t.Errorf("changed without a yes: %v\n%s", err, text)
		}
		shown, exit := answered(t, other, "yes", "setup", "sshd")
		for _, want := range []string{"-@include common-auth",
			"+auth requisite pam_motp.so", "+PasswordAuthentication no",
			"; until then, the code is the answer to sshd's question \"password:\""} {
			if exit != 0 || !strings.Contains(shown, want) {
				t.Fatalf("exit %d, no %q in\n%s", exit, want, shown)
			}
		}
		must(t, exec.Command("/usr/sbin/sshd", "-t").Run())
		s := serve(t, m, 2202)
		var c codes
		if !old.lets(name, "password: ", c.next()) {
			t.Error("no login by code before the reload")
		}
		code := c.next()
		if !s.lets(name, "OTP: ", code) {
			t.Error("no login by code")
		}
		if s.lets(name, "OTP: ", code) || s.lets(name, "OTP: ", password) {
			t.Error("a login by a used code, or the password")
		}

		shown, exit = answered(t, "Put back what was there before?", "yes", "setup",
			"--undo")
		text, err = os.ReadFile(service)
		if exit != 0 || err != nil || string(text) != string(shipped) {
			t.Errorf("undo: exit %d, %v, %s\n%s", exit, err, shown, text)
		}
		if _, err := os.Stat(dropIn); !os.IsNotExist(err) {
			t.Errorf("the drop-in is there: %v", err)
		}
		if s := serve(t, m, 2203); !s.lets(name, "password: ", password) {
			t.Error("no login by password after the undo")
		}
	})
}

// A configuration of which sshd would die is not left behind: sshd's own files are as before.
func TestSetUpWhereSSHDDoesNotStart(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const service = "/etc/pam.d/sshd"
		setUp(t, m)
		must(t, m.StartSSHD())
		must(t, os.Remove("/etc/ssh/sshd_config.d/motp.conf"))
		must(t, os.WriteFile("/etc/ssh/sshd_config.d/other.conf", []byte("Nonsense yes\n"),
			0o644))
		shipped, err := os.ReadFile(service)
		must(t, err)
		shown, exit := answered(t, "in spite of 2 problems?", "yes", "setup", "sshd")
		if exit != 1 || !strings.Contains(shown, "the old files are back") {
			t.Errorf("exit %d and %s", exit, shown)
		}
		text, err := os.ReadFile(service)
		if err != nil || string(text) != string(shipped) {
			t.Errorf("%v\n%s", err, text)
		}
	})
}
