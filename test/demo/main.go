// Command demo shows what pam_motp does, as a person would see it: enrolling, logging in by ssh
// with a code, what becomes of a used code and of guessing, and a login through motpd. "make demo"
// runs it.
//
// Everything is real (the built module and command, OpenSSH's server and client), on a private
// machine that is gone afterwards. It ends with a status other than 0 as soon as a step does not do
// what it says.
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/test/stage"
)

const (
	user = "alice"
	pin  = "4711"
	// guesses is what the module allows by default, in a row.
	guesses = 8
)

func main() {
	os.Exit(stage.Main(prepare, play))
}

func prepare(root string) error {
	for _, need := range []struct{ program, debianPackage string }{
		{"/usr/sbin/sshd", "openssh-server"}, {"ssh", "openssh-client"},
	} {
		if err := stage.Need(need.program, need.debianPackage); err != nil {
			return err
		}
	}
	return stage.NeedBuilt(root, "pam_motp.so", "motp", "motpd")
}

// play is the whole story; each step needs what the one before it left.
func play(m *stage.Machine) error {
	s := &show{machine: m}
	steps := []struct {
		title string
		do    func() error
	}{
		{"A Debian machine with " + user + " on it, who has no password", s.setUp},
		{"The administrator enrolls " + user, s.enroll},
		{user + "'s phone makes a code", func() error { return s.makeCode(0) }},
		{user + " logs in with it", func() error { return s.logIn(s.code) }},
		{"The same code a second time is refused", func() error {
			return s.refused(s.code)
		}},
		{fmt.Sprintf("Somebody guesses: %d wrong codes", guesses), s.guess},
		{"Now " + user + " is locked, even with a right code", s.locked},
		{"What the log says", s.showLog},
		{"The administrator unlocks " + user, s.unlock},
		{user + " logs in again", func() error { return s.logInLater(2) }},
		{"motpd judges without a process for each login", s.logInByMotpd},
	}
	for i, step := range steps {
		s.title(i+1, step.title)
		if err := step.do(); err != nil {
			return fmt.Errorf("\nthe demonstration failed at step %d (%s): %w", i+1,
				step.title, err)
		}
	}
	s.end()
	return nil
}

func (s *show) setUp() error {
	m := s.machine
	if err := m.AddUser(user); err != nil {
		return err
	}
	if err := m.InstallModule(); err != nil {
		return err
	}
	table, err := os.ReadFile(m.Path("examples/motp.conf"))
	if err != nil {
		return err
	}
	if err := m.WriteTable(string(table)); err != nil {
		return err
	}
	// In front of an audience, a refusal need not take two seconds.
	if err := s.installService(); err != nil {
		return err
	}
	if err := m.StartSSHD(); err != nil {
		return err
	}
	s.say("It has what \"make install\" and an administrator put on a machine: pam_motp.so "+
		"and motp; from examples/, motp.conf in",
		"/etc/security, pam.d/sshd in /etc/pam.d (with the option nodelay, to save the "+
			"two seconds that a refusal takes),",
		"and sshd_config.d/motp.conf in /etc/ssh/sshd_config.d; and sshd runs. All of it "+
			"is private to this program.")
	return nil
}

func (s *show) installService() error {
	const line = "requisite    pam_motp.so"
	return s.machine.InstallService("sshd", line, line+" nodelay")
}

func (s *show) logIn(code string) error {
	terminal, err := s.ssh(code)
	if err != nil {
		return err
	}
	terminal.Expect("$ ")
	terminal.Send("whoami; hostname")
	terminal.Expect("$ ")
	terminal.Send("exit")
	status, err := terminal.Wait()
	if err != nil {
		return err
	}
	s.screen(terminal.Shown(), code)
	if shown := terminal.Shown(); status != 0 || !strings.Contains(shown, "\n"+user+"\r\n") {
		return fmt.Errorf("%s did not get in (status %d)", user, status)
	}
	return nil
}

// refused types the codes, one after the other, in one connection.
func (s *show) refused(codes ...string) error {
	terminal, err := s.ssh(codes...)
	if err != nil {
		return err
	}
	status, err := terminal.Wait()
	if err != nil {
		return err
	}
	s.screen(terminal.Shown(), codes...)
	if status != 255 || !strings.Contains(terminal.Shown(), "Permission denied") {
		return fmt.Errorf("ssh ended with status %d and not with \"Permission denied\"",
			status)
	}
	return nil
}

// guess makes as many connections as ssh's three tries in each demand.
func (s *show) guess() error {
	const inOneConnection = 3
	wrong := stage.WrongCodes(guesses, s.secret, pin)
	for len(wrong) > 0 {
		n := min(inOneConnection, len(wrong))
		if err := s.refused(wrong[:n]...); err != nil {
			return err
		}
		wrong = wrong[n:]
	}
	return nil
}

func (s *show) locked() error {
	if err := s.makeCode(1); err != nil {
		return err
	}
	if err := s.refused(s.code); err != nil {
		return err
	}
	s.say("She is not told why, so that a guesser is not. The administrator can see it:")
	status, err := s.run("#", "motp", "status", user)
	if err != nil {
		return err
	}
	if !strings.Contains(status, "locked") {
		return fmt.Errorf("motp status does not say that %s is locked", user)
	}
	return nil
}

// showLog also compares: one line an attempt, each with its reason.
func (s *show) showLog() error {
	lines, err := s.machine.Log.Module(user)
	if err != nil {
		return err
	}
	s.screen(strings.Join(lines, "\n"))
	s.say("One line an attempt, never with a code in it, in auth.log or the journal: for " +
		"people and for fail2ban.")
	var expected []string
	expected = append(expected, "ok", "replay")
	for range guesses {
		expected = append(expected, "wrong")
	}
	expected = append(expected, "locked")
	if len(lines) != len(expected) {
		return fmt.Errorf("%d log lines instead of %d", len(lines), len(expected))
	}
	for i, reason := range expected {
		if !strings.Contains(lines[i], "reason="+reason+" ") {
			return fmt.Errorf("log line %d is not of reason %s", i+1, reason)
		}
	}
	return nil
}

func (s *show) unlock() error {
	_, err := s.run("#", "motp", "unlock", user)
	return err
}

func (s *show) logInLater(steps int64) error {
	if err := s.makeCode(steps); err != nil {
		return err
	}
	return s.logIn(s.code)
}

// logInByMotpd logs in where nobody but motpd may judge, and sees that without it nobody gets in.
func (s *show) logInByMotpd() error {
	s.command("# motpd --listen /run/motp &")
	motpd, err := s.machine.StartMotpd()
	if err != nil {
		return err
	}
	s.machine.Way = stage.ByMotpd
	if err = s.installService(); err == nil {
		s.say("The line in pam.d/sshd now says motpd=always too: nobody else may judge.")
		err = errors.Join(s.logInLater(3), s.showLast())
	}
	if err := errors.Join(err, motpd.Stop()); err != nil {
		return err
	}
	s.say("So with motpd stopped, that line lets nobody in. Without motpd=always, a process " +
		"of its own would judge the login.")
	if err := s.makeCode(4); err != nil {
		return err
	}
	if err := s.refused(s.code); err != nil {
		return err
	}
	return s.showLine("reason=no-motpd")
}

// showLast shows the newest log line about the user.
func (s *show) showLast() error {
	lines, err := s.machine.Log.Module(user)
	if err == nil {
		s.screen(lines[len(lines)-1])
	}
	return err
}

// showLine shows the log line that holds the text.
func (s *show) showLine(text string) error {
	line, err := s.machine.Log.Wait(text)
	if err != nil {
		return err
	}
	s.screen(line[strings.Index(line, "result="):])
	return nil
}

// makeCode makes the code of now, or of some steps later: in the story, time has passed.
func (s *show) makeCode(stepsLater int64) error {
	arguments := []string{"code", "--secret", s.secret, "--pin", pin}
	if stepsLater > 0 {
		s.say("A later code, by --at, so that nobody has to wait for it:")
		arguments = append(arguments, "--at",
			strconv.FormatInt((s.firstStep+stepsLater)*10, 10))
	} else {
		s.firstStep = stage.Step()
	}
	output, err := s.run("$", "motp", arguments...)
	if err != nil {
		return err
	}
	s.code = strings.TrimSpace(output)
	if len(s.code) != 6 {
		return fmt.Errorf("motp code printed %q instead of a code", output)
	}
	return nil
}
