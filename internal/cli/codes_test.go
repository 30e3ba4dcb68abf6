package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/internal/term/termtest"
)

// Codes that may be needed end only if the answer is yes. Whoever says no, or nothing, keeps them,
// and no page is left.
func TestCodesAreReplacedIfWanted(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	table, state := filepath.Join(folder, "motp.conf"), filepath.Join(folder, "state")
	const text = "[alice]\nsecret = 0123456789abcdef\npin = 6666\npaper = 1d/" +
		"000102030405060708090a0b0c0d0e0f/6f831295798042721c84c4381dfb17b6\n"
	if err := os.WriteFile(table, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		answer string
		exit   int
	}{{"n\n", 1}, {"\n", 1}, {"\x04", 1}, {"y\n", 0}} {
		p, tty := termtest.SitDown(t)
		page := filepath.Join(folder, "page.svg")
		cmd := &exec.Cmd{
			Path: self, Args: []string{"motp", "codes", "alice", "--svg", page,
				"--conf", table, "--state", state},
			Stdin: tty, Stdout: tty, Stderr: tty,
			SysProcAttr: &syscall.SysProcAttr{Setsid: true, Setctty: true},
		}
		p.Start(cmd)
		p.WaitFor("alice has 1 unused paper code. Replace what is there? [y/N] ")
		p.TypeIn(c.answer)
		screen, exit := p.ReadOn(tty, cmd)
		if exit != c.exit || strings.Contains(screen, "nothing is changed") != (exit == 1) {
			t.Errorf("%q: exit code %d, %s", c.answer, exit, screen)
		}
		after, err := os.ReadFile(table)
		if err != nil || (string(after) == text) != (c.exit == 1) {
			t.Errorf("%q: %v, the table is %s", c.answer, err, after)
		}
		if _, err := os.Stat(page); (err == nil) != (c.exit == 0) {
			t.Errorf("%q: the page: %v", c.answer, err)
		}
	}
}
