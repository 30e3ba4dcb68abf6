package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/internal/term/termtest"
	"golang.org/x/sys/unix"
)

// A sitting is the command on a terminal, in a folder of its own.
type sitting struct {
	*termtest.Person
	t      *testing.T
	tty    *os.File
	folder string
	cmd    *exec.Cmd
}

const (
	sittersSecret = "0123456789abcdef"
	sittersTable  = "[bob]\nsecret = " + sittersSecret + "\npin    = 6666\n"
)

// sit starts the command, with a table of bob.
func sit(t *testing.T, arguments ...string) *sitting {
	t.Helper()
	p, tty := termtest.SitDown(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &sitting{t: t, Person: p, tty: tty, folder: t.TempDir()}
	if err := os.WriteFile(s.table(), []byte(sittersTable), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(s.folder, "state"), 0o700); err != nil {
		t.Fatal(err)
	}
	arguments = append(arguments, "--conf", "motp.conf", "--state", "state")
	s.cmd = &exec.Cmd{Path: self, Args: append([]string{"motp"}, arguments...), Dir: s.folder}
	s.cmd.Stdin, s.cmd.Stdout, s.cmd.Stderr = tty, tty, tty
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	s.cmd.Env = append(os.Environ(), nowVariable+"=1296121200", "TZ=UTC")
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	return s
}

func (s *sitting) table() string { return filepath.Join(s.folder, "motp.conf") }

// died waits for the end, which must come from a signal, and sees that the terminal is as it was.
func (s *sitting) died(of syscall.Signal) {
	s.t.Helper()
	_ = s.cmd.Wait()
	status := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() || status.Signal() != of {
		s.t.Errorf("the command ended with %v, want by %v", s.cmd.ProcessState, of)
	}
	if !termtest.Echoes(s.t, s.tty) {
		s.t.Error("the terminal does not show what is typed any more")
	}
}

func (s *sitting) content() string {
	s.t.Helper()
	content, err := os.ReadFile(s.table())
	if err != nil {
		s.t.Fatal(err)
	}
	return string(content)
}

// Whoever gives up at any question hears that nothing is changed, and nothing is.
func TestInterruptedAnywhere(t *testing.T) {
	type step struct{ question, typed string }
	const nothing = "motp: interrupted: nothing is changed"
	const shown = nothing + ": alice is not added, and the secret above is good for nothing"
	add := []step{
		{"PIN of alice: ", "5917\n"},
		{"The same PIN again: ", "5917\n"},
		{"no check): ", "zzz\n"},
		{"That is no code: it has six digits, 0 to 9 and a to f.\r\n" +
			"The code that the token shows now (Enter alone: no check): ", ""},
	}
	sync := []step{{"shows: ", "6ed4e4\n"}, {"another: ", ""}}
	far := []step{{"all the same? [y/N] ", ""}}
	for _, c := range []struct {
		verb  []string
		steps []step
		want  string
	}{
		{[]string{"add", "alice"}, add[:1], nothing},
		{[]string{"add", "alice"}, add[:2], nothing},
		{[]string{"add", "alice"}, add[:3], shown},
		{[]string{"add", "alice"}, add, shown},
		{[]string{"pin", "bob"}, []step{{"PIN of bob: ", ""}}, nothing},
		{[]string{"sync", "bob"}, sync[:1], nothing},
		{[]string{"sync", "bob"}, sync, nothing},
		{[]string{"sync", "bob", "--epoch", "128797806"}, far, nothing},
		{[]string{"verify", "bob"}, []step{{"Code of bob: ", ""}}, nothing},
	} {
		t.Run(strings.Join(c.verb, " "), func(t *testing.T) {
			s := sit(t, c.verb...)
			for i, step := range c.steps {
				s.WaitFor(step.question)
				if i < len(c.steps)-1 {
					s.TypeIn(step.typed)
				}
			}
			s.TypeIn("\x03") // Ctrl-C
			s.WaitFor(c.want + "\r\n")
			s.died(syscall.SIGINT)
			if got := s.content(); got != sittersTable {
				t.Errorf("the table is now:\n%s", got)
			}
			if left, _ := filepath.Glob(filepath.Join(s.folder, "state",
				"*")); len(left) > 0 {
				t.Errorf("there are records now: %v", left)
			}
		})
	}
}

// A signal that ends a command does the same.
func TestEndedAnywhere(t *testing.T) {
	s := sit(t, "add", "alice")
	s.WaitFor("PIN of alice: ")
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	s.WaitFor("motp: interrupted: nothing is changed\r\n")
	s.died(syscall.SIGTERM)
}

// Whoever interrupts what is being written hears how it ended. The table is locked here, so that
// the command waits for it.
func TestInterruptedInTheMiddle(t *testing.T) {
	for _, c := range []struct {
		verb []string
		want string
	}{
		{[]string{"pin", "bob"}, "bob is given the new PIN"},
		{[]string{"add", "alice", "--no-check"}, "alice is in motp.conf now"},
	} {
		s := sit(t, c.verb...)
		s.WaitFor("PIN of " + c.verb[1] + ": ")
		table, err := os.Open(s.table())
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		if err := unix.Flock(int(table.Fd()), unix.LOCK_EX); err != nil {
			t.Fatal(err)
		}
		s.TypeIn("5917\n")
		s.WaitFor("The same PIN again: ")
		wait := opened(t, s.table())
		s.TypeIn("5917\n")
		wait()
		s.TypeIn("\x03")
		s.WaitFor("motp: interrupted: this ends when what is being written is whole\r\n")
		if got := s.content(); got != sittersTable {
			t.Fatalf("somebody has written a table that was locked:\n%s", got)
		}
		if err := unix.Flock(int(table.Fd()), unix.LOCK_UN); err != nil {
			t.Fatal(err)
		}
		s.WaitFor("motp: interrupted: " + c.want + "\r\n")
		s.died(syscall.SIGINT)
		if got := s.content(); !strings.Contains(got, "5917") {
			t.Errorf("the table is now:\n%s", got)
		}
	}
}

// Whoever cannot wait interrupts once more, and hears that it is not known.
func TestInterruptedTwice(t *testing.T) {
	s := sit(t, "pin", "bob")
	s.WaitFor("PIN of bob: ")
	table, err := os.Open(s.table())
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	if err := unix.Flock(int(table.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	s.TypeIn("5917\n")
	s.WaitFor("The same PIN again: ")
	wait := opened(t, s.table())
	s.TypeIn("5917\n")
	wait()
	s.TypeIn("\x03")
	s.WaitFor("motp: interrupted: this ends when what is being written is whole\r\n")
	s.TypeIn("\x03")
	s.WaitFor("motp: interrupted in the middle of writing: \"motp list\" shows what is " +
		"there\r\n")
	s.died(syscall.SIGINT)
}

// opened watches a file, and returns what waits until somebody has opened it.
func opened(t *testing.T, path string) (wait func()) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if _, err := unix.InotifyAddWatch(fd, path, unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := unix.Read(fd, make([]byte,
			unix.SizeofInotifyEvent+unix.NAME_MAX+1)); err != nil {
			t.Fatal(err)
		}
	}
}
