package login

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/site"
)

const inFleet = "store = etcd https://a:1\nstore_ca = /ca\nstore_cert = /cert\nstore_key = /key\n" +
	"fleet = example\nfleet_key = /fleet.key\n"

// Without the fleet's program, a worker lets in nobody whose codes other servers may have seen, and
// whoever is local, under whichever name they were found. Neither grace nor a network that is
// exempt makes up for it: nobody knows whether the user is locked.
func TestFleetWithoutMotpd(t *testing.T) {
	const local = "local = yes\n"
	alice, typed := "[alice]\n"+secretOfHers, "[alice@example.com]\n"+secretOfHers
	const names = "names = account\n"
	for _, c := range []struct {
		what, table, user string
		code              Code
		reason            string
		options           []string
	}{
		{"of the fleet", alice, "alice", AuthinfoUnavail, "no-motpd", nil},
		{"local", alice + local, "alice", Success, "ok", nil},
		{"unknown", alice, "mallory", UserUnknown, "unknown-user", nil},
		{"of the account", names + alice, "alice@example.com", AuthinfoUnavail,
			"no-motpd", nil},
		{"of the account, local", names + alice + local, "alice@example.com", Success, "ok",
			nil},
		{"as typed", names + typed, "alice@example.com", AuthinfoUnavail, "no-motpd", nil},
		{"as typed, local", names + typed + local, "alice@example.com", Success, "ok", nil},
		{"both, the account's local", names + alice + local + typed, "alice@example.com",
			Success, "ok", nil},
		{"both, what was typed local", names + alice + typed + local, "alice@example.com",
			AuthinfoUnavail, "no-motpd", nil},
		{"exempt", alice, "alice", AuthinfoUnavail, "no-motpd",
			[]string{"exempt=192.0.2.0/24"}},
		{"exempt, local", alice + local, "alice", Ignore, "exempt",
			[]string{"exempt=192.0.2.0/24"}},
		{"with grace", alice, "alice", AuthinfoUnavail, "no-motpd", []string{"grace=8h"}},
	} {
		options := append(place(t, inFleet+c.table), c.options...)
		req := byAccount(c.user, options)
		req.RHost = text("192.0.2.7")
		out := Run(req, accountOf(c.user, right), site.Open, at(noon))
		if out.Code != c.code || !strings.Contains(out.Line, " reason="+c.reason+" ") {
			t.Errorf("%s: %+v, want %d, %s", c.what, out, c.code, c.reason)
		}
		if c.reason == "no-motpd" && !strings.Contains(out.Line, "motpd-etcd") {
			t.Errorf("%s: does not say what to do: %s", c.what, out.Line)
		}
	}
}
