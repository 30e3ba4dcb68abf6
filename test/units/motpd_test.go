package units

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

// The services: one that takes whoever judges, one for motpd alone, and one that begins with asking
// motpd what to ask.
const (
	auto   = "motp-auto"
	always = "motp-always"
	asked  = "motp-asked"
)

// options are those of the services' lines.
var options = map[string]string{auto: "", always: " motpd=always",
	asked: " motpd=always maxtries=8"}

// crowd makes so many people, who stand in the table, and the services.
func (m *machine) crowd(t *testing.T, n int) []*stage.Person {
	t.Helper()
	var people []*stage.Person
	var table strings.Builder
	for i := range n {
		p := &stage.Person{Name: fmt.Sprintf("user%03d", i),
			Secret: fmt.Sprintf("%016x", 0x7ac61d4736f51a2b+i*0x1010101), PIN: "zk41q"}
		fmt.Fprintf(&table, "[%s]\nsecret = %s\npin = %s\n", p.Name, p.Secret, p.PIN)
		people = append(people, p)
	}
	must(t, m.WriteTable(table.String()))
	for service, option := range options {
		text := "auth required pam_motp.so nodelay" + option + "\n"
		must(t, os.WriteFile("/etc/pam.d/"+service, []byte(text), 0o644))
	}
	return people
}

// login logs somebody in, in a host of root's.
func login(t *testing.T, service, user, code string) error {
	t.Helper()
	return converse(t, service, user, func() string { return code })
}

// converse is login of somebody who takes his time.
func converse(t *testing.T, service, user string, answer func() string) error {
	t.Helper()
	tx, err := pam.StartFunc(service, user, func(pam.Style, string) (string, error) {
		return answer(), nil
	})
	if err != nil {
		t.Error(err)
		return err
	}
	defer func() {
		if err := tx.End(); err != nil {
			t.Error(err)
		}
	}()
	return tx.Authenticate(0)
}

// byMotpd has motpd let somebody in. A busy machine may need longer to start it than a host waits.
func (m *machine) byMotpd(t *testing.T, p *stage.Person) {
	t.Helper()
	code := p.NewCode()
	m.eventually(t, "motpd lets "+p.Name+" in", func() error {
		return login(t, always, p.Name, code)
	})
}

// loginAs logs somebody in, in a host of a user's, such as a screen locker.
func (m *machine) loginAs(t *testing.T, as, service, user, code string) error {
	t.Helper()
	const switchUser = `exec setpriv --reuid="$1" --regid="$1" --clear-groups ` +
		`pamtester "$2" "$3" authenticate`
	cmd := m.inside("sh", "-c", switchUser, "sh", as, service, user)
	cmd.Stdin = strings.NewReader(code + "\n")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// TestFirstLoginStartsMotpd: one socket that is enabled brings both, a login starts motpd, and so
// does one after motpd has ended by itself.
func TestFirstLoginStartsMotpd(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		p := m.crowd(t, 1)[0]
		m.expect(t, "before the first login", "inactive active active")
		m.byMotpd(t, p)
		m.expect(t, "after the first login", "active active active")

		// Ending when it is idle is ending with success, at a time of its own.
		must(t, unix.Kill(m.motpd(t), unix.SIGTERM))
		m.expect(t, "motpd has ended", "inactive active active")
		m.byMotpd(t, p)
		for _, socket := range sockets {
			if got := m.property(t, socket, "UnitFileState"); got != "enabled" {
				t.Errorf("%s is %s", socket, got)
			}
		}

		m.systemctl(t, "stop", "motpd.socket")
		m.expect(t, "one socket was stopped", "inactive inactive inactive")
		for _, socket := range []string{"root.sock", "motpd.sock"} {
			if _, err := os.Lstat("/run/motp/" + socket); !os.IsNotExist(err) {
				t.Errorf("%s is there when nobody listens: %v", socket, err)
			}
		}
		must(t, login(t, auto, p.Name, p.NewCode()))
		m.expect(t, "a worker judged", "inactive inactive inactive")

		m.systemctl(t, "start", "motpd-root.socket")
		m.expect(t, "the other socket was started", "inactive active active")
		m.byMotpd(t, p)
		m.systemctl(t, "restart", "motpd.socket")
		m.byMotpd(t, p)
		m.systemctl(t, "disable", "--now", "motpd.socket")
		m.expect(t, "disabled", "inactive inactive inactive")
		for _, socket := range sockets {
			if got := m.property(t, socket, "UnitFileState"); got != "disabled" {
				t.Errorf("%s is %s", socket, got)
			}
		}
	})
}

// TestInstallAndUninstall: to uninstall is to stop and forget the units too, and to install is not
// to start anything; it says how.
func TestInstallAndUninstall(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		p := m.crowd(t, 1)[0]
		m.byMotpd(t, p)
		m.make(t, "uninstall", "FORCE=1")
		m.expect(t, "uninstalled", "inactive inactive inactive")
		for _, unit := range all {
			if got := m.property(t, unit, "LoadState"); got != "not-found" {
				t.Errorf("systemd still knows %s: %s", unit, got)
			}
		}
		links, err := filepath.Glob(enabled + "/*.wants/*")
		must(t, err)
		if len(links) > 0 {
			t.Errorf("these would still be started: %q", links)
		}

		const hint = "\nmotpd is not started; where systemd runs: " +
			"systemctl enable --now motpd.socket\n"
		if said := m.make(t, "install"); !strings.Contains(said, hint) {
			t.Errorf("make install does not say how motpd is started:\n%s", said)
		}
		if said := m.make(t, "-s", "install"); said != "" {
			t.Errorf("make -s install says %q", said)
		}
		m.expect(t, "installed anew", "inactive inactive inactive")
		m.systemctl(t, "enable", "--now", "motpd.socket")
		if said := m.make(t, "install"); strings.Contains(said, hint) {
			t.Errorf("make install says how to start what runs:\n%s", said)
		}
		for _, unit := range units {
			if got := m.property(t, unit, "NeedDaemonReload"); got != "no" {
				t.Errorf("systemd has not read the new %s", unit)
			}
		}
		m.byMotpd(t, p)
	})
}

// TestMotpdThatEndsAgainAndAgain: systemd has a limit for how often a socket may start something,
// twenty times in two seconds, and this one has not.
func TestMotpdThatEndsAgainAndAgain(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		const ends = 40
		people := m.crowd(t, 10)
		for i := 0; i < ends; {
			p := people[i%len(people)]
			m.byMotpd(t, p)
			// The one before may have judged that, as the last that it did.
			if pid := m.motpd(t); pid != 0 {
				must(t, unix.Kill(pid, unix.SIGTERM))
				i++
			}
		}
	})
}

// TestRestartWhileSomebodyTypes: a motpd that was restarted knows what the one before has asked.
func TestRestartWhileSomebodyTypes(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		p := m.crowd(t, 1)[0]
		m.byMotpd(t, p)
		before, prompts := m.motpd(t), 0
		must(t, converse(t, asked, p.Name, func() string {
			prompts++
			m.systemctl(t, "restart", "motpd")
			return p.NewCode()
		}))
		if now := m.motpd(t); prompts != 1 || now == before || now == 0 {
			t.Errorf("%d prompts, motpd was process %d and is %d", prompts, before, now)
		}
	})
}

// TestSandboxedMotpd: what systemd takes away from motpd is nothing that it needs.
func TestSandboxedMotpd(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		must(t, stage.Need("pamtester", "pamtester"))
		p := m.crowd(t, 1)[0]
		must(t, m.AddUser(p.Name))
		used := p.NewCode()
		// The caller is looked up, in the accounts and in /proc, the record is written, and
		// motpd writes the log by itself.
		m.eventually(t, "motpd lets a user in", func() error {
			return m.loginAs(t, p.Name, always, p.Name, used)
		})
		_, err := m.Log.Wait("result=accepted reason=ok user=" + p.Name + " caller=")
		must(t, err)
		if err := login(t, always, p.Name, used); !errors.Is(err, pam.ErrAuth) {
			t.Errorf("a used code: %v", err)
		}
		if err := m.loginAs(t, p.Name, always, "root", used); err == nil {
			t.Error("a user logged somebody else in")
		}

		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", m.motpd(t)))
		must(t, err)
		for _, line := range []string{"CapEff:\t0000000000000000",
			"CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} {
			if !strings.Contains(string(status), line+"\n") {
				t.Errorf("motpd runs without %q:\n%s", line, status)
			}
		}

		m.checkMounts(t)

		// Another folder of records, and another table, while motpd runs.
		must(t, os.Rename("/var/lib/motp", "/var/lib/motp.before"))
		if out, err := exec.Command("cp", "-a", "/var/lib/motp.before",
			"/var/lib/motp").CombinedOutput(); err != nil {
			t.Fatalf("cp: %v: %s", err, out)
		}
		m.byMotpd(t, p)
		if same(t, "/var/lib/motp/"+p.Name, "/var/lib/motp.before/"+p.Name) {
			t.Error("the login stands in the folder that was moved away")
		}
		// Where the folder is lost, used codes are not forgotten by an empty one.
		must(t, os.RemoveAll("/var/lib/motp"))
		m.systemctl(t, "restart", "motpd")
		if err := login(t, auto, p.Name, p.NewCode()); !errors.Is(err,
			pam.ErrAuthinfoUnavail) {
			t.Errorf("without the folder of records: %v", err)
		}
		_, err = m.Log.Wait(`detail="open /var/lib/motp: no such file or directory"`)
		must(t, err)
	})
}

// writable is what motpd may write to, and nothing there may it run. /dev and /proc are its own.
var writable = []string{"/var/lib", "/run/motp", "/tmp", "/var/tmp"}

// checkMounts looks at that.
func (m *machine) checkMounts(t *testing.T) {
	t.Helper()
	mounts, err := os.ReadFile(fmt.Sprintf("/proc/%d/mountinfo", m.motpd(t)))
	must(t, err)
	at := map[string][]string{} // flags by place, of what was mounted there last
	for line := range strings.Lines(string(mounts)) {
		fields := strings.Fields(line)
		at[fields[4]] = strings.Split(fields[5], ",")
	}
	for _, place := range writable {
		if !slices.Contains(at[place], "rw") || !slices.Contains(at[place], "noexec") {
			t.Errorf("%s is mounted with %q", place, at[place])
		}
	}
	for place, flags := range at {
		// systemd 257 lets a service watch its own memory's pressure
		own := strings.HasPrefix(place, "/dev/") || place == "/proc" ||
			strings.HasSuffix(place, "/motpd.service/memory.pressure")
		if slices.Contains(flags, "rw") && !own && !slices.Contains(writable, place) {
			t.Errorf("motpd could write to %s", place)
		}
	}
}

// same compares two files.
func same(t *testing.T, a, b string) bool {
	t.Helper()
	first, err := os.ReadFile(a)
	must(t, err)
	second, err := os.ReadFile(b)
	must(t, err)
	return bytes.Equal(first, second)
}
