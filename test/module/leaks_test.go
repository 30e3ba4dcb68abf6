package module

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
)

// spy is a running testdata/spy.
type spy struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

var buildSpy = sync.OnceValues(func() (string, error) {
	path := filepath.Join(work, "spy")
	out, err := exec.Command("cc", "-O1", "-Wall", "-Wextra", "-Werror", "-o", path,
		"testdata/spy.c", "-lpam").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("cc: %w\n%s", err, out)
	}
	return path, err
})

// startSpy starts a spy for logins at the site.
func startSpy(t *testing.T, at *site) *spy {
	t.Helper()
	path, err := buildSpy()
	must(t, err)
	s := &spy{t: t, cmd: exec.Command(path)}
	s.cmd.Stderr = os.Stderr
	in, out := at.start(t, s.cmd)
	s.in, s.out = in, bufio.NewReader(out)
	t.Cleanup(func() {
		s.in.Close()
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("spy: %v", err)
		}
	})
	return s
}

func (s *spy) do(words ...string) string {
	s.t.Helper()
	_, err := io.WriteString(s.in, strings.Join(words, " ")+"\n")
	must(s.t, err)
	line, err := s.out.ReadString('\n')
	must(s.t, err)
	return strings.TrimRight(line, " \n")
}

// mask writes a text so that it is not found as itself.
func mask(text string) string {
	b := []byte(text)
	for i := range b {
		b[i] ^= 0x80
	}
	return hex.EncodeToString(b)
}

// login returns what PAM said, what was prompted, and how long it took from the answer on.
func (s *spy) login(at *site, service, user, answer string) (code int, prompts string,
	took time.Duration) {
	s.t.Helper()
	line := s.do("login", at.pamd, service, user, mask(answer))
	space := strings.LastIndexByte(line, ' ')
	var ns int64
	if _, err := fmt.Sscan(line[space+1:], &ns); err != nil {
		s.t.Fatalf("%q: %v", line, err)
	}
	if _, err := fmt.Sscan(line, &code); err != nil {
		s.t.Fatalf("%q: %v", line, err)
	}
	return code, line[strings.IndexByte(line, ' ')+1 : space], time.Duration(ns)
}

// TestNothingIsLeftInMemory: after a login, whatever became of it, neither what was typed nor the
// user's secret and PIN are anywhere in the host.
func TestNothingIsLeftInMemory(t *testing.T) {
	t.Parallel()
	s := standard(t)
	if got := startSpy(t, s).do("search", mask(alice.secret)); got != "none" {
		t.Fatalf("found what was never there: %s", got)
	}
	finds := startSpy(t, s)
	finds.do("keep", mask(alice.secret))
	if got := finds.do("search", mask(alice.secret)); !strings.Contains(got, "[heap]") {
		t.Fatalf("what is there was not found: %s", got)
	}
	plain, setPass, debug := s.service(t), s.service(t, "set_pass"),
		s.service(t, "debug", "try_first_pass")
	after := s.stack(t, "auth required "+tokPath()+" set=Earlier-Pw-1",
		"auth required "+s.module("nodelay", "try_first_pass"))
	long := "Typed-Into-The-Wrong-Field-" + strings.Repeat("0123456789", 200)
	for _, c := range []struct {
		what, service, user, answer string
		code                        pam.Error
	}{
		{"right", plain, "alice", alice.code(0), success},
		{"used", plain, "alice", alice.code(0), pam.ErrAuth},
		// not the first one: it ends like the address of a page, and the spy reads its maps
		{"wrong", plain, "alice", alice.wrong(1), pam.ErrAuth},
		{"a password", plain, "alice", "My-Unix-Password-7", pam.ErrAuth},
		{"far too long", plain, "alice", long, pam.ErrAuth},
		{"unknown user", plain, "mallory", "My-Other-Password-8", pam.ErrUserUnknown},
		{"left for other modules", setPass, "alice", alice.code(1), success},
		{"debug", debug, "alice", alice.code(2), success},
		{"after another module", after, "alice", alice.code(3), success},
	} {
		spy := startSpy(t, s)
		if code, _, _ := spy.login(s, c.service, c.user, c.answer); code != int(c.code) {
			t.Errorf("%s: code %d, want %d", c.what, code, c.code)
		}
		for what, needle := range map[string]string{"what was typed": c.answer[:min(
			len(c.answer), 40)], "the secret": alice.secret, "the PIN": alice.pin} {
			if got := spy.do("search", mask(needle)); got != "none" {
				t.Errorf("%s: %s is in %s", c.what, what, got)
			}
		}
	}
}

// TestWorkerShowsNothing: what other programs can see of a worker while the person types holds no
// secret, and it leaves no core.
func TestWorkerShowsNothing(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	h := startHost(t, s)
	h.start(s, service, "alice")
	h.authenticate(func(int, string) string {
		for _, pid := range h.facts().children {
			folder := fmt.Sprintf("/proc/%v/", pid)
			for _, file := range []string{"cmdline", "environ", "comm"} {
				content, err := os.ReadFile(folder + file)
				must(t, err)
				for _, needle := range s.secrets() {
					if strings.Contains(string(content), needle) {
						t.Errorf("the worker's %s is %q", file, content)
					}
				}
			}
			limits, err := os.ReadFile(folder + "limits")
			must(t, err)
			if !strings.Contains(strings.Join(strings.Fields(string(limits)), " "),
				"Max core file size 0 0 bytes") {
				t.Errorf("the worker may dump core:\n%s", limits)
			}
		}
		return answer(alice.wrong(0))
	})
	h.end()
}

// TestStrangersLookLikeUsers: nobody can tell from outside who is a user, or locked, or switched
// off. The prompts are the same, and the medians that are shown (go test -v -run
// StrangersLookLikeUsers ./test/module) are, on an idle machine; no time is asserted.
func TestStrangersLookLikeUsers(t *testing.T) {
	const rounds, limit = 500, 501
	carol := person{name: "carol", secret: "fedcba9876543210", pin: "Pin-C2w5"}
	s := newSite(t, sections(fmt.Sprintf("max_failures = %d\n", limit), alice, bob, carol)+
		"disabled = yes\n", alice, bob, carol)
	service, quick := s.service(t), s.service(t, "maxtries=1")
	spy := startSpy(t, s)
	spy.login(s, quick, "bob", bob.wrong(0))
	cases := []struct {
		name, service, user string
		code                pam.Error
	}{
		{"wrong code", service, "alice", pam.ErrAuth},
		{"unknown", service, "mallory", pam.ErrUserUnknown},
		{"locked", quick, "bob", pam.ErrAuth},
		{"switched off", service, "carol", pam.ErrAuth},
	}
	took := make(map[string][]time.Duration)
	for i := range rounds {
		for _, k := range rand.Perm(len(cases)) { // each after each other
			c := cases[k]
			code, prompts, d := spy.login(s, c.service, c.user,
				fmt.Sprintf("%06x", 0xbad000+i))
			if code != int(c.code) || prompts != "1[OTP: ]" {
				t.Fatalf("%s: code %d after %q", c.name, code, prompts)
			}
			took[c.name] = append(took[c.name], d)
		}
	}
	usual := median(took["wrong code"])
	for _, c := range cases {
		m := median(took[c.name])
		t.Logf("%-12s median of %d: %7.3f ms, %+5.1f %%", c.name, rounds, float64(m)/1e6,
			100*(float64(m)/float64(usual)-1))
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}
