package hosts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// motpd is started by the first login, which waits for it, and gets its sockets as systemd hands
// them over: one for programs that are root's, one for all others.
func TestMotpdOnDemand(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		m.Way = stage.ByMotpd
		c := setUpSudo(t, m, "1")
		const locker = "swaylock"
		must(t, stage.Need("pamtester", "pamtester"))
		must(t, m.WriteService(locker, "auth required pam_motp.so nodelay\n"))
		activator := activateMotpd(t, m)
		if is := runs(t, activator); is != "systemd-socket-activate" {
			t.Errorf("before the first login, %s runs", is)
		}

		code := c.Alice.NewCode()
		for _, want := range []bool{true, false} {
			if in := sudo(t, m, c.Alice.Name, answer{codePrompt, code}).in; in != want {
				t.Errorf("alice in: %t instead of %t", in, want)
			}
		}
		if is := runs(t, activator); is != "motpd" {
			t.Errorf("after it, %s runs", is)
		}
		if !pamtester(t, m, c.Alice.Name, locker, codePrompt, c.Alice.NewCode()) {
			t.Error("alice does not unlock her own screen")
		}
		c.checkLog(t, m, "sudo", map[string][]string{c.Alice.Name: {"ok", "replay"}})
	})
}

// activateMotpd has motpd's sockets made by systemd's program for that, which becomes motpd at the
// first connection.
func activateMotpd(t *testing.T, m *stage.Machine) *exec.Cmd {
	t.Helper()
	const activate, root, others = "systemd-socket-activate", "/run/motp/root.sock",
		"/run/motp/motpd.sock"
	must(t, stage.Need(activate, "systemd"))
	must(t, stage.NeedBuilt(m.Root, "motpd"))
	cmd := exec.Command(activate, "--seqpacket", "--listen="+root, "--listen="+others,
		m.Path("build/motpd"))
	terminal, err := stage.Start(cmd)
	must(t, err)
	terminal.Expect("Listening on " + root)
	terminal.Expect("Listening on " + others)
	must(t, terminal.Err())
	must(t, os.Chmod(root, 0o600))
	must(t, os.Chmod(others, 0o666))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("motpd said: %s", terminal.Shown())
		}
	})
	return cmd
}

// runs is the name of the program that a process runs.
func runs(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", cmd.Process.Pid))
	must(t, err)
	return filepath.Base(path)
}
