package command

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// finding is one of motp doctor --json.
type finding struct {
	Severity, Check, File, What, Mend string
	Line                              int
}

// findings runs the doctor, and leaves out what the machine around the stage decides: whether its
// clock is kept right, AppArmor, and whether polkit is installed.
func findings(t *testing.T) []finding {
	t.Helper()
	got := run(t, "", "doctor", "--json")
	var all []finding
	if err := json.Unmarshal([]byte(got.out), &all); err != nil {
		t.Fatalf("%v:\n%s%s", err, got.out, got.err)
	}
	counted := slices.ContainsFunc(all, func(f finding) bool { return f.Severity != "note" })
	if (got.status == 1) != counted || got.status > 1 {
		t.Errorf("exit %d with\n%s", got.status, got.out)
	}
	return slices.DeleteFunc(all, func(f finding) bool {
		return f.Check == "clock" || f.Check == "SELinux, AppArmor" ||
			f.File == "/usr/lib/pam.d/polkit-1"
	})
}

// expect compares findings: severity, check, file, and the beginning of what is told.
func expect(t *testing.T, got []finding, want ...finding) {
	t.Helper()
	same := func(a, b finding) bool {
		return a.Severity == b.Severity && a.Check == b.Check && a.File == b.File &&
			len(a.What) >= len(b.What) && a.What[:len(b.What)] == b.What
	}
	for _, f := range got {
		if !slices.ContainsFunc(want, func(w finding) bool { return same(f, w) }) {
			t.Errorf("found %+v", f)
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(f finding) bool { return same(f, w) }) {
			t.Errorf("not found: %+v", w)
		}
	}
}

// The stage's folder of records is in memory, which the doctor does not overlook.
var inMemory = finding{Severity: "error", Check: "records", File: "/var/lib/motp",
	What: "is on a file system that is in memory"}

const sshdConfig = "/etc/ssh/sshd_config"

// locker is a service that has login's stack on Debian, and needs motpd then.
const locker = "/etc/pam.d/i3lock"

// aKeyAlone is what the example of sshd's configuration leaves to the administrator.
var aKeyAlone = finding{Severity: "note", Check: "sshd", File: sshdConfig,
	What: "a key alone lets in"}

// rootsEntry lets root log in on a console, and people become root by su.
const rootsEntry = "\n[root]\nsecret = c41d7e0b95a26f38\npin = wq72d\n"

// With every example in its place there is nothing else to find: the module loads and is of the
// command's version, sshd and OpenVPN ask for codes.
func TestDoctorWithTheExamples(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m, "sshd", "login", "remote", "su", "su-l", "sudo", "sudo-i", "openvpn")
		must(t, os.RemoveAll(locker))
		must(t, m.WriteTable(table+rootsEntry))
		must(t, m.StartSSHD())
		must(t, m.InstallExample("openvpn/server.conf", "/etc/openvpn/server/server.conf"))
		expect(t, findings(t), inMemory, aKeyAlone)

		version := strings.TrimPrefix(strings.TrimSpace(run(t, "",
			"--version").out), "motp ")
		told := run(t, "", "doctor").out
		inOneLine := strings.Join(strings.Fields(told), " ") // which may be folded
		if !strings.Contains(inOneLine, "/security/pam_motp.so, version "+version+" ") {
			t.Errorf("the library is not of version %s:\n%s", version, told)
		}

		// whoever follows the log for failures finds none of the doctor's own making
		lines, err := m.Log.Lines()
		must(t, err)
		for _, line := range lines {
			if strings.Contains(line, "PAM") {
				t.Errorf("the doctor logs %q", line)
			}
		}
	})
}

// One mistake in each place that only a real machine has.
func TestDoctorOnASickMachine(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m, "sudo", "sudo-i")
		must(t, m.InstallService("sshd", "requisite    pam_motp.so",
			"sufficient   pam_motp.so"))
		must(t, m.StartSSHD("UsePAM no"))
		modules, err := filepath.Glob("/lib/*/security/pam_motp.so")
		if err != nil || len(modules) == 0 {
			t.Fatalf("no module: %v", err)
		}
		library, err := os.ReadFile(modules[0])
		must(t, err)
		must(t, os.Truncate(modules[0], int64(len(library)/2)))
		expect(t, findings(t), inMemory,
			finding{
				Severity: "error",
				Check:    "sshd",
				File:     sshdConfig,
				What:     "UsePAM no",
			},
			finding{
				Severity: "error",
				Check:    "module",
				File:     "/usr" + modules[0],
				What:     "is no library that this machine can load",
			},
		)

		// whole, but without what a module has
		other, err := filepath.EvalSymlinks(filepath.Join(filepath.Dir(modules[0]),
			"../libc.so.6"))
		must(t, err)
		libc, err := os.ReadFile(other)
		must(t, err)
		must(t, os.WriteFile(modules[0], libc, 0o644))
		expect(t, findings(t), inMemory,
			finding{
				Severity: "error",
				Check:    "sshd",
				File:     sshdConfig,
				What:     "UsePAM no",
			},
			finding{
				Severity: "error",
				Check:    "module",
				File:     "/usr" + modules[0],
				What:     "cannot be loaded",
			},
		)
	})
}

func warning(check, file, what string) finding {
	return finding{Severity: "warning", Check: check, File: file, What: what}
}

func failure(check, file, what string) finding {
	return finding{Severity: "error", Check: check, File: file, What: what}
}

// "sudo -i" goes by Debian's own file, which takes the password alone.
func TestDoctorFindsHalfAPair(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const file = "/etc/pam.d/sudo-i"
		setUp(t, m, "sudo")
		got := findings(t)
		expect(t, got, inMemory, warning("PAM services", file,
			"sudo-i: the Unix password (pam_unix) is enough"))
		text, err := os.ReadFile(file)
		must(t, err)
		before, _, _ := strings.Cut(string(text), "@include common-auth")
		if line := strings.Count(before, "\n") +
			1; !slices.ContainsFunc(got, func(f finding) bool {
			return f.File == file && f.Line == line &&
				f.Mend == "motp setup sudo"
		}) {
			t.Errorf("no finding at line %d with a remedy: %+v", line, got)
		}
		must(t, m.InstallService("sudo-i"))
		expect(t, findings(t), inMemory)
	})
}

// The plainest lock-outs, each mended by what the finding says.
func TestDoctorFindsLockouts(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const login, sudo, motpConf = "/etc/pam.d/login", "/etc/pam.d/sudo",
			"/etc/security/motp.conf"
		setUp(t, m, "login", "sudo", "sudo-i")
		must(t, os.RemoveAll(locker))
		must(t, os.RemoveAll("/etc/pam.d/remote")) // half of a pair, from Debian 13 on
		sh(t, "chpasswd <<<root:sesame-open")
		root := warning("accounts", login, "login: root is not in the table")
		expect(t, findings(t), inMemory, root)

		must(t, m.AddUser("carol"))
		sh(t, "usermod -aG sudo carol")
		nobody := "nobody who is allowed to use it can: carol is not in the table"
		expect(t, findings(t), inMemory, root, failure("accounts", sudo, "sudo: "+nobody),
			failure("accounts", sudo+"-i", "sudo-i: "+nobody))

		sh(t, "usermod -aG sudo alice && chpasswd <<<carol:sesame-open")
		carol := "carol is allowed to use it, and is not in the table"
		expect(t, findings(t), inMemory, root, warning("accounts", sudo, "sudo: "+carol),
			warning("accounts", sudo+"-i", "sudo-i: "+carol),
			warning("accounts", login,
				"login: carol has a password and is not in the table"))

		sh(t, "gpasswd -d carol sudo && passwd -l carol")
		must(t, m.WriteTable(table+rootsEntry+
			"\n[alcie]\nsecret = 8d1e5f07a2c9b364\npin = vf83k\n"))
		expect(t, findings(t), inMemory, warning("accounts", motpConf,
			"alcie has no account on this machine"))

		must(t, m.WriteTable(table))
		sh(t, "passwd -l root && motp disable alice")
		nobody = "nobody who is allowed to use it can: alice is disabled"
		expect(t, findings(t), inMemory, root, failure("accounts", sudo, "sudo: "+nobody),
			failure("accounts", sudo+"-i", "sudo-i: "+nobody),
			failure("accounts", motpConf, "nobody in it can log in: alice is disabled"))

		sh(t, "motp enable alice")
		root.Severity = "note" // whose password is locked, and alice has sudo
		expect(t, findings(t), inMemory, root)
	})
}

// A key and a code, with root and others who have a key, on a real sshd.
func TestDoctorFindsWhomAKeyAndACodeShutOut(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const dropIn = "/etc/ssh/sshd_config.d/motp.conf"
		setUp(t, m, "sshd")
		must(t, m.AddUser("carol"))
		must(t, m.StartSSHD())
		set := func(more string) {
			text := "UsePAM yes\nPasswordAuthentication no\n" +
				"KbdInteractiveAuthentication yes\n" +
				"AuthenticationMethods publickey,keyboard-interactive:pam\n" + more
			must(t, os.WriteFile(dropIn, []byte(text), 0o644))
		}
		set("")
		root := warning("sshd", dropIn, "PermitRootLogin prohibit-password refuses root")
		expect(t, findings(t), inMemory, root)
		sh(t, "mkdir /home/carol/.ssh && echo ssh-ed25519 AAAA "+
			">/home/carol/.ssh/authorized_keys")
		carol := warning("sshd", dropIn, "carol has a key and is not in the table")
		expect(t, findings(t), inMemory, root, carol)
		block := finding{Severity: "note", Check: "sshd", File: dropIn,
			What: "for whom this holds"}
		set("Match User root\n\tPermitRootLogin yes\n")
		expect(t, findings(t), inMemory, carol, block)
		set("Match User root\n\tPermitRootLogin yes\nMatch User carol\n" +
			"\tAuthenticationMethods publickey\n")
		expect(t, findings(t), inMemory, block)
	})
}

// OpenSSH 10 prints its keywords in capitals; the rest of what it prints is the same.
func TestDoctorAsksANewSSHD(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUp(t, m, "sshd")
		printed, err := os.ReadFile(m.Path("internal/doctor/testdata/openssh-10.6"))
		must(t, err)
		for old, text := range map[string]string{
			"PermitRootLogin prohibit-password": "PermitRootLogin no",
			"PasswordAuthentication yes":        "PasswordAuthentication no",
		} {
			if !strings.Contains(string(printed), old) {
				t.Fatalf("OpenSSH 10.6 prints no %q", old)
			}
			printed = []byte(strings.Replace(string(printed), old, text, 1))
		}
		must(t, os.WriteFile("/run/sshd-10.6", printed, 0o644))
		script := []byte("#!/bin/sh\nexec cat /run/sshd-10.6\n")
		must(t, os.WriteFile("/run/stage/bin/sshd", script, 0o755))
		expect(t, findings(t), inMemory)
		told := run(t, "", "doctor").out
		if !strings.Contains(told, "sshd  ok: PAM asked by keyboard-interactive\n") {
			t.Errorf("the report does not say what sshd asks by:\n%s", told)
		}
	})
}

// Programs that cannot do what the module has to, or do it again without asking.
func TestDoctorFindsProgramsThatCannot(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const (
			unit   = "/etc/systemd/system/polkit-agent-helper@.service"
			dropIn = "/etc/systemd/system/ssh.service.d/small.conf"
			sasl   = "/etc/default/saslauthd"
			smtp   = "/etc/pam.d/smtp"
			code   = "auth requisite pam_motp.so\naccount required pam_permit.so\n"
		)
		setUp(t, m, "sshd")
		must(t, m.StartSSHD("AuthenticationMethods keyboard-interactive",
			"PermitRootLogin no"))
		expect(t, findings(t), inMemory)

		write := func(file, text string) {
			must(t, os.MkdirAll(filepath.Dir(file), 0o755))
			must(t, os.WriteFile(file, []byte(text), 0o644))
		}
		write("/etc/pam.d/swaylock", "auth include common-code\n")
		write("/etc/pam.d/common-code", "auth requisite pam_motp.so\n")
		write("/etc/pam.d/polkit-1", code)
		write(unit, "[Service]\nExecStart=/usr/lib/polkit-agent-helper\n"+
			"ProtectSystem=strict\n")
		write("/etc/systemd/system/ssh.service", "[Service]\nExecStart=/usr/sbin/sshd -D\n")
		write(dropIn, "[Service]\nTasksMax=5\n")
		write(sasl, "MECHANISMS=\"pam\"\nOPTIONS=\"-c -m /var/run/saslauthd\"\n")
		write(smtp, strings.Replace(code, ".so\n", ".so nullok\n", 1))
		write("/etc/nsswitch.conf", "passwd: files sss\n")
		expect(t, findings(t), inMemory,
			failure("PAM services", "/etc/pam.d/swaylock",
				"swaylock runs as whoever locked the screen"),
			failure("systemd", unit,
				"polkit-1: ProtectSystem=strict in polkit-agent-helper@.service "+
					"lets"),
			failure("systemd", dropIn,
				"sshd: TasksMax=5 in ssh.service leaves no room for a login"),
			warning("saslauthd", sasl, "smtp: saslauthd keeps what was typed (-c)"),
			warning("PAM services", smtp,
				"nullok, and accounts come from sss too (/etc/nsswitch.conf:1)"))

		write("/etc/pam.d/swaylock", "auth required pam_unix.so\n")
		write(unit+".d/override.conf", "[Service]\nReadWritePaths=/var/lib/motp\n")
		write(dropIn, "[Service]\nTasksMax=infinity\n")
		write(sasl, "MECHANISMS=\"pam\"\nOPTIONS=\"-m /var/run/saslauthd\"\n")
		write(smtp, code)
		expect(t, findings(t), inMemory)
	})
}

// sh changes the private machine.
func sh(t *testing.T, script string) {
	t.Helper()
	if output, err := exec.Command("bash", "-c", script).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", script, err, output)
	}
}
