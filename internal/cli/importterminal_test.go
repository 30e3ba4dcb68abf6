package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/term/termtest"
)

const secretOfAlice = "7ac61d4736f51a2b"

// onTTY is the command in a folder, with a terminal for everything.
func onTTY(t *testing.T, tty *os.File, folder string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &exec.Cmd{
		Path: self,
		Args: append([]string{"motp", "--conf", "motp.conf", "--state",
			"state"}, args...),
		Dir:         folder,
		Stdin:       tty,
		Stdout:      tty,
		Stderr:      tty,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An export without a file would leave secrets on the screen, and in its history.
func TestExportAsksOnTerminal(t *testing.T) {
	for _, c := range []struct {
		answer, want, not string
		exitCode          int
	}{
		{"n\n", "nothing is exported", secretOfAlice, exitFailure},
		{"\n", "nothing is exported", secretOfAlice, exitFailure},
		{"y\n", secretOfAlice, "nothing is exported", exitOK},
	} {
		p, tty := termtest.SitDown(t)
		folder := t.TempDir()
		table := "[alice]\nsecret = " + secretOfAlice + "\npin = 5555\n"
		write(t, filepath.Join(folder, "motp.conf"), table)
		cmd := onTTY(t, tty, folder, "export")
		p.Start(cmd)
		p.WaitFor("Show the secrets and PINs of 1 user on the screen? [y/N] ")
		p.TypeIn(c.answer)
		screen, exitCode := p.ReadOn(tty, cmd)
		asWanted := strings.Contains(screen, c.want) && !strings.Contains(screen, c.not)
		if exitCode != c.exitCode || !asWanted {
			t.Errorf("answer %q: exit code %d, on the screen: %q",
				c.answer, exitCode, screen)
		}
	}
}

// Whoever interrupts an import is told that nothing was changed, if that is so.
func TestImportInterruptedAtQuestion(t *testing.T) {
	p, tty := termtest.SitDown(t)
	folder := t.TempDir()
	write(t, filepath.Join(folder, "users"), "alice\t"+secretOfAlice+"\t5555\t0\n")
	cmd := onTTY(t, tty, folder, "import", "pam_mobile_otp", "users")
	p.Start(cmd)
	p.WaitFor("Write 1 user into motp.conf? [y/N] ")
	p.TypeIn("\x03") // Ctrl-C
	screen, exitCode := p.ReadOn(tty, cmd)
	const want = "\nmotp: interrupted: nothing is changed"
	if exitCode != exitInterrupted || !strings.Contains(screen, want) {
		t.Errorf("exit code %d, on the screen: %q", exitCode, screen)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("in the folder: %v, %v", entries, err)
	}
}

// Once the table is written all users are in it, though not all have a record yet. A bar shows how
// far the records are.
func TestImportInterruptedAtRecords(t *testing.T) {
	const users = 20_000
	p, tty := termtest.SitDown(t)
	folder := t.TempDir()
	var b strings.Builder
	for i := range users {
		fmt.Fprintf(&b, "user%d\t%016x\t5555\t0\n", i, i+1)
	}
	write(t, filepath.Join(folder, "users"), b.String())
	cmd := onTTY(t, tty, folder, "import", "pam_mobile_otp", "users", "--yes")
	cmd.Stdout = nil // which is 20,000 lines
	p.Start(cmd)
	p.WaitFor("motp: making records ")
	p.TypeIn("\x03")
	screen, exitCode := p.ReadOn(tty, cmd)
	want := fmt.Sprintf("motp: interrupted: %d users are all in motp.conf now.", users)
	if exitCode != exitInterrupted || !strings.Contains(screen, want) {
		last := screen[max(0, len(screen)-500):]
		t.Errorf("exit code %d, at the end of the screen: %q", exitCode, last)
	}
	_, entries, err := conf.Table{Path: filepath.Join(folder, "motp.conf")}.Users()
	if err != nil || len(entries) != users {
		t.Errorf("%d users in the table, %v", len(entries), err)
	}
}
