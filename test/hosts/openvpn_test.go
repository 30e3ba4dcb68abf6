package hosts

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// vpn is a running OpenVPN server with the files from examples/openvpn.
type vpn struct {
	machine   *stage.Machine
	authority *authority
	server    *stage.Terminal
}

const (
	vpnServerFolder = "/etc/openvpn/server"
	vpnClientFolder = "/etc/openvpn/client"
	// vpnName is the server's name in examples/openvpn/client.conf.
	vpnName = "vpn.example.org"

	vpnConnected = "Initialization Sequence Completed"
	vpnRefused   = "AUTH_FAILED"
)

func startVPN(t *testing.T, m *stage.Machine) *vpn {
	t.Helper()
	must(t, stage.Need("openvpn", "openvpn"))
	must(t, m.NeedTun())
	v := &vpn{machine: m, authority: newAuthority(t)}
	v.authority.write(t, vpnServerFolder, "server", vpnName, x509.ExtKeyUsageServerAuth)
	must(t, os.WriteFile("/etc/hosts", []byte("127.0.0.1 localhost "+vpnName+"\n"), 0o644))

	var err error
	v.server, err = stage.Start(exec.Command("openvpn", "--cd", vpnServerFolder, "--config", m.Path("examples/openvpn/server.conf")))
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the OpenVPN server:\n%s", v.server.Shown())
		}
	})
	v.server.Expect(vpnConnected)
	must(t, v.server.Err())
	return v
}

// connect starts a client, without an interface of its own, and leaves it when the server has given its verdict.
func (v *vpn) connect(t *testing.T, user, code string, options ...string) (*stage.Terminal, bool) {
	t.Helper()
	folder := filepath.Join(vpnClientFolder, user)
	v.authority.write(t, folder, "client", user, x509.ExtKeyUsageClientAuth)
	must(t, os.WriteFile(filepath.Join(folder, "answers"), []byte(user+"\n"+code+"\n"), 0o600))

	arguments := []string{"--cd", folder, "--config", v.machine.Path("examples/openvpn/client.conf"),
		"--auth-user-pass", "answers", "--auth-retry", "none",
		"--dev", "null", "--ifconfig-noexec", "--route-noexec"}
	client, err := stage.Start(exec.Command("openvpn", append(arguments, options...)...))
	must(t, err)
	_, verdict := client.ExpectAny(vpnConnected, vpnRefused)
	return client, verdict == vpnConnected
}

// leave ends the client.
func leave(t *testing.T, client *stage.Terminal) {
	t.Helper()
	client.Type(interrupt)
	_, err := client.Wait()
	must(t, err)
}

func TestOpenVPN(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "openvpn")
		v := startVPN(t, m)
		playCases(t, m, c, "openvpn", func(t *testing.T, user, code string) attempt {
			client, in := v.connect(t, user, code)
			leave(t, client)
			checkNotEchoed(t, client.Shown(), []answer{{"", code}})
			// The client asks before it talks to the server: there is nothing to compare.
			return attempt{in: in}
		})
	})
}

// The code is used up when the client proves itself again; the token that the server gave it must do.
func TestOpenVPNRenegotiates(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "openvpn")
		v := startVPN(t, m)
		client, in := v.connect(t, c.alice.name, c.alice.newCode(), "--reneg-sec", "1")
		if !in {
			t.Fatal("alice could not connect")
		}
		v.server.Expect("auth-token authentication succeeded for username 'alice'")
		must(t, v.server.Err())
		leave(t, client)
		c.checkLog(t, m, "openvpn", map[string][]string{c.alice.name: {"ok"}})
	})
}
