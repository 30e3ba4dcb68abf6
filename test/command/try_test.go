package command

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// try runs the stacks of examples/ as the services do: accepted, used, wrong, unknown, without an
// answer.
func TestTry(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m, "sshd", "sudo")
		var c codes
		code := c.next()
		wrong := stage.WrongCodes(1, secret, pin)[0]
		for _, step := range []struct {
			name, in  string
			arguments []string
			status    int
			out, err  string
		}{
			{"right", code + "\n", []string{"sshd", name}, 0,
				"asked, hidden: \"OTP: \"\nauth:    PAM_SUCCESS: agreed\n" +
					"account: PAM_SUCCESS: agreed\naccepted\n", ""},
			{"used", code + "\n", []string{"sshd", name}, 1,
				"asked, hidden: \"OTP: \"\n" +
					"auth:    PAM_AUTH_ERR: not accepted: a wrong, used or " +
					"empty code, a wrong password, or a locked user\n",
				"motp: refused; the log says why"},
			{"wrong, from elsewhere", wrong + "\n",
				[]string{"sudo", name, "--rhost", "192.0.2.7"}, 1,
				"asked, hidden: \"OTP: \"\nauth:    PAM_AUTH_ERR: ",
				"motp: refused"},
			{"unknown", code + "\n", []string{"sshd", "nobody"}, 1,
				"asked, hidden: \"OTP: \"\n" +
					"auth:    PAM_USER_UNKNOWN: the user is not in the table",
				"motp: refused"},
			{"no answer", "", []string{"sshd", name}, 1,
				"asked, hidden: \"OTP: \"\nauth:    PAM_CONV_ERR: no answer",
				"motp: standard input holds no answer"},
			{"no service", "", []string{"nothing", name}, 1, "",
				"motp: there is no service nothing: open /etc/pam.d/nothing: " +
					"file does not exist"},
			{"a path", "", []string{"../passwd", name}, 2, "",
				"motp: a service is a file in /etc/pam.d"},
			{"nobody to log in", "", []string{"sshd"}, 2, "",
				"motp: a service and a user are wanted"},
		} {
			got := run(t, step.in,
				append([]string{"try", "--stdin"}, step.arguments...)...)
			if got.status != step.status || !strings.HasPrefix(got.out, step.out) ||
				!strings.Contains(got.err, step.err) ||
				strings.Contains(got.out+got.err, code) {
				t.Errorf("%s: exit %d and\n%s%swant exit %d and\n%s%s", step.name,
					got.status, got.out, got.err, step.status,
					step.out, step.err)
			}
			if step.out == "" && got.out != "" {
				t.Errorf("%s: printed %q", step.name, got.out)
			}
		}

		// it counts, and the log has what the services would have given
		lines, err := m.Log.Module(name)
		must(t, err)
		want := []string{
			"result=accepted reason=ok user=alice rhost=127.0.0.1 tty=ssh service=sshd",
			"result=denied reason=replay user=alice rhost=127.0.0.1 tty=ssh " +
				"service=sshd",
			"result=denied reason=wrong user=alice rhost=192.0.2.7 tty=- service=sudo",
		}
		if len(lines) < len(want) {
			t.Fatalf("log: %q", lines)
		}
		for i, w := range want {
			if !strings.HasPrefix(lines[i], w) {
				t.Errorf("log line %q, want %q", lines[i], w)
			}
		}
		if got := run(t, "", "status", name); !strings.Contains(got.out, "1 in a row") {
			t.Errorf("the wrong code is not counted:\n%s", got.out)
		}
	})
}

// With a password above the code there are two questions, and neither answer is echoed.
func TestTryOnTerminal(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m)
		must(t, m.InstallService("sudo", "auth       requisite    pam_motp.so",
			"@include common-auth\nauth requisite pam_motp.so"))
		const password = "correct horse"
		must(t, m.SetPassword(name, password))
		var c codes
		code := c.next()
		terminal, err := stage.Start(exec.Command("motp", "try", "sudo", name))
		must(t, err)
		terminal.Expect("Password: ")
		terminal.SendHidden(password)
		terminal.Expect("OTP: ")
		terminal.SendHidden(code)
		terminal.Expect("accepted")
		status, err := terminal.Wait()
		must(t, err)
		if status != 0 {
			t.Errorf("exit %d:\n%s", status, terminal.Shown())
		}
		for _, private := range []string{password, code} {
			if strings.Contains(terminal.Shown(), private) {
				t.Errorf("an answer was echoed:\n%s", terminal.Shown())
			}
		}
	})
}

// What PAM accepts after two questions, sshd refuses where it has one answer for both.
func TestTrySSHDWithOneAnswer(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const password, warns = "correct horse", "warning: sshd refuses this login"
		setUp(t, m)
		must(t, m.InstallService("sshd", "auth       requisite    pam_motp.so",
			"@include common-auth\nauth requisite pam_motp.so"))
		must(t, m.SetPassword(name, password))
		must(t, m.StartSSHD())
		var c codes
		try := func() ran {
			t.Helper()
			got := run(t, password+"\n"+c.next()+"\n", "try", "sshd", name, "--stdin")
			if got.status != 0 {
				t.Errorf("exit %d, %s%s", got.status, got.out, got.err)
			}
			return got
		}
		if got := try(); strings.Contains(got.err, warns) {
			t.Errorf("with keyboard-interactive: %s", got.err)
		}
		must(t, os.WriteFile("/etc/ssh/sshd_config.d/motp.conf", []byte("UsePAM yes\n"+
			"KbdInteractiveAuthentication no\nPasswordAuthentication no\n"+
			"Match User "+name+"\nPasswordAuthentication yes\n"), 0o644))
		if got := try(); !strings.Contains(got.err, warns) {
			t.Errorf("with one answer for two questions: %s", got.err)
		}
		must(t, m.InstallService("sshd"))
		got := run(t, c.next()+"\n", "try", "sshd", name, "--stdin")
		if got.status != 0 || strings.Contains(got.err, warns) {
			t.Errorf("with one question: exit %d, %s", got.status, got.err)
		}
		code, s := c.next(), serve(t, m, 2204)
		must(t, m.InstallService("sshd", "auth       requisite    pam_motp.so",
			"@include common-auth\nauth requisite pam_motp.so"))
		if s.lets(name, "password: ", password) || s.lets(name, "password: ", code) {
			t.Error("sshd lets in by one of two answers")
		}
	})
}

// Whoever is not root learns that try and doctor are for root; a token is for everyone.
func TestPlainUser(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m, "sudo")
		as := func(in string, arguments ...string) ran {
			t.Helper()
			cmd, err := m.CommandAs(name, "motp", arguments...)
			must(t, err)
			return runCommand(t, cmd, in)
		}
		for _, arguments := range [][]string{{"try", "sudo", name, "--stdin"}, {"doctor"}} {
			if got := as("", arguments...); got.status != 1 ||
				!strings.Contains(got.err, "as root") {
				t.Errorf("%q: exit %d, %s", arguments, got.status, got.err)
			}
		}

		cmd, err := m.CommandAs(name, "motp", "token", "init", "--no-qr",
			"--secret", secret)
		must(t, err)
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("token init: %v\n%s", err, output)
		}
		got := as(pin+"\n", "token", "--pin-stdin")
		if got.status != 0 || len(got.out) != 7 {
			t.Fatalf("token: exit %d, %q, %s", got.status, got.out, got.err)
		}
		if login := run(t, got.out, "try", "sudo", name, "--stdin"); login.status != 0 {
			t.Errorf("the token's code does not fit:\n%s%s", login.out, login.err)
		}
	})
}
