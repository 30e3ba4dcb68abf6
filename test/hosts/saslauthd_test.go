package hosts

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// saslRemedy is what docs/hosts.md says.
const saslRemedy = `sed -i 's/^OPTIONS="-c /OPTIONS="/' /etc/default/saslauthd`

// startSaslauthd starts saslauthd with the options of Debian's file, and waits until it listens.
func startSaslauthd(t *testing.T, m *stage.Machine) {
	t.Helper()
	must(t, stage.Need("saslauthd", "sasl2-bin"))
	must(t, m.InstallService("smtp"))
	must(t, os.MkdirAll("/run/saslauthd", 0o755))
	const start = `. /etc/default/saslauthd && exec saslauthd -d -a "$MECHANISMS" $OPTIONS`
	terminal, err := stage.Start(exec.Command("sh", "-c", start))
	must(t, err)
	terminal.Expect("listening on socket")
	must(t, terminal.Err())
}

// sasl asks saslauthd, as a mail server does.
func sasl(t *testing.T, user, code string) bool {
	t.Helper()
	cmd := exec.Command("testsaslauthd", "-s", "smtp", "-u", user, "-p", code)
	output, err := cmd.CombinedOutput()
	yes := strings.Contains(string(output), `OK "Success."`)
	if no := strings.Contains(string(output), "NO "); yes == no || yes != (err == nil) {
		t.Errorf("testsaslauthd: %v: %s", err, output)
	}
	return yes
}

// As docs/hosts.md says: saslauthd lets used codes in again, and disabled users, with the option -c
// that Debian gives it, and neither without.
func TestSaslauthd(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{
		"as Debian starts it":     true,
		"as docs/hosts.md has it": false,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
				c := setUp(t, m, "sshd")
				if !again {
					applySaslRemedy(t, m)
				}
				startSaslauthd(t, m)
				code := c.Alice.NewCode()
				if sasl(t, c.Alice.Name, c.Alice.WrongCodes(1)[0]) {
					t.Error("a wrong code is accepted")
				}
				if !sasl(t, c.Alice.Name, code) {
					t.Error("a right code is refused")
				}
				if got := sasl(t, c.Alice.Name, code); got != again {
					t.Errorf("used again, it is accepted: %t, want %t", got,
						again)
				}
				disabled := strings.Replace(c.table(), "[alice]",
					"[alice]\ndisabled = yes", 1)
				must(t, m.WriteTable(disabled))
				if got := sasl(t, c.Alice.Name, code); got != again {
					t.Errorf("alice disabled, it is accepted: %t, want %t", got,
						again)
				}
				if sasl(t, c.Alice.Name, c.Alice.NewCode()) {
					t.Error("a new code of a disabled user is accepted")
				}
			})
		})
	}
}

func applySaslRemedy(t *testing.T, m *stage.Machine) {
	t.Helper()
	hosts, err := os.ReadFile(m.Path("docs/hosts.md"))
	must(t, err)
	if !strings.Contains(string(hosts), "\n    # "+saslRemedy+" && ") {
		t.Errorf("docs/hosts.md does not say: %s", saslRemedy)
	}
	if output, err := exec.Command("sh", "-c", saslRemedy).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", saslRemedy, err, output)
	}
}
