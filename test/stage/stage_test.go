package stage

import (
	"errors"
	"log/syslog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCodeIsThatOfPublicVectors(t *testing.T) {
	// From otpn900's src/test_motp.c, made with the otptool of mod_authn_otp.
	vectors := []struct {
		step              int64
		secret, pin, code string
	}{
		{129612120, "0123456789abcdef", "6666", "6ed4e4"},
		{129612244, "0123456789abcdef", "77777777", "7abf75"},
		{0, "0123456789abcdef", "1", "bd94a4"},
	}
	for _, v := range vectors {
		if code := Code(v.step, v.secret, v.pin); code != v.code {
			t.Errorf("step %d, PIN %s: %s instead of %s", v.step, v.pin, code, v.code)
		}
	}
}

func TestMachineIsPrivate(t *testing.T) {
	Test(t, func(t *testing.T, m *Machine) {
		for _, path := range []string{"/usr/bin", "/", "/opt", m.Path("build")} {
			err := os.WriteFile(filepath.Join(path, "stage-was-here"), nil, 0o600)
			if !errors.Is(err, unix.EROFS) && !errors.Is(err, os.ErrNotExist) {
				t.Errorf("write to %s: %v instead of a read-only file system", path,
					err)
			}
		}
		for _, folder := range []string{"/etc", "/run", "/tmp", "/home", "/root", "/dev",
			"/var/lib", "/var/log"} {
			var at unix.Statfs_t
			if err := unix.Statfs(folder, &at); err != nil {
				t.Fatal(err)
			}
			if at.Type != unix.TMPFS_MAGIC {
				t.Errorf("%s is not in memory", folder)
			}
		}
		interfaces, err := net.Interfaces()
		if err != nil {
			t.Fatal(err)
		}
		if len(interfaces) != 1 || interfaces[0].Flags&net.FlagUp == 0 {
			t.Errorf("network: %+v instead of the loopback alone, up", interfaces)
		}
		processes, err := filepath.Glob("/proc/[0-9]*")
		if err != nil {
			t.Fatal(err)
		}
		if len(processes) != 1 {
			t.Errorf("processes: %v instead of this one alone", processes)
		}
	})
}

func TestLogKeepsEveryLine(t *testing.T) {
	Test(t, func(t *testing.T, m *Machine) {
		writer, err := syslog.New(syslog.LOG_AUTH|syslog.LOG_NOTICE, "someone")
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{
			"pam_motp(sshd:auth): result=denied reason=wrong user=alice",
			"pam_motp(sshd:auth): result=denied reason=wrong user=alice2",
			"pam_unix(sshd:session): session opened for user=alice",
		} {
			if err := writer.Notice(line); err != nil {
				t.Fatal(err)
			}
		}
		lines, err := m.Log.Lines()
		if err != nil {
			t.Fatal(err)
		}
		if len(lines) != 3 {
			t.Errorf("%d lines instead of 3: %q", len(lines), lines)
		}
		of, err := m.Log.Module("alice")
		if err != nil {
			t.Fatal(err)
		}
		if want := "result=denied reason=wrong user=alice"; len(of) != 1 || of[0] != want {
			t.Errorf("lines about alice: %q instead of %q alone", of, want)
		}
	})
}

func TestUserRunsProgramsAndTerminalTalks(t *testing.T) {
	Test(t, func(t *testing.T, m *Machine) {
		if err := m.AddUser("alice"); err != nil {
			t.Fatal(err)
		}
		cmd, err := m.CommandAs("alice", "sh", "-c",
			`stty -echo; printf 'Name: '; read name; echo; echo "$name is $(id -un) `+
				`in $(pwd)"; exit 3`)
		if err != nil {
			t.Fatal(err)
		}
		terminal, err := Start(cmd)
		if err != nil {
			t.Fatal(err)
		}
		terminal.Expect("Name: ")
		terminal.Send("it")
		status, err := terminal.Wait()
		if err != nil {
			t.Fatal(err)
		}
		if want := "it is alice in /home/alice"; status != 3 ||
			!strings.Contains(terminal.Shown(), want) {
			t.Errorf("status %d, shown %q instead of 3 and %q", status,
				terminal.Shown(), want)
		}
	})
}

func TestTerminalTellsOfWhatNeverComes(t *testing.T) {
	terminal, err := Start(exec.Command("echo", "something else"))
	if err != nil {
		t.Fatal(err)
	}
	terminal.Expect("Name: ")
	terminal.Send("it")
	if _, err := terminal.Wait(); err == nil ||
		!strings.Contains(err.Error(), "something else") {
		t.Errorf("error %v instead of one that tells what was shown", err)
	}
}

// A login program may hang up its terminal and open it anew, to be alone on it. The reader on the
// other side then reads EIO while the program goes on.
func TestTerminalOutlivesAHangUp(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "goOn")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	// The line of the FIFO is read when nobody has the terminal open.
	const script = `terminal=$(tty); printf 'before '; exec <&- >&- 2>&-
read line <"$1"
exec <>"$terminal" >&0 2>&0
stty -echo; printf 'Name: '; read name; echo "$name after"; exit 3`
	terminal, err := Start(exec.Command("sh", "-c", script, "-", fifo))
	if err != nil {
		t.Fatal(err)
	}
	terminal.Expect("before ")
	if err := os.WriteFile(fifo, []byte("go on\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	terminal.Expect("Name: ")
	terminal.Send("it")
	status, err := terminal.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if shown := terminal.Shown(); status != 3 || !strings.HasSuffix(shown, "it after\r\n") {
		t.Errorf("status %d, shown %q instead of 3, and what came after", status, shown)
	}
}

func TestPenaltiesOfEverySSHDAreSeen(t *testing.T) {
	for shown, want := range map[string]bool{
		"port 22\npersourcemaxstartups none\n":                               false, // 9.2
		"port 22\npersourcepenalties crash:90 authfail:5 noauth:1 max:600\n": true,  // 10.0
		"Port 22\nPerSourcePenalties crash:90.000000 authfail:5.000000\n":    true,  // 10.6
	} {
		if got := penalizes(shown); got != want {
			t.Errorf("%t instead of %t: %s", got, want, shown)
		}
	}
}
