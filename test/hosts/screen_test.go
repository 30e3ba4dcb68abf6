package hosts

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A screen is one that nobody looks at, with a user's programs on it.
type screen struct {
	machine       *stage.Machine
	user, display string
}

// newScreen starts Xvfb as a user. It says which display it has as soon as it takes programs, and
// ends with the test.
func newScreen(t *testing.T, m *stage.Machine, user string) *screen {
	t.Helper()
	must(t, stage.Need("Xvfb", "xvfb"))
	must(t, stage.Need("xdotool", "xdotool"))
	must(t, os.MkdirAll("/tmp/.X11-unix", 0o777))
	must(t, os.Chmod("/tmp/.X11-unix", 0o1777))
	ready, told, err := os.Pipe()
	must(t, err)
	defer ready.Close()
	// Without -r a key repeats that a busy machine is slow to release; a small screen is soon
	// drawn.
	cmd, err := m.CommandAs(user, "Xvfb", "-displayfd", "3", "-nolisten", "tcp", "-ac", "-r",
		"-screen", "0", "320x200x24")
	must(t, err)
	cmd.ExtraFiles = []*os.File{told}
	must(t, cmd.Start())
	must(t, told.Close())
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // killed
	})
	number, err := bufio.NewReader(ready).ReadString('\n')
	must(t, err)
	return &screen{m, user, ":" + strings.TrimSpace(number)}
}

// command prepares a program of the user's on the screen.
func (s *screen) command(t *testing.T, program string, arguments ...string) *exec.Cmd {
	t.Helper()
	cmd, err := s.machine.CommandAs(s.user, program, arguments...)
	must(t, err)
	cmd.Env = append(cmd.Env, "DISPLAY="+s.display)
	return cmd
}

// lock starts a locker, and waits until it has the keyboard: lockers tell those who put a machine
// to sleep.
func (s *screen) lock(t *testing.T, cmd *exec.Cmd) *stage.Terminal {
	t.Helper()
	ready, told, err := os.Pipe()
	must(t, err)
	defer ready.Close()
	cmd.ExtraFiles = []*os.File{told}
	cmd.Env = append(cmd.Env, "XSS_SLEEP_LOCK_FD=3")
	locker, err := stage.Start(cmd)
	must(t, err)
	must(t, told.Close())
	_, err = io.ReadAll(ready)
	must(t, err)
	return locker
}

// types types on the screen's keyboard, key by key, and presses Return.
func (s *screen) types(t *testing.T, text string) {
	t.Helper()
	for _, arguments := range [][]string{{"type", "--delay", "1", text}, {"key", "Return"}} {
		cmd := s.command(t, "xdotool", arguments...)
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("xdotool: %v: %s", err, output)
		}
	}
}

// i3lock says, with --debug, what came of an answer.
const (
	i3lockOpens = "successfully authenticated"
	i3lockStays = "Authentication failure"
)

// unlocks locks a screen of the user's, types an answer, and says whether the screen is open.
func unlocks(m *stage.Machine) try {
	return func(t *testing.T, user, code string) attempt {
		t.Helper()
		must(t, stage.Need("i3lock", "i3lock"))
		s := newScreen(t, m, user)
		locker := s.lock(t, s.command(t, "i3lock", "--nofork",
			"--no-unlock-indicator", "--debug"))
		s.types(t, code)
		_, said := locker.ExpectAny(i3lockOpens, i3lockStays)
		must(t, locker.Err())
		if said == i3lockStays {
			locker.Kill()
		}
		status, err := locker.Wait()
		must(t, err)
		in := said == i3lockOpens
		if in != (status == 0) {
			t.Errorf("i3lock: status %d: %s", status, locker.Shown())
		}
		return attempt{in: in}
	}
}

// setUpScreen is setUp for a program that runs as the user about whom it asks.
func setUpScreen(t *testing.T, m *stage.Machine, service string) *cast {
	t.Helper()
	c := setUp(t, m, service)
	c.callerFor = func(user string) string { return user }
	return c
}

func TestI3lock(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpScreen(t, m, "i3lock")
		runMotpd(t, m)
		playCases(t, m, c, "i3lock", unlocks(m))
	})
}

// As Debian has it, i3lock asks for what the console asks for.
func TestI3lockAsDebianHasIt(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpScreen(t, m, "login")
		debians, err := os.ReadFile(m.Path("test/examples/testdata/debian-12/i3lock"))
		must(t, err)
		must(t, m.WriteService("i3lock", string(debians)))
		runMotpd(t, m)
		expect(t, unlocks(m), c.Alice.Name, c.Alice.NewCode(), true)
		c.checkLog(t, m, "i3lock", map[string][]string{c.Alice.Name: {"ok"}})
	})
}

// A token that has a PIN typed before its code; and that some user's program asks about another.
func TestI3lockPIN(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("oathtool", "oathtool"))
		must(t, stage.Need("pamtester", "pamtester"))
		c := setUpScreen(t, m, "i3lock")
		runMotpd(t, m)
		must(t, m.WriteTable(fmt.Sprintf("[%s]\ntype = totp\nsecret = %s\npin = %s\n",
			c.Alice.Name, appKey, c.Alice.PIN)))
		code := appCode(t, appKey, 0, "--totp")
		for _, step := range []struct {
			typed string
			in    bool
		}{{code, false}, {c.Alice.PIN + code, true}, {c.Alice.PIN + code, false}} {
			expect(t, unlocks(m), c.Alice.Name, step.typed, step.in)
		}
		next := c.Alice.PIN + appCode(t, appKey, 30*time.Second,
			"--totp")
		if pamtester(t, m, c.Bob.Name, "i3lock", codePrompt, next) {
			t.Error("bob's program logs alice in")
		}
		checkRemedy(t, m, "reason=caller",
			"may ask about its own account only")
		expect(t, unlocks(m), c.Alice.Name, next, true)
		want := []string{"malformed", "ok", "replay", "ok"}
		if got := c.reasons(t, m, "i3lock", c.Alice.Name, 4); !slices.Equal(got, want) {
			t.Errorf("alice is logged with %q instead of %q", got, want)
		}
		c.checkNothingLeaked(t, m)
	})
}

// TestI3lockRefused is what keeps a screen locked: failures at other hosts, and a motpd that is not
// there.
func TestI3lockRefused(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpScreen(t, m, "i3lock")
		stop := runMotpd(t, m)
		playRefusals(t, m, c, "i3lock", stop, unlocks(m))
	})
}

func TestXsecurelock(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("xsecurelock", "xsecurelock"))
		c := setUpScreen(t, m, "xsecurelock")
		runMotpd(t, m)
		s := newScreen(t, m, c.Alice.Name)
		wrong, code := c.Alice.WrongCodes(1)[0], c.Alice.NewCode()
		for _, step := range []struct{ refused, reason, typed string }{
			{wrong, "reason=wrong", code},
			{code, "reason=replay", c.Alice.NewCode()},
		} {
			locker := s.lock(t, s.xsecurelock(t))
			s.types(t, step.refused)
			_, err := m.Log.Wait(step.reason)
			must(t, err)
			// what is typed before it asks again goes to that question
			s.types(t, step.typed)
			status, err := locker.Wait()
			must(t, err)
			if status != 0 {
				t.Errorf("xsecurelock: status %d: %s", status, locker.Shown())
			}
		}
		c.checkLog(t, m, "xsecurelock", map[string][]string{c.Alice.Name: {"wrong", "ok",
			"replay", "ok"}})
	})
}

// xsecurelock prepares it as the example says. As it is, it takes the first key as a wish to see
// the question, and nothing of it as an answer.
func (s *screen) xsecurelock(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := s.command(t, "xsecurelock")
	cmd.Env = append(cmd.Env, "XSECURELOCK_PAM_SERVICE=xsecurelock",
		"XSECURELOCK_DISCARD_FIRST_KEYPRESS=0")
	return cmd
}
