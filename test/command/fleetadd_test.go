package command

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/fleet"
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

// says is motp with an input, and what it tells.
func (h *fleetHost) says(in, tells string, args ...string) {
	h.t.Helper()
	if r := h.motp(in, args...); !strings.Contains(r.out+r.err, tells) {
		h.t.Errorf("%q: status %d, want %q\n%s%s", args, r.status, tells, r.out, r.err)
	}
}
