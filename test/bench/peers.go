package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The peers are Debian's packages. They are unpacked and not installed: what libpam-oath does when
// it is installed changes the machine's /etc/pam.d.
var peerPackages = []string{"libpam-google-authenticator", "libpam-oath"}

const peersDir = buildDir + "/peers"

func unpackPeers() error {
	if found, _ := filepath.Glob(peersDir + "/lib/*/security/pam_*.so"); len(found) ==
		len(peerPackages) {
		return nil
	}
	if err := os.MkdirAll(peersDir, 0o755); err != nil {
		return err
	}
	download := "apt-get -qq -o APT::Sandbox::User=root download " +
		strings.Join(peerPackages, " ")
	return shell("cd " + peersDir + "; " + download + " || { apt-get -qq update; " + download +
		"; }; for p in *.deb; do dpkg-deb -x $p .; done")
}

func peer(module string) (string, error) {
	found, err := filepath.Glob(peersDir + "/lib/*/security/" + module)
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%s is not among the unpacked packages", module)
	}
	return filepath.Abs(found[0])
}

// google makes a service of google-authenticator with one file a user, for the users named.
func (b *bench) google(name string, users ...string) (dir string, err error) {
	dir = filepath.Join(b.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	module, err := peer("pam_google_authenticator.so")
	if err != nil {
		return "", err
	}
	for _, user := range users {
		// the counter of the next code; base32 of the key
		if err := os.WriteFile(filepath.Join(dir, user),
			[]byte("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n\" HOTP_COUNTER 1\n"),
			0o600); err != nil {
			return "", err
		}
	}
	return dir, service("bench-"+name, module+" user=root secret="+dir+"/${USER}")
}

// oath makes a service of pam_oath with a table of its own.
func (b *bench) oath(name, table string) error {
	dir := filepath.Join(b.dir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	module, err := peer("pam_oath.so")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "users"), []byte(table), 0o600); err != nil {
		return err
	}
	return service("bench-"+name, module+" usersfile="+dir+"/users window=20 digits=6")
}

func oathLine(user string) string {
	return "HOTP\t" + user + "\t-\t3132333435363738393031323334353637383930\n"
}

// plainModule is this module as an ordinary c-shared library, whose Go starts in the host.
const plainModule = buildDir + "/pam_motp_plain.so"

// buildPlain builds it from the module's own sources, with two files of testdata/plain in the place
// of theirs.
func buildPlain() error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	overlay := filepath.Join(buildDir, "overlay.json")
	text := fmt.Sprintf(`{"Replace": {%q: %q, %q: %q}}`,
		filepath.Join(here, "pam/main.go"),
		filepath.Join(here, "test/bench/testdata/plain/main.go"),
		filepath.Join(here, "pam/worker.c"),
		filepath.Join(here, "test/bench/testdata/plain/worker.c"))
	if err := os.WriteFile(overlay, []byte(text), 0o644); err != nil {
		return err
	}
	return shell("CGO_ENABLED=1 CGO_CFLAGS=-O2 ${GO:-go} build -overlay " + overlay +
		" -buildmode=c-shared -trimpath -ldflags '-s -w -linkmode=external -extldflags " +
		"\"-Wl,-z,defs -Wl,--version-script=" + here + "/pam/exports.map\"' -o " +
		plainModule + " ./pam; rm -f " + strings.TrimSuffix(plainModule, ".so") + ".h")
}

// prepare gets what the parts need from outside the namespace. With none, only instructions are
// counted.
func prepare(wanted []part) error {
	if _, err := os.Stat("build/pam_motp.so"); err != nil {
		return fmt.Errorf("%w (run make first)", err)
	}
	if err := os.MkdirAll(buildDir, 0o755); err != nil {
		return err
	}
	if err := buildTools(); err != nil {
		return err
	}
	if len(wanted) == 0 {
		return nil
	}
	if err := unpackPeers(); err != nil {
		return err
	}
	return buildPlain()
}
