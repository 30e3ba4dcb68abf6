package hosts

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// startVPN starts the server; its file can be changed before, old and new text by turns.
func startVPN(t *testing.T, m *stage.Machine, changes ...string) *vpn {
	t.Helper()
	must(t, stage.Need("openvpn", "openvpn"))
	must(t, m.NeedTun())
	v := &vpn{machine: m, authority: newAuthority(t)}
	v.authority.write(t, vpnServerFolder, "server", vpnName, x509.ExtKeyUsageServerAuth)
	must(t, os.WriteFile("/etc/hosts", []byte("127.0.0.1 localhost "+vpnName+"\n"), 0o644))

	must(t, m.InstallExample("openvpn/server.conf", vpnServerFolder+"/server.conf", changes...))
	var err error
	v.server, err = stage.Start(exec.Command("openvpn", "--cd", vpnServerFolder, "--config",
		"server.conf"))
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

// connect starts a client, and gives the server's verdict.
func (v *vpn) connect(t *testing.T, user, code string, options ...string) (*stage.Terminal, bool) {
	t.Helper()
	client := v.startClient(t, user, code, options...)
	_, verdict := client.ExpectAny(vpnConnected, vpnRefused)
	return client, verdict == vpnConnected
}

// startClient starts a client that has no interface of its own.
func (v *vpn) startClient(t *testing.T, user, password string, options ...string) *stage.Terminal {
	t.Helper()
	folder := filepath.Join(vpnClientFolder, user)
	v.authority.write(t, folder, "client", user, x509.ExtKeyUsageClientAuth)
	must(t, os.WriteFile(filepath.Join(folder, "answers"),
		[]byte(user+"\n"+password+"\n"), 0o600))
	arguments := []string{"--cd", folder, "--config",
		v.machine.Path("examples/openvpn/client.conf"),
		"--auth-user-pass", "answers", "--auth-retry", "none",
		"--dev", "null", "--ifconfig-noexec", "--route-noexec"}
	client, err := stage.Start(exec.Command("openvpn", append(arguments, options...)...))
	must(t, err)
	return client
}

// leave ends the client, as Ctrl-C does.
func leave(t *testing.T, client *stage.Terminal) {
	t.Helper()
	const interrupt = "\x03"
	client.Type(interrupt)
	_, err := client.Wait()
	must(t, err)
}

func TestOpenVPN(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "openvpn")
		v := startVPN(t, m)
		playCases(t, m, c, "openvpn", func(t *testing.T, user, code string) attempt {
			client, in := v.connect(t, user, code)
			leave(t, client)
			checkNotEchoed(t, client.Shown(), []answer{{"", code}})
			// The client asks before it talks to the server: there is nothing to
			// compare.
			return attempt{in: in}
		})
	})
}

// The code is used up when the client proves itself again; the token that the server gave it must
// do.
func TestOpenVPNRenegotiates(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "openvpn")
		v := startVPN(t, m)
		client, in := v.connect(t, c.Alice.Name, c.Alice.NewCode(), "--reneg-sec", "1")
		if !in {
			t.Fatal("alice could not connect")
		}
		v.server.Expect("auth-token authentication succeeded for username 'alice'")
		must(t, v.server.Err())
		leave(t, client)
		c.checkLog(t, m, "openvpn", map[string][]string{c.Alice.Name: {"ok"}})
	})
}

// The server's file says how to ask for the Unix password and the code, each by itself.
func TestOpenVPNPasswordAndCode(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const (
			plugin = `plugin openvpn-plugin-auth-pam.so "openvpn login USERNAME OTP ` +
				`PASSWORD"`
			both = `plugin openvpn-plugin-auth-pam.so "openvpn login USERNAME ` +
				`Password PASSWORD OTP OTP"`
		)
		c := setUp(t, m, "openvpn")
		must(t, m.InstallService("openvpn", codeLine, "@include common-auth\n"+codeLine))
		must(t, m.SetPassword(c.Alice.Name, unixPassword))
		v := startVPN(t, m, "\n"+plugin, "\n#", "\n#   "+both, "\n"+both)
		for _, step := range []struct {
			what, password, code string
			in                   bool
		}{
			{"both", unixPassword, c.Alice.NewCode(), true},
			{"a wrong password", "wrong", c.Alice.NewCode(), false},
			{"a wrong code", unixPassword, c.Alice.WrongCodes(1)[0], false},
		} {
			client := v.startClient(t, c.Alice.Name, step.password,
				"--static-challenge", "Code", "0")
			client.Expect("Code")
			client.SendHidden(step.code)
			if _, verdict := client.ExpectAny(vpnConnected,
				vpnRefused); (verdict == vpnConnected) != step.in {
				t.Errorf("with %s: %q", step.what, verdict)
			}
			leave(t, client)
		}
		c.checkLog(t, m, "openvpn", map[string][]string{c.Alice.Name: {"ok", "wrong"}})
	})
}

// The service's file says what keeps a user out, and what does not.
func TestOpenVPNExpiredAccount(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "openvpn")
		v := startVPN(t, m)
		for _, step := range []struct {
			change []string
			in     bool
		}{
			{[]string{"usermod", "--lock", c.Alice.Name}, true},
			{[]string{"usermod", "--expiredate", "1", c.Alice.Name}, false},
		} {
			if output, err := exec.Command(step.change[0],
				step.change[1:]...).CombinedOutput(); err != nil {
				t.Fatalf("%q: %v: %s", step.change, err, output)
			}
			client, in := v.connect(t, c.Alice.Name, c.Alice.NewCode())
			leave(t, client)
			if in != step.in {
				t.Errorf("after %q, alice connected: %t instead of %t",
					step.change, in, step.in)
			}
		}
	})
}

// The service's file says how to let in users who have no account on the machine; as it is, it does
// not.
func TestOpenVPNUserWithoutAccount(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "openvpn")
		guest := &stage.Person{Name: "guest", Secret: "1122334455667788", PIN: "gs81t"}
		must(t, m.WriteTable(c.table()+"\n[guest]\nsecret = "+guest.Secret+"\npin = "+
			guest.PIN+"\n"))
		v := startVPN(t, m)
		client, in := v.connect(t, guest.Name, guest.NewCode())
		leave(t, client)
		if in {
			t.Error("the guest, who has no account, got in")
		}

		const accounts = "account    required     pam_nologin.so\n@include common-account\n"
		const nobodys = "account    required     pam_motp.so\n"
		must(t, m.InstallService("openvpn", accounts, "", "#   "+nobodys, nobodys))
		client, in = v.connect(t, guest.Name, guest.NewCode())
		leave(t, client)
		if !in {
			t.Error("the guest did not get in")
		}
		c.checkNothingLeaked(t, m)
	})
}

// The client's file says what a client does after a refusal: it asks, and does not send the old
// code again. What both files warn of is what happens without.
func TestOpenVPNAfterARefusal(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const (
			asked, retry = "Username:", "\nauth-retry interact"
			nointeract   = "\nauth-retry nointeract"
			forget       = "\nauth-nocache"
		)
		c := setUp(t, m, "openvpn")
		v := startVPN(t, m)
		for _, step := range []struct {
			user    *stage.Person
			changes []string
			resends bool
		}{
			{c.Alice, nil, false},
			{c.Bob, []string{retry, nointeract}, false},
			{c.Frank, []string{retry, nointeract, forget, "\n#"}, true},
		} {
			client := v.askingClient(t, step.user.Name, step.changes...)
			client.Expect(asked)
			client.Send(step.user.Name)
			client.Expect("Password:")
			client.SendHidden(step.user.WrongCodes(1)[0])
			client.Expect(vpnRefused)
			if _, next := client.ExpectAny(asked,
				vpnRefused); (next == vpnRefused) != step.resends {
				t.Errorf("%s, with %q: %q follows a refusal", step.user.Name,
					step.changes, next)
			}
			must(t, client.Err())
			client.Kill()
		}
		for _, file := range []string{"client.conf", "server.conf"} {
			text, err := os.ReadFile(m.Path("examples/openvpn", file))
			must(t, err)
			if !strings.Contains(string(text), "nointeract") {
				t.Errorf("examples/openvpn/%s does not warn of nointeract", file)
			}
		}
		c.checkNothingLeaked(t, m)
	})
}

// askingClient starts a client with the example's file, after the changes, that asks on its
// terminal.
func (v *vpn) askingClient(t *testing.T, user string, changes ...string) *stage.Terminal {
	t.Helper()
	folder := filepath.Join(vpnClientFolder, user)
	v.authority.write(t, folder, "client", user, x509.ExtKeyUsageClientAuth)
	must(t, v.machine.InstallExample("openvpn/client.conf", folder+"/client.conf", changes...))
	client, err := stage.Start(exec.Command("openvpn", "--cd", folder, "--config",
		"client.conf",
		"--connect-retry", "1", "1", "--dev", "null", "--ifconfig-noexec",
		"--route-noexec"))
	must(t, err)
	return client
}
