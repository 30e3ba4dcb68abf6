package web

import (
	"mime"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// The example for nginx serves the page so that it works, offline too. Its headers are those that
// the tests' own server sends.
func TestNginx(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("nginx", "nginx"))
		for _, folder := range []string{"/var/log/nginx", "/var/lib/nginx"} {
			must(t, os.MkdirAll(folder, 0o755))
		}
		const listen = "listen 127.0.0.1:8080;" // to browsers, that is as good as HTTPS
		must(t, os.RemoveAll("/etc/nginx/sites-enabled"))
		must(t, m.InstallExample("nginx/token.conf", "/etc/nginx/sites-enabled/token.conf",
			"listen 443 ssl;", listen, "\tssl_certificate /etc", "\t#",
			"\tssl_certificate_key /etc", "\t#", "root /srv/token",
			"root "+m.Path("web/dist")))
		server, err := stage.Start(exec.Command("nginx", "-g", "daemon off;"))
		must(t, err)
		await(t, "127.0.0.1:8080", true)

		ours := serve(t, dist)
		for name := range files(t, dist) {
			compare(t, name, get(t, "http://127.0.0.1:8080/"+name),
				get(t, ours.url()+name))
		}

		p := own(t, t.TempDir()).tab(t, "")
		p.begin("http://127.0.0.1:8080/", "")
		p.offline()
		must(t, exec.Command("nginx", "-s", "stop").Run())
		if _, err := server.Wait(); err != nil {
			t.Error(err)
		}
		await(t, "127.0.0.1:8080", false)
		p.reload()
		p.shows("No profile yet")
	})
}

// compare sees that nginx says of a file what the tests' own server says, and its type, which that
// one may not know.
func compare(t *testing.T, name string, theirs, own http.Header) {
	t.Helper()
	for _, header := range []string{"Cache-Control", "Content-Security-Policy",
		"Referrer-Policy", "X-Content-Type-Options", "Cross-Origin-Opener-Policy"} {
		if got, want := theirs.Get(header), own.Get(header); got != want || got == "" {
			t.Errorf("%s: %s: %q, not %q", name, header, got, want)
		}
	}
	want := map[string]string{".html": "text/html", ".txt": "text/plain", ".png": "image/png",
		".svg": "image/svg+xml", ".js": "application/javascript",
		".webmanifest": "application/manifest+json"}[filepath.Ext(name)]
	got, _, err := mime.ParseMediaType(theirs.Get("Content-Type"))
	if err != nil || got != want {
		t.Errorf("%s is of type %q, not %q", name, got, want)
	}
}

// get asks for a file, and returns the headers of the answer.
func get(t *testing.T, url string) http.Header {
	t.Helper()
	response, err := http.Get(url)
	must(t, err)
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", url, response.Status)
	}
	return response.Header
}

// await waits until somebody listens at an address, or nobody does.
func await(t *testing.T, address string, listens bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			conn.Close()
		}
		if (err == nil) == listens {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", address, err)
		}
	}
}
