package hosts

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// person is somebody with a phone.
type person struct {
	name, secret, pin string
	step              int64
}

// newCode makes a code that the person has not used yet, without waiting for the next step: the
// window reaches three minutes into the future.
func (p *person) newCode() string {
	p.step = max(p.step+1, stage.Step())
	return say(stage.Code(p.step, p.secret, p.pin))
}

func (p *person) wrongCodes(n int) []string {
	codes := stage.WrongCodes(n, p.secret, p.pin)
	for _, code := range codes {
		say(code)
	}
	return codes
}

// said are the codes that went through a host; none of them may turn up in the log.
var said struct {
	sync.Mutex
	codes []string
}

func say(code string) string {
	said.Lock()
	defer said.Unlock()
	said.codes = append(said.codes, code)
	return code
}

// maxFailures is small, since every refusal takes two seconds.
const maxFailures = 2

// cast is who plays on every stage. Each case has its own person, so that the cases can run side by
// side.
type cast struct {
	alice, bob, carol, frank *person
}

// outsider has an account on the machine, but does not stand in the table.
const outsider = "dave"

func newCast() *cast {
	return &cast{
		alice: &person{name: "alice", secret: "7ac61d4736f51a2b", pin: "zk41q"},
		bob:   &person{name: "bob", secret: "0f1e2d3c4b5a6978", pin: "wv52r"},
		carol: &person{name: "carol", secret: "c0ffee5eed0ddba1", pin: "yt63s"},
		frank: &person{name: "frank", secret: "feedfacecafebeef", pin: "xu74p"},
	}
}

func (c *cast) people() []*person { return []*person{c.alice, c.bob, c.carol, c.frank} }

// table is the motp.conf of the cast.
func (c *cast) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "window = 3m\nmax_failures = %d\nunlock_after = never\n", maxFailures)
	for _, p := range c.people() {
		fmt.Fprintf(&b, "\n[%s]\nsecret = %s\npin = %s\noffset = 0\n", p.name,
			p.secret, p.pin)
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
	must(t, m.AddUser(outsider))
	for _, p := range c.people() {
		must(t, m.AddUser(p.name))
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
	names := []string{"?", outsider}
	for _, p := range c.people() {
		names = append(names, p.name)
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
	said.Lock()
	private := slices.Clone(said.codes)
	said.Unlock()
	for _, p := range c.people() {
		private = append(private, p.secret, p.pin)
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
