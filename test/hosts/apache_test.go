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
	apacheUser   = "www-data"
	apacheFolder = "/etc/apache2"
	apacheSite   = "https://localhost"
	apacheSecret = "what only people with a code may read"
)

// apache is a running Apache with the files of examples/apache, as Debian has it otherwise and as
// docs/hosts.md says.
type apache struct{ authorities *x509.CertPool }

// The files of examples/apache can be changed, old and new text by turns.
func startApache(t *testing.T, m *stage.Machine, changes ...string) *apache {
	t.Helper()
	must(t, stage.Need("apache2ctl", "apache2"))
	for _, folder := range []string{"/var/www", "/var/log/apache2"} {
		must(t, os.MkdirAll(folder, 0o755))
	}
	must(t, unix.Mount("tmpfs", "/var/www", "tmpfs", 0, "mode=0755"))
	must(t, os.MkdirAll("/var/www/html/private", 0o755))
	must(t, os.WriteFile("/var/www/html/private/index.html", []byte(apacheSecret), 0o644))
	a := &apache{x509.NewCertPool()}
	authority := newAuthority(t)
	authority.write(t, apacheFolder+"/tls", "server", "localhost", x509.ExtKeyUsageServerAuth)
	a.authorities.AddCert(authority.certificate)
	site := "ServerName localhost\nErrorLog /dev/stderr\n<VirtualHost *:443>\n" +
		"DocumentRoot /var/www/html\nSSLEngine on\n" +
		"SSLCertificateFile " + apacheFolder + "/tls/server.crt\n" +
		"SSLCertificateKeyFile " + apacheFolder + "/tls/server.key\n</VirtualHost>\n"
	must(t, os.WriteFile(apacheFolder+"/sites-enabled/tls.conf", []byte(site), 0o644))
	asDocumented(t, m, "### Apache", "apt install ", "systemctl ")
	must(t, m.InstallExample("apache/motp.conf", apacheFolder+"/conf-available/motp.conf",
		changes...))
	server, err := stage.Start(exec.Command("apache2ctl", "-D", "FOREGROUND"))
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("Apache:\n%s", server.Shown())
		}
	})
	server.Expect("resuming normal operations")
	must(t, server.Err())
	return a
}

// visitor is a browser with cookies of its own.
func (a *apache) visitor(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &http.Client{Jar: jar, Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: a.authorities}}}
}

// sees says whether a visitor sees the page, and not the one to log in.
func sees(t *testing.T, visitor *http.Client, request func() (*http.Response, error)) bool {
	t.Helper()
	response, err := request()
	must(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(t, err)
	in := string(text) == apacheSecret
	if !in && !strings.Contains(string(text), `name="httpd_password"`) {
		t.Errorf("%s: %s: %s", response.Request.URL, response.Status, text)
	}
	return in
}

// logIn logs in on the page, and then asks for what it protects a second time.
func (a *apache) logIn(t *testing.T, user, code string) attempt {
	t.Helper()
	visitor := a.visitor(t)
	form := url.Values{"httpd_username": {user}, "httpd_password": {code}}
	in := sees(t, visitor, func() (*http.Response, error) {
		return visitor.PostForm(apacheSite+"/private/login", form)
	})
	if again := a.visits(t, visitor, "/private/"); again != in {
		t.Errorf("%s got in: %t, and the second time: %t", user, in, again)
	}
	return attempt{in: in}
}

// visits says whether a visitor gets to the page that is protected.
func (a *apache) visits(t *testing.T, visitor *http.Client, path string) bool {
	t.Helper()
	return sees(t, visitor, func() (*http.Response, error) {
		return visitor.Get(apacheSite + path)
	})
}

func TestApache(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, apacheUser, "apache2")
		runMotpd(t, m)
		a := startApache(t, m)
		if a.visits(t, a.visitor(t), "/private/") {
			t.Error("a stranger gets to the page")
		}
		playCases(t, m, c, "apache2", a.logIn)
	})
}

// The cookie is good until it is taken away, and none that somebody has made.
func TestApacheCookie(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, apacheUser, "apache2")
		runMotpd(t, m)
		a := startApache(t, m)
		visitor := a.visitor(t)
		form := url.Values{"httpd_username": {c.Alice.Name},
			"httpd_password": {c.Alice.NewCode()}}
		if !sees(t, visitor, func() (*http.Response, error) {
			return visitor.PostForm(apacheSite+"/private/login", form)
		}) {
			t.Error("alice does not get in")
		}
		at, err := url.Parse(apacheSite + "/private/")
		must(t, err)
		cookies := visitor.Jar.Cookies(at)
		if len(cookies) != 1 {
			t.Fatalf("%d cookies", len(cookies))
		}
		for _, value := range []string{"private-user=alice&private-pw=x&private-site=y",
			cookies[0].Value[:len(cookies[0].Value)-8] + "AAAAAAA="} {
			other := a.visitor(t)
			other.Jar.SetCookies(at, []*http.Cookie{{Name: cookies[0].Name,
				Value: value, Path: "/private"}})
			if a.visits(t, other, "/private/") {
				t.Errorf("%q is taken for a login", value)
			}
		}
		a.visits(t, visitor, "/private/logout")
		if a.visits(t, visitor, "/private/") {
			t.Error("alice is still in after she has logged out")
		}
		c.checkLog(t, m, "apache2", map[string][]string{c.Alice.Name: {"ok"}})
	})
}

// TestApacheRefused is what keeps all of a server's users out, or one of them.
func TestApacheRefused(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, apacheUser, "apache2")
		stop := runMotpd(t, m)
		playRefusals(t, m, c, "apache2", stop, startApache(t, m).logIn)
	})
}

// Where there is no motpd, a program that is setuid root can ask PAM, as docs/hosts.md says.
func TestApacheByPwauth(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("pwauth", "pwauth libapache2-mod-authnz-external"))
		c := setUp(t, m, "apache2")
		must(t, os.Rename("/etc/pam.d/apache2", "/etc/pam.d/pwauth"))
		output, err := exec.Command("a2enmod", "authnz_external").CombinedOutput()
		if err != nil {
			t.Fatalf("a2enmod: %v: %s", err, output)
		}
		const keys = "Include /etc/apache2/motp.keys\n"
		a := startApache(t, m, keys, keys+"DefineExternalAuth pwauth pipe "+
			"/usr/sbin/pwauth\n", "AuthFormProvider PAM", "AuthFormProvider external",
			"AuthPAMService apache2", "AuthExternal pwauth")
		playCases(t, m, c, "pwauth", a.logIn)
	})
}

// What the example avoids: with AuthType Basic, the first request gets through, and the next one,
// with the same code, does not.
func TestApacheBasic(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpFor(t, m, apacheUser, "apache2")
		runMotpd(t, m)
		const keys = "Include /etc/apache2/motp.keys\n"
		a := startApache(t, m, keys, keys+"Alias /basic /var/www/html/private\n"+
			"<Location \"/basic\">\nRequire valid-user\nAuthType Basic\n"+
			"AuthName basic\nAuthBasicProvider PAM\nAuthPAMService apache2\n"+
			"</Location>\n")
		code := c.Alice.NewCode()
		for _, want := range []int{http.StatusOK, http.StatusUnauthorized} {
			request, err := http.NewRequest(http.MethodGet,
				apacheSite+"/basic/index.html", nil)
			must(t, err)
			request.SetBasicAuth(c.Alice.Name, code)
			response, err := a.visitor(t).Do(request)
			must(t, err)
			response.Body.Close()
			if response.StatusCode != want {
				t.Errorf("Apache says %s, want %d", response.Status, want)
			}
		}
		c.checkLog(t, m, "apache2", map[string][]string{
			c.Alice.Name: {"ok", "replay"}})
	})
}
