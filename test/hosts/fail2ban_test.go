package hosts

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// journalSocket is where journald takes what programs write to syslog.
const journalSocket = "/run/systemd/journal/dev-log"

// startJournal starts systemd's journald, which says when it is ready. It ends with the stage.
func startJournal(t *testing.T) {
	t.Helper()
	const daemon, notify = "/lib/systemd/systemd-journald", "/run/notify"
	must(t, stage.Need(daemon, "systemd"))
	must(t, os.MkdirAll("/run/systemd/journal", 0o755))
	must(t, os.MkdirAll("/run/log/journal", 0o755))
	ready, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: notify, Net: "unixgram"})
	must(t, err)
	defer ready.Close()
	must(t, ready.SetDeadline(time.Now().Add(30*time.Second)))
	cmd := exec.Command(daemon)
	cmd.Env = append(os.Environ(), "NOTIFY_SOCKET="+notify)
	must(t, cmd.Start())
	for word := make([]byte, 4096); ; {
		n, err := ready.Read(word)
		must(t, err)
		if strings.Contains(string(word[:n]), "READY=1") {
			return
		}
	}
}

// journal writes packets to the journal as syslog does, as a user, and waits until they are there.
func journal(t *testing.T, uid uint32, packets ...string) {
	t.Helper()
	const send = `import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for packet in sys.stdin.buffer.read().split(b"\0"):
	s.sendto(packet, "` + journalSocket + `")`
	cmd := exec.Command("python3", "-c", send)
	cmd.Stdin = strings.NewReader(strings.Join(packets, "\x00"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if output, err := exec.Command("journalctl", "--sync").CombinedOutput(); err != nil {
		t.Fatalf("journalctl --sync: %v: %s", err, output)
	}
}

// installFail2ban follows the head of the example of the jail, and has fail2ban check both files.
func installFail2ban(t *testing.T, m *stage.Machine) {
	t.Helper()
	must(t, stage.Need("fail2ban-client", "fail2ban"))
	for _, file := range []string{"filter.d/pam_motp.conf", "jail.d/pam_motp.conf"} {
		must(t, m.InstallExample("fail2ban/"+file, "/etc/fail2ban/"+file))
	}
	must(t, os.RemoveAll("/etc/fail2ban/jail.d/defaults-debian.conf"))
	output, err := exec.Command("fail2ban-client", "-t").CombinedOutput()
	if err != nil {
		t.Errorf("fail2ban-client -t: %v\n%s", err, output)
	}
	output, err = exec.Command("fail2ban-client", "-d").CombinedOutput()
	for _, want := range []string{
		"['add', 'pam_motp', 'systemd']", "'SYSLOG_FACILITY=10'", "['start', 'pam_motp']",
		"['set', 'pam_motp', 'maxretry', 5]",
	} {
		if err != nil || !strings.Contains(string(output), want) {
			t.Errorf("fail2ban-client -d: %v, no %s in\n%s", err, want, output)
		}
	}
}

// What sshd, its PAM modules and a hostile client bring into the log: whoever guesses is counted,
// and nobody else. From the journal, and from a file.
func TestFail2banWithSSHD(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.StartSSHD("MaxAuthTries 6"))
		installFail2ban(t, m)
		log := func(user, code string) {
			keyboard := "PreferredAuthentications=keyboard-interactive"
			cmd := m.SSH(user, whoAmI, keyboard, "NumberOfPasswordPrompts=1")
			talk(t, cmd, user, answer{codePrompt, code})
		}
		forged := "pam_motp(sshd:auth): result=denied reason=wrong user=x rhost=192.0.2.9" +
			" tty=ssh service=sshd"
		greet(t, m, forged)
		name := strings.TrimPrefix(forged, "pam_motp(sshd:auth): ") // ssh takes no more
		log(name, "000000")
		log(stage.Outsider, "000000")
		log(c.Alice.Name, c.Alice.WrongCodes(1)[0])
		code := c.Alice.NewCode()
		log(c.Alice.Name, code)
		log(c.Alice.Name, code)
		log(c.Bob.Name, "")

		// unknown-user twice, wrong
		want := []string{"127.0.0.1", "127.0.0.1", "127.0.0.1"}
		packets, err := m.Log.Lines()
		must(t, err)
		if all := strings.Join(packets, "\n"); !strings.Contains(all,
			"Invalid user "+name) {
			t.Errorf("nothing is forged:\n%s", all)
		}
		startJournal(t)
		journal(t, 0, packets...)
		if got := banned(t, "systemd-journal", "pam_motp"); !slices.Equal(got, want) {
			t.Errorf("from the journal %q are counted, want %q", got, want)
		}
		file := fileLines(t, packets)
		must(t, os.WriteFile("/var/log/auth.log",
			[]byte(strings.Join(file, "\n")+"\n"), 0o600))
		if got := banned(t, "/var/log/auth.log", "pam_motp"); !slices.Equal(got, want) {
			t.Errorf("from a file %q are counted, want %q:\n%s", got, want,
				strings.Join(file, "\n"))
		}
	})
}

// Only root's programs count in the journal, and only what they tell authpriv.
func TestFail2banTrustsRootOnly(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		installFail2ban(t, m)
		startJournal(t)
		const authpriv, daemon, kern, nobody = 10<<3 | 5, 3<<3 | 5, 5, 65534
		line := func(facility, n int) string {
			return fmt.Sprintf("<%d>%s sshd[%d]: pam_motp(sshd:auth): result=denied "+
				"reason=wrong user=alice rhost=192.0.2.%d tty=ssh service=sshd",
				facility, time.Now().Format(time.Stamp), os.Getpid(), n)
		}
		journal(t, nobody, line(authpriv, 1), line(kern, 2))
		journal(t, 0, line(daemon, 3), line(authpriv, 4),
			line(authpriv, 5)+"\n"+line(authpriv, 6))
		got := banned(t, "systemd-journal", "pam_motp")
		if want := []string{"192.0.2.4"}; !slices.Equal(got, want) {
			t.Errorf("counted are %q, want %q", got, want)
		}
	})
}

// greet sends sshd something in the place of its version, and waits for the end.
func greet(t *testing.T, m *stage.Machine, version string) {
	t.Helper()
	conn, err := net.Dial("tcp", "127.0.0.1:22")
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(30*time.Second)))
	_, err = bufio.NewReader(conn).ReadString('\n')
	must(t, err)
	_, err = fmt.Fprintf(conn, "%s\r\n", version)
	must(t, err)
	_, err = m.Log.Wait("invalid format")
	must(t, err)
}

// fileLines are packets of syslog as rsyslog writes them into a file.
func fileLines(t *testing.T, packets []string) (lines []string) {
	t.Helper()
	form := regexp.MustCompile(`(?s)^<(\d+)>(\w{3} [ \d]\d \d\d:\d\d:\d\d) (.*)$`)
	for _, packet := range packets {
		parts := form.FindStringSubmatch(packet)
		if parts == nil {
			t.Fatalf("not syslog's: %q", packet)
		}
		if priority, err := strconv.Atoi(parts[1]); err != nil || priority>>3 == 0 {
			t.Fatalf("no priority: %q", packet)
		}
		lines = append(lines, parts[2]+" stage "+strings.ReplaceAll(parts[3], "\n", "#012"))
	}
	return lines
}
