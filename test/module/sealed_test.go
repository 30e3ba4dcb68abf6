package module

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
	sealed "github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// TestSealedLogins: what is sealed logs in, and what does not open keeps its user out, and nobody
// else, whoever judges; nothing plain takes its place.
func TestSealedLogins(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	at := sealed.Open(s.conf, s.state)
	_, err := at.Keys.Create()
	must(t, err)
	_, err = at.Edit(false).Reseal(nil)
	must(t, err)
	table, err := os.ReadFile(s.conf)
	must(t, err)
	for _, p := range s.people {
		if strings.Contains(string(table), p.secret) ||
			strings.Contains(string(table), p.pin) {
			t.Fatalf("plain:\n%s", table)
		}
	}
	keys := filepath.Join(s.state, ".keys")
	key, err := os.ReadFile(keys)
	must(t, err)
	lines := strings.SplitAfter(string(table), "\n")
	swapped := strings.Replace(string(table), value(lines, 1), value(lines, 0), 1)
	step := int64(-12)
	for _, c := range []struct {
		what       string
		table, key string
		mode       os.FileMode
		alice, bob bool
	}{
		{"sealed", string(table), string(key), 0o600, true, true},
		{"no key", string(table), "", 0, false, false},
		{"the key again", string(table), string(key), 0o600, true, true},
		{"a key that others can read", string(table), string(key), 0o644, false, false},
		{"another key", string(table), strings.ToUpper(string(key)), 0o600, false, false},
		{"alice's secret in place of bob's", swapped, string(key), 0o600, true, false},
		{"cut", strings.Replace(string(table), value(lines, 0), value(lines, 0)[:60], 1),
			string(key), 0o600, false, true},
		{"version 2", strings.Replace(string(table), ":v1:", ":v2:", 1), string(key), 0o600,
			false, true},
		{"as it was", string(table), string(key), 0o600, true, true},
	} {
		must(t, os.Remove(keys))
		if c.mode != 0 {
			must(t, os.WriteFile(keys, []byte(c.key), 0o600))
			must(t, os.Chmod(keys, c.mode))
		}
		s.write(t, c.table)
		step++
		for _, who := range []struct {
			person
			in bool
		}{{alice, c.alice}, {bob, c.bob}} {
			a := s.enter(t, service, who.name, who.code(step))
			if who.in {
				a.want(t, success, "ok")
			} else {
				a.want(t, pam.ErrAuthinfoUnavail, "sealed")
			}
			if t.Failed() {
				t.Fatalf("%s, at %q", who.name, c.what)
			}
		}
		if c.mode == 0 {
			must(t, os.WriteFile(keys, nil, 0o600)) // to be taken away
		}
	}
}

// TestPlainPINAmongSealed: a record from before everything was sealed keeps its user out, and
// nobody else, until "motp seal" has sealed what is plain there.
func TestPlainPINAmongSealed(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	at := sealed.Open(s.conf, s.state)
	v := at.Verifier(motp.DefaultPolicy)
	_, user, err := at.Lookup(bob.name)
	must(t, err)
	res, err := v.ChangePIN(context.Background(), user, bob.code(-12), "31337", time.Now())
	must(t, err)
	if res.Verdict != motp.Accepted {
		t.Fatal(res.Verdict)
	}
	record := filepath.Join(s.state, motp.EncodeName(bob.name))
	before, err := os.ReadFile(record)
	must(t, err)
	_, err = at.Keys.Create()
	must(t, err)
	seal := func() {
		must(t, at.Keys.RefusePlain(false)) // to take over what is plain, on purpose
		_, err = at.Edit(false).Reseal(nil)
		must(t, err)
		_, err = v.Reseal(context.Background(), user, time.Now())
		must(t, err)
		must(t, at.Keys.RefusePlain(true))
	}
	seal()
	own := bob
	own.pin = "31337"
	s.enter(t, service, bob.name, own.code(-11)).want(t, success, "ok")
	must(t, os.WriteFile(record, before, 0o600))
	for step, code := range []string{own.code(-10), bob.code(-10)} {
		s.enter(t, service, bob.name, code).want(t, pam.ErrAuthinfoUnavail, "sealed")
		s.enter(t, service, alice.name, alice.code(int64(step-10))).want(t, success, "ok")
	}
	seal()
	s.enter(t, service, bob.name, own.code(-9)).want(t, success, "ok")
}

// value is the nth secret that stands in some lines.
func value(lines []string, n int) string {
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "secret = "); ok {
			if n--; n < 0 {
				return strings.TrimSpace(text)
			}
		}
	}
	return ""
}
