package hosts

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

const (
	dovecotConf = "/etc/dovecot/conf.d/99-motp.conf"
	dovecotAuth = "/etc/dovecot/conf.d/auth-system.conf.ext"
)

// startDovecot starts Dovecot with Debian's files and examples/dovecot, behind what else is to run
// it. The example can be changed, old and new text by turns.
func startDovecot(t *testing.T, m *stage.Machine, runner []string, changes ...string) {
	t.Helper()
	must(t, stage.Need("dovecot", "dovecot-imapd"))
	must(t, m.InstallExample("dovecot/99-motp.conf", dovecotConf, changes...))
	// Everybody here has the same address, which Dovecot answers ever later.
	const noPenalty = "service anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n" +
		"  }\n}\n"
	must(t, os.WriteFile("/etc/dovecot/conf.d/98-test.conf", []byte(noPenalty), 0o644))
	must(t, os.MkdirAll("/var/lib/dovecot", 0o755))
	command := append(runner, "dovecot", "-F")
	_, err := stage.Start(exec.Command(command[0], command[1:]...))
	must(t, err)
	_, err = m.Log.Wait("starting up for imap")
	must(t, err)
}

// imap logs in as a mail program does.
func imap(t *testing.T, user, code string) attempt {
	t.Helper()
	connection, err := net.Dial("tcp", "127.0.0.1:143")
	must(t, err)
	defer connection.Close()
	fmt.Fprintf(connection, "a LOGIN %q %q\r\nb LOGOUT\r\n", user, code)
	verdict := ""
	lines := bufio.NewScanner(connection)
	for lines.Scan() {
		if rest, found := strings.CutPrefix(lines.Text(), "a "); found {
			verdict = rest
		}
	}
	must(t, lines.Err())
	in := strings.HasPrefix(verdict, "OK ")
	if !in && !strings.HasPrefix(verdict, "NO [AUTHENTICATIONFAILED]") {
		t.Errorf("Dovecot says %q", verdict)
	}
	return attempt{in: in}
}

func TestDovecot(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "dovecot")
		startDovecot(t, m, nil)
		playCases(t, m, c, "dovecot", imap)
		playDisabled(t, m, c, imap)
		checkDoctor(t, "dovecot")
	})
}

// Where root may not exceed its limits, Dovecot's own is too small for a worker; the example's is
// not.
func TestDovecotLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changes []string
		in      bool
	}{
		"as the example has it": {nil, true},
		"as Dovecot has it":     {[]string{"vsz_limit = 4 G", "vsz_limit = 256 M"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage.Test(t, func(t *testing.T, m *stage.Machine) {
				cast := setUp(t, m, "dovecot")
				startDovecot(t, m, []string{"setpriv", "--bounding-set",
					"-sys_resource"}, c.changes...)
				expect(t, imap, cast.Alice.Name, cast.Alice.NewCode(), c.in)
				if !c.in {
					_, err := m.Log.Wait("reason=memory-limit")
					must(t, err)
				}
			})
		})
	}
}

// With a cache, Dovecot lets in with a used code, and a disabled user. The doctor says so, and its
// remedy ends it.
func TestDovecotCache(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "dovecot")
		text, err := os.ReadFile(dovecotAuth)
		must(t, err)
		if !strings.Contains(string(text), "passdb pam {") { // before 2.4
			edit(t, dovecotAuth, "  #args = dovecot", "  args = cache_key=%u dovecot")
		}
		const off, on = "auth_cache_size = 0", "auth_cache_size = 10 M"
		startDovecot(t, m, nil, off, on)
		playKept(t, m, c, imap, "Dovecot", func(mend string) {
			if !strings.HasPrefix(mend, off+" ") {
				t.Errorf("the doctor says %q", mend)
			}
			edit(t, dovecotConf, on, off)
			output, err := exec.Command("doveadm", "reload").CombinedOutput()
			if err != nil {
				t.Fatalf("doveadm reload: %v: %s", err, output)
			}
			_, err = m.Log.Wait("SIGHUP received")
			must(t, err)
		})
	})
}
