package hosts

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

const squidPort = "127.0.0.1:3128"

// startSquid starts Debian's Squid, which asks PAM who may go through.
func startSquid(t *testing.T, m *stage.Machine, more string) {
	t.Helper()
	must(t, stage.Need("squid", "squid"))
	for _, folder := range []string{"/var/log/squid", "/var/spool/squid"} {
		must(t, os.MkdirAll(folder, 0o755))
	}
	must(t, unix.Mount("tmpfs", "/var/spool/squid", "tmpfs", 0, "mode=0755"))
	giveTo(t, "proxy", "/var/log/squid", "/var/spool/squid")
	const conf = "/etc/squid/squid.conf"
	debians, err := os.ReadFile(conf)
	must(t, err)
	// Above what Debian has: it lets in whoever is on this machine.
	must(t, os.WriteFile(conf, append([]byte(more+
		"auth_param basic program /usr/lib/squid/basic_pam_auth\n"+
		"acl people proxy_auth REQUIRED\nhttp_access allow people\n"+
		"http_access deny all\npinger_enable off\n"), debians...), 0o644))
	server, err := stage.Start(exec.Command("squid", "-N", "-d", "1"))
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Squid:\n%s", server.Shown())
		}
	})
	server.Expect("Accepting HTTP Socket connections")
	must(t, server.Err())
	must(t, awaitListener(squidPort))
}

// awaitListener waits until somebody listens. Nothing tells, so this tries again and again.
func awaitListener(address string) error {
	const patience, pause = 30 * time.Second, time.Millisecond
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		connection, err := net.Dial("tcp", address)
		if err == nil {
			return connection.Close()
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

// throughSquid says who gets to a page through Squid, from one address or another.
func throughSquid(t *testing.T, from string) try {
	t.Helper()
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		fmt.Fprint(w, "a page")
	}))
	t.Cleanup(page.Close)
	return func(t *testing.T, user, code string) attempt {
		t.Helper()
		dialer := &net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
		browser := &http.Client{Transport: &http.Transport{
			DialContext: dialer.DialContext, DisableKeepAlives: true,
			Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: squidPort,
				User: url.UserPassword(user, code)})}}
		response, err := browser.Get(page.URL)
		must(t, err)
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		must(t, err)
		in := string(text) == "a page"
		if in != (response.StatusCode == http.StatusOK) {
			t.Errorf("Squid says %s", response.Status)
		}
		return attempt{in: in}
	}
}

// Squid lets in with a used code for two hours, and a disabled user. The doctor says so; its remedy
// leaves that to the address that the code came from, which Squid would forget after a second.
func TestSquid(t *testing.T) {
	t.Parallel()
	const (
		here, elsewhere = "127.0.0.1", "127.0.0.2"
		remembers       = "authenticate_ip_ttl 2 hours\n"
		one             = "acl elsewhere max_user_ip -s 1\nhttp_access deny elsewhere\n"
	)
	for name, c := range map[string]struct {
		lines  string
		warns  int
		others bool
	}{
		"as it is":             {"", 1, true},
		"at once":              {one, 1, true},
		"as the doctor has it": {remembers + one, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stage.Test(t, func(t *testing.T, m *stage.Machine) {
				cast := setUpSquid(t, m, c.lines)
				alice, code := cast.Alice, cast.Alice.NewCode()
				log := throughSquid(t, here)
				wrong := alice.WrongCodes(1)[0]
				expect(t, log, alice.Name, wrong, false)
				expect(t, log, alice.Name, code, true)
				expect(t, log, alice.Name, code, true)
				disable(t, m, cast, alice)
				expect(t, log, alice.Name, code, true)
				mends := warned(t, "Squid")
				if len(mends) != c.warns {
					t.Errorf("the doctor warns with %q", mends)
				}
				checkMends(t, mends, remembers+one)
				other := throughSquid(t, elsewhere)
				in := other(t, alice.Name, code).in
				for start := time.Now(); c.others && !in &&
					time.Since(start) < 10*time.Second; {
					in = other(t, alice.Name, code).in
				}
				if in != c.others {
					t.Errorf("from elsewhere: %t", in)
				}
			})
		})
	}
}

// setUpSquid brings the cast onto a stage with Squid, for which motpd judges.
func setUpSquid(t *testing.T, m *stage.Machine, lines string) *cast {
	t.Helper()
	c := setUpFor(t, m, "proxy", "apache2")
	must(t, os.Rename("/etc/pam.d/apache2", "/etc/pam.d/squid"))
	c.callers = "callers = proxy: squid\n"
	must(t, m.WriteTable(c.table()))
	runMotpd(t, m)
	startSquid(t, m, lines)
	return c
}

// checkMends sees that remedies have every line.
func checkMends(t *testing.T, mends []string, lines string) {
	t.Helper()
	for line := range strings.Lines(lines) {
		for _, mend := range mends {
			if !strings.Contains(mend, strings.TrimSpace(line)) {
				t.Errorf("%q lacks %q", mend, line)
			}
		}
	}
}
