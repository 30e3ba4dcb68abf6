package units

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/test/stage"
)

// The TPM of a machine is swtpm, which is one in all but its silicon: on loopback, where systemd
// looks for it if this variable says so. It is not there unless a test has it start.
const (
	tpmVariable = "SYSTEMD_TPM2_DEVICE"
	tpmDevice   = "swtpm:host=127.0.0.1,port=2321"
	tpmAddress  = "127.0.0.1:2321"
)

// insertTPM starts a new TPM, which ends when it is taken out, or with the test.
func (m *machine) insertTPM(t *testing.T) (takeOut func()) {
	t.Helper()
	must(t, stage.Need("swtpm", "swtpm"))
	must(t, stage.Need("tpm2_flushcontext", "tpm2-tools"))
	folder, err := os.MkdirTemp("/tmp", "tpm")
	must(t, err)
	cmd := exec.Command("swtpm", "socket", "--tpm2",
		"--server", "type=tcp,port=2321,bindaddr=127.0.0.1",
		"--ctrl", "type=tcp,port=2322,bindaddr=127.0.0.1",
		"--flags", "startup-clear,not-need-init", "--tpmstate", "dir="+folder)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	must(t, cmd.Start())
	takeOut = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	t.Cleanup(takeOut)
	m.eventually(t, "the TPM answers", func() error {
		c, err := net.Dial("tcp", tpmAddress)
		if err != nil {
			return err
		}
		return c.Close()
	})
	return takeOut
}

// endSessions ends the sessions that systemd has left behind in the TPM, as the kernel does where a
// TPM is a device: there is room for three.
func (m *machine) endSessions(t *testing.T) {
	t.Helper()
	m.do(t, "tpm2_flushcontext", "--tcti", tpmDevice, "--loaded-session")
}

// credential has systemd keep the keys for motpd, with a kind of key of its own.
const (
	keyFile    = "/var/lib/motp/.keys"
	printedKey = "/run/printed"
	credential = "/etc/credstore.encrypted/motp.keys"
	dropIn     = enabled + "/motpd.service.d/keys.conf"
)

// moveKey makes a credential of the printed key, which opens with a key of systemd's of some kind.
func (m *machine) moveKey(t *testing.T, kind string) {
	t.Helper()
	must(t, os.MkdirAll("/etc/credstore.encrypted", 0o700))
	_ = os.Remove(credential)
	m.do(t, "systemd-creds", "encrypt", "--with-key="+kind, "--name=motp.keys", printedKey,
		credential)
	if kind == "tpm2" {
		m.endSessions(t)
	}
	must(t, os.MkdirAll(enabled+"/motpd.service.d", 0o755))
	// A real TPM is a device, which systemd lets a service with such a credential have.
	must(t, os.WriteFile(dropIn, []byte("[Service]\nLoadCredentialEncrypted=motp.keys:"+
		credential+"\nIPAddressAllow=127.0.0.1\n"), 0o644))
	m.reload(t)
	must(t, os.Remove(keyFile))
}

func (m *machine) reload(t *testing.T) {
	t.Helper()
	m.systemctl(t, "daemon-reload")
	m.systemctl(t, "restart", "motpd.service")
}

// TestSealedByTPM: a key that is sealed to the machine's TPM lets motpd open, and root's command;
// where the TPM is another one, or was cleared, nobody gets in, the log says why and what to do,
// and the printed key brings everybody back.
func TestSealedByTPM(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		must(t, os.Setenv(tpmVariable, tpmDevice)) // as root has it where systemd has it
		p := m.crowd(t, 1)[0]
		takeOut := m.insertTPM(t)
		m.do(t, "motp", "seal", "--new-key")
		m.do(t, "motp", "seal", "--print-key", printedKey)
		// systemd hands credentials over by a mount, as where it has booted by itself
		m.do(t, "mount", "--make-rshared", "/run")
		m.moveKey(t, "tpm2")
		m.byMotpd(t, p)
		m.endSessions(t)
		for verb, want := range map[string]string{"seal": "sealed already", "list": "ok"} {
			if said := m.do(t, "motp", verb); !strings.Contains(said, want) {
				t.Errorf("motp %s says %s", verb, said)
			}
			m.endSessions(t)
		}

		takeOut()
		m.insertTPM(t)
		if m.inside("systemctl", "restart", "motpd.service").Run() == nil {
			t.Error("motpd starts without its credential")
		}
		m.nobodyGetsIn(t, p)

		m.do(t, "install", "-m", "0600", printedKey, keyFile)
		if err := login(t, auto, p.Name, p.NewCode()); err != nil {
			t.Errorf("with the printed key: %v", err)
		}
		m.systemctl(t, "start", "motpd.socket")
		m.endSessions(t)
		m.moveKey(t, "tpm2")
		m.byMotpd(t, p)
	})
}

// nobodyGetsIn: with another TPM, the log and root's command say why, and what to do.
func (m *machine) nobodyGetsIn(t *testing.T, p *stage.Person) {
	t.Helper()
	if err := login(t, auto, p.Name, p.NewCode()); err != pam.ErrAuthinfoUnavail {
		t.Errorf("with another TPM: %v", err)
	}
	line, err := m.Log.Wait("reason=sealed")
	if err != nil || !strings.Contains(line, "restore it from where it was printed") {
		t.Errorf("the log says %s, %v", line, err)
	}
	// or each connection that waits would have systemd start motpd again, and leave sessions
	m.systemctl(t, "stop", "motpd.socket", "motpd-root.socket", "motpd.service")
	for _, verb := range []string{"list", "doctor"} {
		m.endSessions(t)
		out, err := m.inside("motp", verb).CombinedOutput()
		said := strings.Join(strings.Fields(string(out)), " ")
		if err == nil || !strings.Contains(said, "its TPM was cleared or replaced") {
			t.Errorf("motp %s says %s", verb, out)
		}
	}
}
