package thin

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// Messages of motpd: see docs/wire.md.
var (
	hello   = []byte{0x81, 1, 1, 1, 0, 'x'}
	ask     = []byte("\x87\x04\x00OTP:\x06\x00ticket")
	prompts = []byte("\x82\x04\x00OTP:")
	getTok  = []byte{0x83}
	setTok  = []byte("\x84\x05\x0012345")
	logLine = []byte("\x85\x07\x04\x00line")
	refused = []byte("\x86\x07\x40\x42\x0f\x00\x05\x06\x00denied")
)

// recorder stands in motpd's place: on each connection it says HELLO and what is next on the
// script, and keeps what it hears.
type recorder struct {
	listener net.Listener
	done     sync.WaitGroup
	script   [][][]byte
	heard    [][]byte
}

func record(t *testing.T, script [][][]byte) *recorder {
	t.Helper()
	listener, err := net.Listen("unixpacket", "/run/motp/root.sock")
	must(t, err)
	r := &recorder{listener: listener, script: script}
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		for _, messages := range r.script {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			r.talk(conn, messages)
			conn.Close()
		}
	}()
	return r
}

func (r *recorder) talk(conn net.Conn, messages [][]byte) {
	if _, err := conn.Write(hello); err != nil {
		return
	}
	answered := true // the request
	for _, message := range messages {
		if answered && !r.hear(conn) {
			return
		}
		if _, err := conn.Write(message); err != nil {
			return
		}
		answered = !bytes.Equal(message, logLine)
	}
	r.hear(conn)
}

// hear keeps a packet, and says whether there was one.
func (r *recorder) hear(conn net.Conn) bool {
	packet := make([]byte, 1<<15)
	n, err := conn.Read(packet)
	if err != nil || n == 0 {
		return false
	}
	r.heard = append(r.heard, packet[:n])
	return true
}

// stop ends it, and returns what it has heard.
func (r *recorder) stop() [][]byte {
	r.listener.Close()
	r.done.Wait()
	return r.heard
}

var wireCases = map[string]struct {
	login   login
	script  [][][]byte
	packets int // that the host sends
}{
	"a code": {login{"alice", "192.0.2.7", "ssh", "-", []string{"123456"}, nil},
		[][][]byte{{refused}}, 1},
	"nothing is set": {login{"alice", "-", "-", "-", []string{""}, nil},
		[][][]byte{{refused}}, 1},
	"nobody answers": {login{"alice", "-", "-", "-", nil, nil}, [][][]byte{{refused}}, 1},
	"no ASCII": {login{"\xc3\xa4lice", "h\xff", "t\x01", "-", []string{"\x80\xfe"},
		[]string{"prompt=C\xc3\xb3digo: "}}, [][][]byte{{refused}}, 1},
	"too long": {login{strings.Repeat("u", 1024), strings.Repeat("h", 1025), "-", "-",
		[]string{strings.Repeat("1", 1025)}, nil}, [][][]byte{{refused}}, 1},
	"too many options": {login{"alice", "-", "-", "-", []string{"1"},
		slices.Repeat([]string{strings.Repeat("o", 1000)}, 20)}, [][][]byte{{refused}}, 1},
	"a question": {login{"alice", "-", "-", "-", []string{"1"}, []string{"try_first_pass"}},
		[][][]byte{{ask}, {refused}}, 2},
	"two questions": {login{"alice", "-", "-", "-", []string{"1", "2", "3"}, nil},
		[][][]byte{{ask}, {ask}, {refused}}, 3},
	"an earlier password": {login{"alice", "-", "-", "pass", nil, []string{"use_first_pass"}},
		[][][]byte{{logLine, getTok, setTok, refused}}, 3},
	"an account": {login{"root", "-", "-", "-", []string{"1"}, []string{"nullok"}},
		[][][]byte{{refused}}, 1},
	"no account": {login{"nobody-here", "-", "-", "-", []string{"1"}, []string{"nullok"}},
		[][][]byte{{refused}}, 1},
	"a mistake": {login{"alice", "-", "-", "-", []string{"1"}, []string{"motpd=x", "conf"}},
		[][][]byte{{refused}}, 1},
	"its own places": {login{"alice", "-", "-", "-", []string{"1"},
		[]string{"conf=/etc/security/motp.conf", "state=/var/lib/motp", "motpd=always"}},
		[][][]byte{{ask}, {refused}}, 2},
	"babble":   {login{"alice", "-", "-", "-", []string{"1"}, nil}, [][][]byte{{prompts}}, 1},
	"a hangup": {login{"alice", "-", "-", "-", []string{"1"}, nil}, [][][]byte{nil}, 1},
}

// TestWire: what a thin module says to motpd, to the person, and to libpam, is what the full one
// says, whatever the libc.
func TestWire(t *testing.T) {
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		for name, c := range wireCases {
			play := func(l libc, module string) ([][]byte, string) {
				r := record(t, c.script)
				said := c.login.at(t, l, m.Root, module)
				return r.stop(), said
			}
			want, wantSaid := play(libcs[0], m.Path("build", "pam_motp.so"))
			if len(want) != c.packets || !strings.Contains(wantSaid, "code ") {
				t.Errorf("%s: the full module sent %d packets, not %d, and said %q",
					name, len(want), c.packets, wantSaid)
			}
			for _, l := range libcs {
				sent, said := play(l, l.module(m.Root))
				if !slices.EqualFunc(sent, want, bytes.Equal) {
					t.Errorf("%s: %s sent\n%q\nand the full module\n%q", name,
						l.name, sent, want)
				}
				if said != wantSaid {
					t.Errorf("%s: %s said\n%s\nand the full module\n%s", name,
						l.name, said, wantSaid)
				}
			}
		}
	})
}

// TestLogin: with the real motpd, a right code lets in, once.
func TestLogin(t *testing.T) {
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		cast := stage.NewCast()
		table := ""
		for _, p := range cast.People() {
			table += fmt.Sprintf("[%s]\nsecret = %s\npin = %s\n", p.Name, p.Secret,
				p.PIN)
		}
		must(t, m.WriteTable(table))
		d, err := stage.StartMotpd(m.Path("build", "motpd"), "/run/motp", nil)
		must(t, err)
		defer d.Stop()
		for i, p := range []*stage.Person{cast.Alice, cast.Bob} {
			l, try := libcs[i], login{p.Name, "192.0.2.7", "ssh", "-",
				[]string{p.NewCode()}, []string{"nodelay"}}
			for _, want := range []struct{ line, end string }{
				{"result=accepted reason=ok", "\ncode 0\n"},
				{"result=denied reason=replay", "\ncode 7\n"},
			} {
				said := try.at(t, l, m.Root, l.module(m.Root))
				if !strings.Contains(said, want.line) ||
					!strings.HasSuffix(said, want.end) {
					t.Errorf("%s: said %q, want %+v", l.name, said, want)
				}
			}
		}
	})
}

// TestDoctor: "motp doctor" reads the version from this module, too.
func TestDoctor(t *testing.T) {
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		found, err := filepath.Glob("/lib/*/security/pam_unix.so")
		if err != nil || len(found) == 0 {
			t.Fatalf("no folder of PAM's modules: %v", err)
		}
		module, err := os.ReadFile(libcs[0].module(m.Root))
		must(t, err)
		path := filepath.Join(filepath.Dir(found[0]), "pam_motp.so")
		must(t, os.WriteFile(path, module, 0o644))
		out, _ := exec.Command("motp", "doctor").CombinedOutput() // finds other things, too
		if want := "is of version " + version + ", and this command of"; !strings.Contains(
			strings.Join(strings.Fields(string(out)), " "), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	})
}

// TestWithoutMotpd: nobody gets in, and what only a worker could do is refused before anybody is
// asked, with a line that says what to do.
func TestWithoutMotpd(t *testing.T) {
	const denied = "log 3: result=denied reason="
	const remedy = `: only a worker could do that, and this pam_motp.so was built without ` +
		`(make thin): take the option off the line, or install the full module"`
	no := func(option string) string {
		return denied + "bad-option user=? rhost=192.0.2.7 detail=\"" + option + remedy +
			"\ncode 3\n"
	}
	const none = denied + "no-motpd user=? rhost=192.0.2.7 detail=\"motpd does not answer at " +
		"/run/motp/root.sock (errno 2), and nobody else may judge: systemctl enable " +
		"--now motpd.socket, or motpd --check\"\ncode 9\n"
	const asked = "asked: OTP: \n"
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, os.Remove("/run/motp")) // nothing is about to start
		for _, c := range []struct{ options, want string }{
			{"", asked + none},
			{"motpd=auto", asked + none},
			{"motpd=always", asked + none},
			{"use_first_pass", none},
			{"conf=/etc/security/motp.conf motpd=auto", none},
			{"motpd=never", no("motpd=never")},
			{"nodelay conf=/etc/other.conf", no("conf=")},
			{"users=/etc/other.conf motpd=always", no("users=")},
			{"state=/var/lib/other\" motpd=never", no("state=")},
			{"cache=/var/lib/other", no("cache=")},
		} {
			try := login{"alice", "192.0.2.7", "ssh", "-", []string{"123456"},
				strings.Fields(c.options)}
			for _, l := range libcs {
				said := try.at(t, l, m.Root, l.module(m.Root))
				if said != c.want {
					t.Errorf("%s, %s:\n%s\nwant\n%s", c.options, l.name,
						said, c.want)
				}
			}
		}
	})
}
