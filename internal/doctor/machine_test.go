package doctor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// noon is when the tests look. Nobody has logged in yet.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// healthySSHD is what sshd -T prints with examples/sshd_config.d/motp.conf, as far as it matters.
const healthySSHD = "usepam yes\npubkeyauthentication no\nkbdinteractiveauthentication yes\n" +
	"passwordauthentication no\npermitemptypasswords no\nauthenticationmethods any\n"

// A patient is a machine with the project's own examples on it, in a folder: as healthy as it gets.
type patient struct {
	*testing.T
	Machine
}

const table = "window = 3m\n\n[alice]\nsecret = 5a1f0c9be27d4836\npin = 4917\n\n[bob]\nsecret = " +
	"9d3b6e20f8c15a74\npin = 8350\n" +
	"\n[root]\nsecret = c41d7e0b95a26f38\npin = 6172\n"

func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{t, Machine{
		Root: t.TempDir(), Conf: conf.DefaultPath, State: conf.DefaultState,
		Version: "v1", Now: noon,
		System: System{
			ClockSynchronized: func() (bool, error) { return true, nil },
			SSHD:              func(string) (string, error) { return healthySSHD, nil },
			LoadModule:        func(string) error { return nil },
			FileSystem: func(string) (FileSystem, error) {
				return FileSystem{Type: 0xef53, Free: 1 << 30}, nil
			},
		},
	}}
	for _, service := range []string{"sshd", "login", "su", "su-l", "sudo",
		"sudo-i", "openvpn"} {
		p.example("pam.d/"+service, "/etc/pam.d/"+service)
	}
	p.example("openvpn/server.conf", "/etc/openvpn/server/server.conf")
	p.file("/etc/pam.d/common-auth", "auth [success=1 default=ignore] pam_unix.so nullok\n"+
		"auth requisite pam_deny.so\nauth required pam_permit.so\n"+
		"auth optional pam_cap.so\n", 0o644)
	p.file("/etc/pam.d/common-account", "account [success=1 new_authtok_reqd=done "+
		"default=ignore] pam_unix.so\naccount requisite pam_deny.so\n"+
		"account required pam_permit.so\n", 0o644)
	for _, name := range []string{"common-session", "common-session-noninteractive",
		"common-password"} {
		p.file("/etc/pam.d/"+name, "", 0o644)
	}
	for _, module := range []string{"unix", "permit", "deny", "cap", "nologin", "faildelay",
		"group", "rootok", "succeed_if"} {
		p.file("/usr/lib/x86_64-linux-gnu/security/pam_"+module+".so", "", 0o644)
	}
	p.file("/usr/lib/x86_64-linux-gnu/security/pam_motp.so", library("v1"), 0o644)
	p.file(conf.DefaultPath, table, 0o600)
	p.folder(conf.DefaultState, 0o700)
	return p
}

func (p *patient) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *patient) path(name string) string { return filepath.Join(p.Root, name) }

func (p *patient) folder(name string, mode os.FileMode) {
	p.Helper()
	p.must(os.MkdirAll(p.path(name), 0o755))
	p.must(os.Chmod(p.path(name), mode))
}

func (p *patient) file(name, text string, mode os.FileMode) {
	p.Helper()
	p.folder(filepath.Dir(name), 0o755)
	p.must(os.WriteFile(p.path(name), []byte(text), 0o600))
	p.must(os.Chmod(p.path(name), mode))
}

func (p *patient) example(name, target string) {
	p.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples", name))
	p.must(err)
	p.file(target, string(text), 0o644)
}

// change replaces a text that must be in a file.
func (p *patient) change(name, old, text string) {
	p.Helper()
	content, err := os.ReadFile(p.path(name))
	p.must(err)
	if !strings.Contains(string(content), old) {
		p.Fatalf("%s holds no %q", name, old)
	}
	info, err := os.Stat(p.path(name))
	p.must(err)
	p.file(name, strings.ReplaceAll(string(content), old, text), info.Mode())
}

func (p *patient) remove(name string) {
	p.Helper()
	p.must(os.RemoveAll(p.path(name)))
}

// line is the number of the line of a file that begins with a text.
func (p *patient) line(name, begin string) int {
	p.Helper()
	content, err := os.ReadFile(p.path(name))
	p.must(err)
	for i, l := range strings.Split(string(content), "\n") {
		if strings.HasPrefix(l, begin) {
			return i + 1
		}
	}
	p.Fatalf("no line of %s begins with %q", name, begin)
	return 0
}

// record makes a user's record by an attempt at a time.
func (p *patient) record(user motp.User, typed string, at time.Time) {
	p.Helper()
	_, err := p.verifier().Verify(context.Background(), user, typed, at)
	p.must(err)
}

// paper gives a user of the table codes on paper: 10000000 and those behind it.
func (p *patient) paper(user string, n int) motp.PaperCodes {
	p.Helper()
	var codes []string
	for i := range n {
		codes = append(codes, fmt.Sprint(10000000+i))
	}
	paper, err := motp.HashPaper(1, [motp.PaperSalt]byte{}, codes)
	p.must(err)
	p.must(conf.Editor{Table: conf.Table{Path: p.path(conf.DefaultPath)}}.SetPaper(user, paper))
	return paper
}

// setPIN is a user who sets a PIN.
func (p *patient) setPIN(user motp.User, typed, pin string, at time.Time) {
	p.Helper()
	_, err := p.verifier().ChangePIN(context.Background(), user, typed, pin, at)
	p.must(err)
}

func (p *patient) verifier() motp.Verifier {
	return motp.Verifier{Store: files.Store{Dir: p.path(conf.DefaultState)},
		Policy: motp.DefaultPolicy}
}

var alice = motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "5a1f0c9be27d4836",
	PIN: "4917"}}}

// finds compares what the doctor finds with what is wanted: "severity check file:line text", of
// which the text may be a part of what is told. Nothing else may be found, notes included, and
// nothing private told.
func (p *patient) finds(want ...string) {
	p.Helper()
	report := Look(p.Machine)
	left := slices.Clone(want)
	for _, f := range report.Findings {
		got := fmt.Sprintf("%s %s %s:%d ", f.Severity, f.Check, f.File, f.Line)
		at := slices.IndexFunc(left, func(w string) bool {
			text, found := strings.CutPrefix(w, got)
			return found && strings.Contains(f.What+" | "+f.Mend, text)
		})
		if at < 0 {
			p.Errorf("found %s%s", got, f.What)
			continue
		}
		left = slices.Delete(left, at, at+1)
	}
	for _, w := range left {
		p.Errorf("not found: %s", w)
	}
	everything := fmt.Sprintf("%+v", report)
	for _, private := range []string{"5a1f0c9be27d4836", "9d3b6e20f8c15a74", "4917",
		"8350", "6172",
		"c41d7e0b95a26f38", p.Root} {
		if strings.Contains(strings.ToLower(everything), strings.ToLower(private)) {
			p.Errorf("the report holds %q", private)
		}
	}
}

// A sickness is one thing that is wrong.
type sickness struct {
	name  string
	cause func(p *patient)
	want  []string
}

func findAll(t *testing.T, cases []sickness) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			c.cause(p)
			p.finds(c.want...)
		})
	}
}

func TestHealthy(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.record(alice, alice.Tokens[0].Code(noon), noon)
	p.finds()
	var saw []string
	for _, c := range Look(p.Machine).Checked {
		saw = append(saw, c.Check+": "+c.Saw)
	}
	want := []string{
		"PAM services: pam_motp.so in login, openvpn, sshd, su, su-l, sudo and sudo-i",
		"module: /usr/lib/x86_64-linux-gnu/security/pam_motp.so, version v1",
		"table: 3 users in /etc/security/motp.conf",
		"guessing: odds in a year: 1 in 57,000 for alice, bob and root",
		"records: /var/lib/motp",
		"clock: synchronized",
		"sshd: PAM asked by keyboard-interactive",
		"OpenVPN: /etc/openvpn/server/server.conf",
	}
	if !slices.Equal(saw, want) {
		t.Errorf("saw\n%q, want\n%q", saw, want)
	}
}

// An administrator who has installed the package and done nothing yet.
func TestFresh(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	p.remove("/etc/pam.d")
	p.folder("/etc/pam.d", 0o755)
	p.file(conf.DefaultPath, "; nobody\n", 0o600)
	p.finds(
		"warning PAM services /etc/pam.d:0 no service names pam_motp.so",
		"warning table /etc/security/motp.conf:0 nobody is in it",
		fmt.Sprintf("error OpenVPN /etc/openvpn/server/server.conf:%d PAM has no service "+
			"openvpn", p.line("/etc/openvpn/server/server.conf", "plugin")),
	)
}
