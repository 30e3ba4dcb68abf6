package hosts

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// maxFailures is small, since every refusal takes two seconds.
const maxFailures = 2

// cast is who plays on every stage, with a table of their own.
type cast struct{ stage.Cast }

func newCast() *cast { return &cast{stage.NewCast()} }

// table is the motp.conf of the cast.
func (c *cast) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "window = 3m\nmax_failures = %d\nunlock_after = never\n", maxFailures)
	for _, p := range c.People() {
		fmt.Fprintf(&b, "\n[%s]\nsecret = %s\npin = %s\noffset = 0\n", p.Name,
			p.Secret, p.PIN)
	}
	return b.String()
}

// setUp installs the module and the service's file from examples/, and brings the cast onto the
// stage.
func setUp(t *testing.T, m *stage.Machine, service string) *cast {
	t.Helper()
	must(t, m.InstallModule())
	must(t, m.InstallService(service))
	c := newCast()
	must(t, m.AddUser(stage.Outsider))
	for _, p := range c.People() {
		must(t, m.AddUser(p.Name))
	}
	must(t, m.WriteTable(c.table()))
	return c
}

// checkLog compares the module's log lines, person by person and in order, with the reasons: one
// line an attempt, and no more. It also looks for anything in the whole log that must never be in
// one.
func (c *cast) checkLog(t *testing.T, m *stage.Machine, service string,
	reasons map[string][]string) {
	t.Helper()
	// A name that is not in the table may be a password, typed at the wrong prompt: the module
	// does not repeat it.
	names := []string{"?", stage.Outsider}
	for _, p := range c.People() {
		names = append(names, p.Name)
	}
	for _, name := range names {
		lines, err := m.Log.Module(name)
		must(t, err)
		var got []string
		for _, line := range lines {
			got = append(got, reasonOf(t, line, service))
		}
		if !slices.Equal(got, reasons[name]) {
			t.Errorf("user=%s is logged with %q instead of %q", name, got,
				reasons[name])
		}
	}
	c.checkNothingLeaked(t, m)
}

// reasonOf takes a log line of the module apart.
func reasonOf(t *testing.T, line, service string) string {
	t.Helper()
	fields := map[string]string{}
	for field := range strings.FieldsSeq(line) {
		key, value, _ := strings.Cut(field, "=")
		fields[key] = value
	}
	result := "denied"
	if fields["reason"] == "ok" {
		result = "accepted"
	}
	if fields["result"] != result || fields["service"] != service {
		t.Errorf("log line %q: not result=%s and service=%s", line, result, service)
	}
	return fields["reason"]
}

func (c *cast) checkNothingLeaked(t *testing.T, m *stage.Machine) {
	t.Helper()
	lines, err := m.Log.Lines()
	must(t, err)
	private := stage.Said()
	for _, p := range c.People() {
		private = append(private, p.Secret, p.PIN)
	}
	for _, line := range lines {
		for _, text := range private {
			if strings.Contains(line, text) {
				t.Errorf("log line %q holds a secret, PIN or code", line)
			}
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
