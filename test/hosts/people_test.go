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
type cast struct {
	stage.Cast

	// callers is what the table grants programs that are not root's, and callerFor as whom such
	// a program runs that asks about a user. It is nil where the program is root's.
	callers   string
	callerFor func(user string) string
}

func newCast() *cast { return &cast{Cast: stage.NewCast()} }

// names are those of the people in the table.
func (c *cast) names() []string {
	var names []string
	for _, p := range c.People() {
		names = append(names, p.Name)
	}
	return names
}

// table is the motp.conf of the cast.
func (c *cast) table() string {
	var b strings.Builder
	b.WriteString(c.callers)
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
	for _, name := range append([]string{"?", stage.Outsider}, c.names()...) {
		got := c.reasons(t, m, service, name, len(reasons[name]))
		if !slices.Equal(got, reasons[name]) {
			t.Errorf("user=%s is logged with %q instead of %q", name, got,
				reasons[name])
		}
	}
	c.checkNothingLeaked(t, m)
}

// reasons are those of the attempts by a service that are logged of one user, so many being
// expected.
func (c *cast) reasons(t *testing.T, m *stage.Machine, service, name string,
	expected int) []string {
	t.Helper()
	var lines []string
	var err error
	if c.callerFor != nil {
		lines, err = m.Log.AwaitMotpd(name, expected)
	} else {
		lines, err = m.Log.Module(name)
	}
	must(t, err)
	var reasons []string
	for _, line := range lines {
		reasons = append(reasons, reasonOf(t, line, service))
		c.checkCaller(t, line, name)
	}
	return reasons
}

// checkCaller sees that a line says who asked, and whose word the remote host is, if the program
// was not root's.
func (c *cast) checkCaller(t *testing.T, line, name string) {
	t.Helper()
	want := ""
	if name == "?" {
		name = stage.Outsider
	}
	if c.callerFor != nil {
		want = c.callerFor(name)
	}
	said := fieldsOf(line)
	_, root := said["rhost"]
	_, other := said["claimed_rhost"]
	if said["caller"] != want || root != (want == "") || other == root {
		t.Errorf("log line %q: not of a program of %q", line, want)
	}
}

// fieldsOf are the fields of a log line.
func fieldsOf(line string) map[string]string {
	fields := map[string]string{}
	for field := range strings.FieldsSeq(line) {
		key, value, _ := strings.Cut(field, "=")
		fields[key] = value
	}
	return fields
}

// reasonOf takes a log line of the module apart.
func reasonOf(t *testing.T, line, service string) string {
	t.Helper()
	fields := fieldsOf(line)
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
