package module

import (
	"context"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// TestPINInTheRecord: a login goes by the PIN that its user has set, until the table has another.
func TestPINInTheRecord(t *testing.T) {
	t.Parallel()
	own, edited := alice, alice
	own.pin, edited.pin = "Pin-C1z7", "Pin-D2w8"
	s := newSite(t, sections("", alice), alice, own, edited)
	service := s.service(t)
	user := motp.User{Name: alice.name,
		Tokens: []motp.Token{{Secret: alice.secret, PIN: alice.pin}}}
	v := motp.Verifier{Store: files.Store{Dir: s.state}, Policy: motp.DefaultPolicy}
	proof, again := alice.code(-5), own.code(-5)
	res, err := v.ChangePIN(context.Background(), user, proof, own.pin, time.Now())
	if err != nil || res.Verdict != motp.Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	for _, step := range []struct {
		what   string
		table  person
		answer string
		code   pam.Error
		reason string
	}{
		{"the same step, with the new PIN", alice, again, pam.ErrAuth, "replay"},
		{"the table's PIN", alice, alice.code(0), pam.ErrAuth, "wrong"},
		{"the user's", alice, own.code(0), success, "ok"},
		{"the user's, after an edit", edited, own.code(3), pam.ErrAuth, "wrong"},
		{"the table's, after an edit", edited, edited.code(3), success, "ok"},
		{"the user's, after the edit was taken back", alice, own.code(6),
			pam.ErrAuth, "wrong"},
		{"the table's, after the edit was taken back", alice, alice.code(6), success, "ok"},
	} {
		s.write(t, sections("", step.table))
		a := s.enter(t, service, alice.name, step.answer)
		if a.want(t, step.code, step.reason); t.Failed() {
			t.Fatalf("at %q", step.what)
		}
	}
}
