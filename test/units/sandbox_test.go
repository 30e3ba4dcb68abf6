// Package units tests motpd's systemd units: what they let motpd do, and what becomes of logins on
// a machine that systemd has booted. It must know hosts by PAM alone, and motpd by its units.
package units

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sockets and units are what systemd is to know of.
var (
	sockets = []string{"motpd.socket", "motpd-root.socket"}
	units   = append([]string{"motpd.service"}, sockets...)
	all     = append([]string{fleetUnit}, units...)
)

// fleetUnit takes the place of motpd.service.
const fleetUnit = "motpd-etcd.service"

// installed has make lay the units down in a folder, and returns where they are.
func installed(t *testing.T) (destination, folder string) {
	t.Helper()
	root, err := stage.FindRoot()
	must(t, err)
	must(t, stage.NeedBuilt(root, "motp", "motpd", "motpd-etcd", "pam_motp.so"))
	destination = t.TempDir()
	cmd := exec.Command("make", "install", "GO=none", "DESTDIR="+destination,
		"PAMDIR=/lib/security")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make install: %v\n%s", err, out)
	}
	return destination, filepath.Join(destination, "usr/local/lib/systemd/system")
}

// place is what make fills in.
var place = regexp.MustCompile(`@[A-Z]+@`)

// analyze runs systemd-analyze, offline.
func analyze(t *testing.T, arguments ...string) (output, complaints string) {
	t.Helper()
	must(t, stage.Need("systemd-analyze", "systemd"))
	var said strings.Builder
	cmd := exec.Command("systemd-analyze", arguments...)
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("systemd-analyze %s: %v\n%s%s", strings.Join(arguments, " "), err, out,
			said.String())
	}
	return string(out), said.String()
}

// exposureMost is what systemd may think of the sandboxes at most, in tenths: 0 is best, 100 is a
// service without one.
var exposureMost = map[string]int{"motpd.service": 10, fleetUnit: 20}

// TestExposure holds what systemd thinks of the sandboxes.
func TestExposure(t *testing.T) {
	t.Parallel()
	_, folder := installed(t)
	for unit, most := range exposureMost {
		out, _ := analyze(t, "security", "--no-pager", "--offline=yes", "--threshold="+
			strconv.Itoa(most), filepath.Join(folder, unit))
		t.Logf("%s: %s", unit, out[strings.LastIndex(out, "Overall"):])
	}
}

// TestUnitsAreUnderstood has systemd read the units as make installs them, and complain about
// nothing in them.
func TestUnitsAreUnderstood(t *testing.T) {
	t.Parallel()
	destination, folder := installed(t)
	arguments := []string{"verify", "--man=no"}
	for _, unit := range all {
		path := filepath.Join(folder, unit)
		text, err := os.ReadFile(path)
		must(t, err)
		if left := place.FindAllString(string(text), -1); len(left) > 0 {
			t.Errorf("%s: %q were not filled in", unit, left)
		}
		// The program is where the unit says, as far as this machine goes.
		here := strings.ReplaceAll(string(text), "=/usr/local/sbin/", "="+destination+
			"/usr/local/sbin/")
		must(t, os.WriteFile(path, []byte(here), 0o644))
		arguments = append(arguments, path)
	}
	_, complaints := analyze(t, arguments...)
	for line := range strings.Lines(complaints) {
		if strings.Contains(line, "motpd") {
			t.Errorf("systemd-analyze verify: %s", line)
		}
	}
}
