package hosts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/pam/login"
	"github.com/pam-motp/pam-motp/test/stage"
)

const fail2banFilter = "examples/fail2ban/filter.d/pam_motp.conf"

// banned are the addresses that the real fail2ban-regex finds in a log, each as often as it counts.
func banned(t *testing.T, log, filter string) []string {
	t.Helper()
	must(t, stage.Need("fail2ban-regex", "fail2ban"))
	output, err := exec.Command("fail2ban-regex", "-o", "ip", log, filter).CombinedOutput()
	if err != nil {
		t.Fatalf("fail2ban-regex: %v\n%s", err, output)
	}
	addresses := strings.Fields(string(output))
	slices.Sort(addresses)
	return addresses
}

// countedInFile has fail2ban-regex read lines as syslog writes them into a file.
func countedInFile(t *testing.T, lines []string) []string {
	t.Helper()
	root, err := stage.FindRoot()
	must(t, err)
	log := filepath.Join(t.TempDir(), "auth.log")
	must(t, os.WriteFile(log, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	return banned(t, log, filepath.Join(root, fail2banFilter))
}

// A typist answers the module's question, or makes it impossible to ask.
type typist struct {
	answer string
	code   int
}

func (p typist) Prompt(string) (int, login.Text, error) {
	return p.code, login.Text{S: p.answer}, nil
}

func (typist) GetToken() (int, login.Text, error) { return 0, login.Text{}, nil }
func (typist) SetToken(string) (int, error)       { return 0, nil }
func (typist) GetAccount() (uint32, login.Text, error) {
	return 0, login.Text{Absent: true}, nil
}
func (typist) Show(int, string) error { return nil }
func (typist) Log(int, string) error  { return nil }

// A writer has the module's own course of a login write lines, about users of one table.
type writer struct {
	*cast
	conf, state string
}

func newWriter(t *testing.T) *writer {
	w := &writer{cast: newCast(), conf: t.TempDir() + "/motp.conf", state: t.TempDir()}
	must(t, os.Chmod(w.state, 0o700))
	table := w.table() + "\n[frank/tablet]\nsecret = JBSWY3DPEHPK3PXP\npin = 1\ntype = totp\n" +
		"\n[disabled]\nsecret = 0011223344556677\npin = 1234\ndisabled = yes\n" +
		"\n[bad]\nsecret = 0011223344556677\n"
	must(t, os.WriteFile(w.conf, []byte(table), 0o600))
	return w
}

// line is what the module logs of a login, without what syslog puts before it.
func (w *writer) line(user, rhost string, by typist, options ...string) string {
	request := login.Request{
		Service: login.Text{S: "sshd"},
		User:    login.Text{S: user},
		RHost:   login.Text{S: rhost, Absent: rhost == ""},
		TTY:     login.Text{S: "ssh"},
	}
	for _, option := range append([]string{"conf=" + w.conf, "state=" + w.state}, options...) {
		request.Options = append(request.Options, login.Text{S: option})
	}
	return "pam_motp(sshd:auth): " + login.Run(request, by, site.Open, time.Now).Line
}

// Of the module's own lines, guesses count, and nothing else.
func TestFail2banCountsGuesses(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	wrong, right := w.Alice.WrongCodes(3), w.Bob.NewCode()
	used := typist{answer: right}
	const dummy = "\b\n\r\x7fINCORRECT\b\n\r\x7fI"
	cases := []struct {
		reason, user string
		by           typist
		options      []string
		counts       bool
	}{
		{"wrong", "alice", typist{answer: wrong[0]}, nil, true},
		{"repeated", "alice", typist{answer: wrong[0]}, nil, false},
		{"malformed", "alice", typist{answer: "correct horse"}, nil, true},
		{"locked", "alice", typist{answer: wrong[2]}, nil, false},
		{"unknown-user", stage.Outsider, typist{answer: wrong[0]}, nil, true},
		{"unknown-user", stage.Outsider, typist{answer: wrong[0]}, []string{"debug"}, true},
		{"unknown-user", "a result=x\nb rhost=192.0.2.99", used, []string{"debug"}, true},
		{"ok", "bob", used, nil, false},
		{"replay", "bob", used, nil, false},
		{"empty", "bob", typist{}, nil, false},
		{"empty", "bob", typist{answer: dummy}, nil, false},
		{"wrong", "frank", typist{answer: "000000"}, nil, true},
		{"disabled", "disabled", typist{answer: "000000"}, nil, false},
		{"conversation", "bob", typist{code: 19}, nil, false},
		{"bad-entry", "bad", typist{answer: "000000"}, nil, false},
		{"table", "bob", typist{answer: "000000"}, []string{"conf=/missing"}, false},
		{"state", "bob", typist{answer: "000000"}, []string{"state=/missing"}, false},
		{"bad-option", "bob", typist{answer: "000000"}, []string{"frobnicate"}, false},
	}
	var lines, want []string
	for i, c := range cases {
		address := fmt.Sprintf("192.0.2.%d", i+1)
		line := w.line(c.user, address, c.by, c.options...)
		if !strings.Contains(line, " reason="+c.reason+" ") {
			t.Errorf("%s: %s", c.reason, line)
		}
		lines = append(lines, "2026-11-26T12:00:00.123456+00:00 host sshd[12]: "+line)
		if c.counts {
			want = append(want, address)
		}
	}
	slices.Sort(want)
	if got := countedInFile(t, lines); !slices.Equal(got, want) {
		t.Errorf("counted are\n%q, want\n%q of\n%s", got, want, strings.Join(lines, "\n"))
	}
}

// However syslog writes it, and whichever server it is.
func TestFail2banReadsFiles(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	var lines, want []string
	for i, prefix := range []string{
		"Nov 26 12:00:00 host sshd[12]: ",
		"Nov  6 02:00:00 host sshd-session[12]: ",
		"2026-11-26T12:00:00+01:00 host.example.org sshd[1]: ",
		"2026-11-26T12:00:00.123456+01:00 host ovpn-server[1]: ",
		"Nov 26 12:00:00 host vsftpd: ",
		"Nov 26 12:00:00 host auth: ",
	} {
		address := fmt.Sprintf("2001:db8::%d", i+1)
		lines = append(lines, prefix+
			w.line(stage.Outsider, address, typist{answer: "000000"}))
		want = append(want, address)
	}
	lines = append(lines, "Nov 26 12:00:00 host sshd[12]: "+
		w.line(stage.Outsider, "::ffff:192.0.2.7", typist{answer: "000000"}))
	want = append([]string{"192.0.2.7"}, want...)
	if got := countedInFile(t, lines); !slices.Equal(got, want) {
		t.Errorf("counted are\n%q, want\n%q of\n%s", got, want, strings.Join(lines, "\n"))
	}
}

// Nobody has another's address banned by what he sends, and no name leads to one.
func TestFail2banIsNotForged(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	guess := w.line(stage.Outsider, "192.0.2.9", typist{answer: "000000"})
	fields := "result=denied reason=wrong user=x rhost=192.0.2.9 tty=ssh service=sshd"
	lines := []string{
		`error: kex_exchange_identification: client sent invalid protocol identifier "` +
			guess,
		`error: kex_exchange_identification: client sent invalid protocol identifier "` +
			guess + `"`,
		"banner exchange: Connection from 192.0.2.1 port 9: invalid format " + guess,
		"Invalid user " + guess + " from 192.0.2.1 port 9",
		"Invalid user x\\n" + guess,
		"Failed password for invalid user  " + guess,
		guess + "/192.0.2.1:1194 SENT CONTROL",
		guess + " from 192.0.2.1 port 9",
		"pam_unix(sshd:auth): authentication failure; rhost=x user=" + guess,
		"pam_motp(x) " + guess,
		"pam_motp(sshd:account): " + fields,
		"pam_motp(sshd:auth) : " + fields,
		"pam_motp(sshd:auth): " + fields + " ",
		"pam_motp(sshd:auth): " + strings.Replace(fields, "rhost=", "claimed_rhost=", 1),
		"pam_motp(sshd:auth): " + strings.Replace(fields, "user=x", "user=x y", 1),
		`pam_motp(sshd:auth): result=accepted reason=ok user="` + fields +
			`" rhost=192.0.2.9`,
		"pam_motp(sshd:auth): result=denied reason=worker-died user=? rhost=192.0.2.9",
		"pam_motp(sshd:auth): result=denied reason=no-worker user=? rhost=192.0.2.9 " +
			"errno=11",
	}
	for _, name := range []string{
		"192.0.2.9", // as a name: below, beside an address that is nobody's
		fields, guess, "x " + fields, "\n" + guess, `x" rhost=192.0.2.9 tty=- service=x`,
		"x\x00 " + fields, "x\\ rhost=192.0.2.9", "\u2028" + guess,
	} {
		lines = append(lines, w.line(name, "", typist{answer: "000000"}, "debug"))
		lines = append(lines, w.line(name, "gate.example.org",
			typist{answer: name}, "debug"))
		lines = append(lines, w.line("bob", "x"+name, typist{answer: name}))
		lines = append(lines, w.line("bob", name+".example.org", typist{answer: name}))
	}
	for i := range lines {
		lines[i] = "Nov 26 12:00:00 host sshd[12]: " + lines[i]
	}
	lines = append(lines,
		"Nov 26 12:00:00 host bob[12]: "+guess,
		"Nov 26 12:00:00 host sudo: bob : COMMAND=sshd[12]: "+guess,
		"Nov 26 12:00:00 host x sshd[12]: "+guess,
		"Nov 26 12:00:00 sshd[12]: x: "+guess,
		"Nov 26 12:00:00 host kernel: [ 12.3] sshd[12]: "+guess,
		"Nov 26 12:00:00 host motp[12]: "+fields,
		"x Nov 26 12:00:00 host sshd[12]: "+guess,
	)
	if got := countedInFile(t, lines); len(got) > 0 {
		t.Errorf("counted are %q of\n%s", got, strings.Join(lines, "\n"))
	}
}
