package module

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// person is one line of a table.
type person struct {
	name, secret, pin string
	// ahead is how many steps the token's clock is ahead of ours.
	ahead int64
	// kind is the type of the token; empty is Mobile-OTP.
	kind kind
}

var (
	alice = person{name: "alice", secret: "7ac61d4736f51a2b", pin: "Pin-A7x9"}
	bob   = person{name: "bob", secret: "0123456789abcdef", pin: "Pin-B4y2", ahead: -1800}
)

// code is what the person's token shows now, or in so many steps, as it is typed.
func (p person) code(steps int64) string {
	return p.typed(p.kind.oracle(p.kind.now()+p.ahead+steps, p.secret, p.pin))
}

// wrong is the nth of many codes that the person's token does not show within an hour.
func (p person) wrong(n int) string {
	valid := map[string]bool{}
	now := p.kind.now() + p.ahead
	for d := int64(-360); d <= 360; d++ {
		valid[p.kind.oracle(now+d, p.secret, p.pin)] = true
	}
	for i, left := 0, n; ; i++ {
		c := p.kind.candidate(i)
		if valid[c] {
			continue
		}
		if left == 0 {
			return p.typed(c)
		}
		left--
	}
}

// sections writes people in the INI form, under the settings.
func sections(settings string, people ...person) string {
	var b strings.Builder
	b.WriteString(settings)
	for _, p := range people {
		fmt.Fprintf(&b, "\n[%s]\nsecret = %s\npin = %s\n%s", p.name, p.secret,
			p.pin, p.lines())
	}
	return b.String()
}

// columns writes people in pam_mobile_otp's form; the offset is in hours there.
func columns(people ...person) string {
	b := "# user\tsecret\tpin\tGMT offset (h)\n"
	for _, p := range people {
		b += fmt.Sprintf("%s\t%s\t%s\t%d\n", p.name, p.secret, p.pin, p.ahead/360)
	}
	return b
}

// site is a table, a state folder and PAM services, in a folder of their own.
type site struct {
	dir, conf, state, pamd string
	// run is what /run is in the site's room, if it has one: where motpd judges.
	run    string
	room   *room
	people []person
}

func newSite(t *testing.T, table string, people ...person) *site {
	t.Helper()
	dir, err := os.MkdirTemp(work, "site")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &site{dir: dir, conf: filepath.Join(dir, "security", "motp.conf"),
		state: filepath.Join(dir, "lib", "motp"), pamd: filepath.Join(dir, "pam.d"),
		run: filepath.Join(dir, "run"), people: people}
	must(t, os.Chmod(dir, 0o755))
	for _, folder := range []string{filepath.Dir(s.conf), filepath.Dir(s.state), s.pamd,
		filepath.Join(s.run, "motp")} {
		must(t, os.MkdirAll(folder, 0o755))
	}
	must(t, os.Mkdir(s.state, 0o700))
	s.write(t, table)
	if judge == stage.ByMotpd {
		s.room = openRoom(t, s)
	}
	return s
}

// standard is a site with alice and bob and no settings.
func standard(t *testing.T) *site {
	t.Helper()
	return newSite(t, sections("", alice, bob), alice, bob)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *site) write(t *testing.T, table string) {
	t.Helper()
	must(t, os.WriteFile(s.conf, []byte(table), 0o600))
}

// ignored is what a stack returns here when the module said PAM_IGNORE, which libpam itself never
// returns.
const ignored = 17 // PAM_CRED_EXPIRED

var services atomic.Int64

// stack writes a service with these lines and returns its name.
func (s *site) stack(t *testing.T, lines ...string) string {
	t.Helper()
	name := fmt.Sprintf("svc%d", services.Add(1))
	must(t, os.WriteFile(filepath.Join(s.pamd, name),
		[]byte(strings.Join(lines, "\n")+"\n"), 0o644))
	return name
}

// module is the PAM line's end: the module with this site's places and more options.
func (s *site) module(options ...string) string {
	words := []string{modulePath(), "conf=" + s.conf, "state=" + s.state}
	if judge == stage.ByMotpd {
		words = []string{modulePath(), "motpd=always"}
	}
	return strings.Join(append(words, options...), " ")
}

// service is a stack that returns what the module returns, "ignored" for PAM_IGNORE. Failures are
// not delayed.
func (s *site) service(t *testing.T, options ...string) string {
	t.Helper()
	return s.only(t, s.module(append([]string{"nodelay"}, options...)...))
}

// only is a stack that returns what the module in this line returns.
func (s *site) only(t *testing.T, line string) string {
	t.Helper()
	var lines []string
	for _, group := range []string{"auth", "account", "session", "password"} {
		lines = append(lines,
			group+" [success=done ignore=ignore default=die] "+line,
			fmt.Sprintf("%s required %s return=%d", group, tokPath(), ignored))
	}
	return s.stack(t, lines...)
}

// secrets is all that must never be logged.
func (s *site) secrets(answers ...string) []string {
	all := append([]string(nil), answers...)
	for _, p := range s.people {
		all = append(all, p.secret, p.pin)
	}
	return all
}

// nobody is the record that unknown users' codes are checked against, so that it costs them what it
// costs others. It says nothing about anyone.
func (s *site) nobody() string { return filepath.Join(s.state, ".nobody") }

// stateFiles lists people's records.
func (s *site) stateFiles(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(s.state)
	must(t, err)
	var names []string
	for _, e := range entries {
		if name := filepath.Join(s.state, e.Name()); name != s.nobody() {
			names = append(names, name)
		}
	}
	return names
}

// onlyStateFile is the state of the one person who has logged in so far.
func (s *site) onlyStateFile(t *testing.T) string {
	t.Helper()
	files := s.stateFiles(t)
	if len(files) != 1 {
		t.Fatalf("state folder holds %q, want one file", files)
	}
	return files[0]
}

// snapshot describes everything below the site but the services, the sockets, and nobody's record,
// down to the content.
func (s *site) snapshot(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	must(t, filepath.WalkDir(s.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch path {
		case s.pamd, s.run:
			return fs.SkipDir
		case s.nobody():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		sys := info.Sys().(*syscall.Stat_t)
		line := fmt.Sprintf("%v %d:%d links %d", info.Mode(), sys.Uid, sys.Gid, sys.Nlink)
		switch {
		case info.Mode().IsRegular() && info.Size() < 8<<20:
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %d bytes %x", info.Size(), sha256.Sum256(content))
		case info.Mode().IsRegular():
			line += fmt.Sprintf(" %d bytes", info.Size())
		case info.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line += " -> " + to
		}
		found[path] = line
		return nil
	}))
	return found
}

// unchanged fails the test if anything but the files named has changed since the snapshot.
func (s *site) unchanged(t *testing.T, before map[string]string, but ...string) {
	t.Helper()
	after := s.snapshot(t)
	for path, was := range before {
		if is := after[path]; is != was && !slices.Contains(but, path) {
			t.Errorf("%s changed:\n was %s\n is  %s", path, was, is)
		}
	}
	for path, is := range after {
		if _, ok := before[path]; !ok && !slices.Contains(but, path) {
			t.Errorf("%s is new: %s", path, is)
		}
	}
}
