package hosts

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

const (
	nginxFolder = "/etc/nginx"
	nginxSecret = "what only people with a code may read"
)

// nginx is a running nginx with the files of examples/nginx, as docs/hosts.md says, and a folder
// that has PAM asked with each request.
type nginx struct{ authorities *x509.CertPool }

func startNginx(t *testing.T, m *stage.Machine) *nginx {
	t.Helper()
	must(t, stage.Need("nginx", "nginx libnginx-mod-http-auth-pam"))
	for _, folder := range []string{"/var/www", "/var/log/nginx", "/var/lib/nginx"} {
		must(t, os.MkdirAll(folder, 0o755))
	}
	must(t, unix.Mount("tmpfs", "/var/www", "tmpfs", 0, "mode=0755"))
	for _, folder := range []string{"private", "basic"} {
		must(t, os.MkdirAll("/var/www/html/"+folder, 0o755))
		must(t, os.WriteFile("/var/www/html/"+folder+"/index.html", []byte(nginxSecret),
			0o644))
	}
	n := &nginx{x509.NewCertPool()}
	authority := newAuthority(t)
	authority.write(t, nginxFolder+"/tls", "server", "localhost", x509.ExtKeyUsageServerAuth)
	n.authorities.AddCert(authority.certificate)
	site := "server {\nlisten 443 ssl;\nserver_name localhost;\nroot /var/www/html;\n" +
		"ssl_certificate " + nginxFolder + "/tls/server.crt;\n" +
		"ssl_certificate_key " + nginxFolder + "/tls/server.key;\n" +
		"include snippets/motp.conf;\nlocation /basic/ {\nauth_pam \"code\";\n" +
		"auth_pam_service_name nginx;\n}\n}\n"
	must(t, os.WriteFile(nginxFolder+"/sites-enabled/default", []byte(site), 0o644))
	asDocumented(t, m, "### nginx", "apt install ", "systemctl ")
	_, err := stage.Start(exec.Command("nginx", "-g", "daemon off;"))
	must(t, err)
	must(t, awaitListener("127.0.0.1:443"))
	return n
}

// browser has cookies of its own.
func (n *nginx) browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &http.Client{Jar: jar, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: n.authorities}}}
}

// gets says whether a browser gets the page at a path, with a name and a code or without.
func gets(t *testing.T, browser *http.Client, path, user, code string) bool {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, "https://localhost"+path, nil)
	must(t, err)
	if user != "" {
		request.SetBasicAuth(user, code)
	}
	response, err := browser.Do(request)
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	in := string(text) == nginxSecret
	if !in && response.StatusCode != http.StatusUnauthorized {
		t.Errorf("%s: %s: %s", path, response.Status, text)
	}
	return in
}

// logIn logs in, and then asks for what is protected a second time, without the code.
func (n *nginx) logIn(t *testing.T, user, code string) attempt {
	t.Helper()
	browser := n.browser(t)
	in := gets(t, browser, "/login", user, code)
	if again := gets(t, browser, "/private/", "", ""); again != in {
		t.Errorf("%s got in: %t, and the second time: %t", user, in, again)
	}
	return attempt{in: in}
}

func TestNginx(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, "www-data", "nginx")
		runMotpd(t, m)
		n := startNginx(t, m)
		playCases(t, m, c, "nginx", n.logIn)
		playDisabled(t, m, c, n.logIn)
		checkDoctor(t, "nginx")
	})
}

// A cookie that somebody has made lets nobody in, nor one from before the last keys. Where nginx
// asks PAM for a folder, it asks twice, and a right code lets nobody in.
func TestNginxCookie(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, "www-data", "nginx")
		runMotpd(t, m)
		n := startNginx(t, m)
		browser := n.browser(t)
		if !gets(t, browser, "/login", c.Alice.Name, c.Alice.NewCode()) {
			t.Error("alice does not get in")
		}
		at, err := url.Parse("https://localhost/private/")
		must(t, err)
		for _, value := range []string{"", "1", strings.Repeat("A", 40)} {
			other := n.browser(t)
			other.Jar.SetCookies(at, []*http.Cookie{{Name: "motp", Value: value}})
			if gets(t, other, "/private/", "", "") {
				t.Errorf("%q is taken for a login", value)
			}
		}
		if gets(t, n.browser(t), "/private/index.html", "", "") {
			t.Error("a stranger gets a page of the folder")
		}
		if gets(t, n.browser(t), "/basic/", c.Bob.Name, c.Bob.NewCode()) {
			t.Error("bob gets in where PAM is asked twice")
		}
		c.checkLog(t, m, "nginx", map[string][]string{c.Alice.Name: {"ok"},
			c.Bob.Name: {"ok", "replay"}})
	})
}
