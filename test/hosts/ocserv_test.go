package hosts

import (
	"crypto/x509"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

const (
	ocservConf   = "/etc/ocserv/ocserv.conf"
	ocservFolder = "/etc/ocserv/tls"
)

// startOcserv starts ocserv with Debian's file, and the lines of examples/ocserv in place of its
// own.
func startOcserv(t *testing.T, m *stage.Machine) {
	t.Helper()
	must(t, stage.Need("ocserv", "ocserv"))
	must(t, stage.Need("openconnect", "openconnect"))
	newAuthority(t).write(t, ocservFolder, "server", "localhost", x509.ExtKeyUsageServerAuth)
	text, err := os.ReadFile(ocservConf)
	must(t, err)
	lines, err := os.ReadFile(m.Path("examples/ocserv/ocserv.conf"))
	must(t, err)
	own := regexp.MustCompile(`(?m)^(auth|cookie-timeout|server-cert|server-key|udp-port) .*\n`)
	must(t, os.WriteFile(ocservConf, append(lines, own.ReplaceAllString(string(text),
		"")+"\nserver-cert = "+ocservFolder+"/server.crt\nserver-key = "+ocservFolder+
		"/server.key\n"...), 0o644))
	must(t, os.MkdirAll("/var/lib/ocserv/run", 0o755))
	server, err := stage.Start(exec.Command("ocserv", "--foreground", "--debug", "1"))
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("ocserv:\n%s", server.Shown())
		}
	})
	must(t, awaitListener("127.0.0.1:443"))
}

// openconnect logs in, and takes the cookie for which a client gets its tunnel.
func openconnect(t *testing.T, user string, answers ...answer) attempt {
	t.Helper()
	client, err := stage.Start(exec.Command("openconnect", "--protocol=anyconnect",
		"--authenticate", "--user="+user, "--cafile="+ocservFolder+"/ca.crt",
		"localhost"))
	must(t, err)
	got := attempt{}
	for _, a := range answers {
		got.prompt += client.Expect(a.prompt)
		client.SendHidden(a.code)
	}
	const cookie, again, failed = "COOKIE=", "Login failed", "Failed"
	_, verdict := client.ExpectAny(cookie, again, failed)
	must(t, client.Err())
	if verdict != cookie {
		client.Kill()
	}
	_, err = client.Wait()
	must(t, err)
	checkNotEchoed(t, client.Shown(), answers)
	return attempt{in: verdict == cookie, prompt: strings.TrimSpace(got.prompt)}
}

func TestOcserv(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "ocserv")
		startOcserv(t, m)
		log := func(t *testing.T, user, code string) attempt {
			t.Helper()
			return openconnect(t, user, answer{"OTP:", code})
		}
		playCases(t, m, c, "ocserv", log)
		playDisabled(t, m, c, log)
		checkDoctor(t, "ocserv")
	})
}

// The service's file says how to ask for the Unix password too: each has a form of its own, and a
// wrong password ends the attempt.
func TestOcservTwoForms(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		const first = "auth     requisite    pam_unix.so nodelay\n"
		const then = "auth       requisite    pam_motp.so nodelay\n"
		c := setUp(t, m, "ocserv")
		must(t, m.InstallService("ocserv", "#   "+first, "", then, first+then))
		must(t, m.SetPassword(c.Alice.Name, unixPassword))
		startOcserv(t, m)
		log := func(password string, code ...string) bool {
			answers := []answer{{"Password:", password}}
			for _, code := range code {
				answers = append(answers, answer{"OTP:", code})
			}
			return openconnect(t, c.Alice.Name, answers...).in
		}
		if log("wrong") {
			t.Error("alice gets in with a wrong password")
		}
		if log(unixPassword, c.Alice.WrongCodes(1)[0]) {
			t.Error("alice gets in with a wrong code")
		}
		code := c.Alice.NewCode()
		if !log(unixPassword, code) {
			t.Error("alice does not get in with both")
		}
		if log(unixPassword, code) {
			t.Error("alice gets in with a used code")
		}
		c.checkLog(t, m, "ocserv", map[string][]string{
			c.Alice.Name: {"wrong", "ok", "replay"}})
	})
}
