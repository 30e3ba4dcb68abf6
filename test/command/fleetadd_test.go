package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/etcd"
)

// A store that was restored may have forgotten a record, for a day. Whoever is given a secret
// that is new has nothing to forget.
func TestAddAfterRestore(t *testing.T) {
	c, err := etcd.Start(t.TempDir(), etcd.Options{})
	must(t, err)
	t.Cleanup(c.Stop)
	programs, settings := fleetPrograms(t), fleetSettings(t, c)
	h := newFleetHost(t, programs)
	h.write(settings)
	_, err = fleet.BeginFirst(t.Context(), hostConfig(t, c, "root"))
	must(t, err)
	cert, key, err := c.Cert("root")
	must(t, err)
	h.does("epoch", "--store-cert", cert, "--store-key", key, "fleet", "restored",
		"--reach", "1s")
	h.does("carol is in", "add", "carol", "--type", "totp", "--no-qr", "--no-check",
		"--site", "x")
	h.does("none", "status", "carol")
	h.does("erin is invited", "invite", "erin", "--type", "totp")
	h.does("none", "status", "erin")
	h.says("4917\n", "may have forgotten", "add", "dave", "--secret", "0123456789abcde8",
		"--pin-stdin", "--no-check")
	h.fails("not in the table", "status", "dave")
	h.does(
		"carol/tablet is in",
		"add",
		"carol",
		"--token",
		"tablet",
		"--type",
		"totp",
		"--no-qr",
		"--no-check",
		"--site",
		"x",
	)
}

// The record of somebody who was removed here is that of whoever is still in other hosts' tables.
func TestForgetInFleet(t *testing.T) {
	c, err := etcd.Start(t.TempDir(), etcd.Options{})
	must(t, err)
	t.Cleanup(c.Stop)
	programs, settings := fleetPrograms(t), fleetSettings(t, c)
	_, err = fleet.BeginFirst(t.Context(), hostConfig(t, c, "root"))
	must(t, err)
	one, two := newFleetHost(t, programs), newFleetHost(t, programs)
	one.write(settings)
	two.write(settings)
	used := motp.Token{Secret: secret, PIN: pin}.Code(time.Now())
	one.verify(used, "accepted")
	two.does("removed", "remove", name)
	left := filepath.Join(two.state, name)
	must(t, os.WriteFile(left, []byte("a record"), 0o600))
	two.fails("within a day", "forget", name)
	if _, err := os.Lstat(left); !os.IsNotExist(err) {
		t.Errorf("what is in a file: %v", err)
	}
	one.verify(used, "used before")
	one.verify(used, "used before")
	two.does("removed", "remove", "bob") // who never was there
	two.fails("has no record", "forget", "bob")
}

// says is motp with an input, and what it tells.
func (h *fleetHost) says(in, tells string, args ...string) {
	h.t.Helper()
	if r := h.motp(in, args...); !strings.Contains(r.out+r.err, tells) {
		h.t.Errorf("%q: status %d, want %q\n%s%s", args, r.status, tells, r.out, r.err)
	}
}
