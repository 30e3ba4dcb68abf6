package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A person is a user of a table.
type person struct{ name, secret, pin string }

var alice = person{"alice", "7ac61d4736f51a2b", "Pin-A7x9"}

// people makes n users.
func people(prefix string, n int) []person {
	var all []person
	for i := range n {
		all = append(all, person{fmt.Sprintf("%s%d", prefix, i),
			fmt.Sprintf("%016x", 0x9e3779b97f4a7c15*uint64(i+1)),
			fmt.Sprint(1000 + i%9000)})
	}
	return all
}

// A site is a table and a folder of records, with the PAM services for them.
type site struct {
	dir, conf, state, pamd string
	people                 []person
	room                   bool // whether hosts find it where motpd's one site is
	made                   int  // services
}

// newSite makes a site below parent with these settings and people.
func newSite(parent, settings string, people ...person) (*site, error) {
	dir, err := os.MkdirTemp(parent, "site")
	if err != nil {
		return nil, err
	}
	s := &site{dir: dir, conf: filepath.Join(dir, "motp.conf"),
		state: filepath.Join(dir, "state"), pamd: filepath.Join(dir, "pam.d"),
		people: people}
	if err := os.Chmod(dir, 0o755); err != nil { // plain users' hosts come here too
		return nil, err
	}
	if err := os.Mkdir(s.pamd, 0o755); err != nil {
		return nil, err
	}
	// libpam looks for it at each login, and logs that it is missing.
	if err := os.WriteFile(filepath.Join(s.pamd, "other"),
		[]byte("auth required pam_deny.so\n"), 0o644); err != nil {
		return nil, err
	}
	if err := os.Mkdir(s.state, 0o700); err != nil {
		return nil, err
	}
	return s, os.WriteFile(s.conf, []byte(settings+"\n"+sections(people...)), 0o600)
}

func sections(people ...person) string {
	var b strings.Builder
	for _, p := range people {
		fmt.Fprintf(&b, "\n[%s]\nsecret = %s\npin = %s\n", p.name, p.secret, p.pin)
	}
	return b.String()
}

// split gives a person a file of their own, beside the table.
func (s *site) split(p person) error {
	s.people = append(s.people, p)
	folder := s.conf + ".d"
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, p.name+".conf"), []byte(sections(p)), 0o600)
}

func (s *site) remove() { os.RemoveAll(s.dir) }

// ignored is what [site.service] returns where the module said PAM_IGNORE: nobody decided.
const ignored = permDenied

// service writes a PAM service with the module in it, over the records in state, and returns its
// name. It returns what the module returns, but for PAM_IGNORE.
func (s *site) service(state string, options ...string) (string, error) {
	s.made++
	name := fmt.Sprintf("service%d", s.made)
	places := fmt.Sprintf("conf=%s state=%s", s.conf, state)
	if s.room && state == s.state {
		places = ""
	}
	var lines string
	for _, group := range []string{"auth", "password"} {
		lines += fmt.Sprintf("%s [success=done ignore=ignore default=die] pam_motp.so %s "+
			"nodelay change_pin %s\n", group, places, strings.Join(options, " "))
	}
	return name, os.WriteFile(filepath.Join(s.pamd, name), []byte(lines), 0o644)
}

// copyState copies the records, so that two things can be tried that exclude each other.
func (s *site) copyState() (string, error) {
	to, err := os.MkdirTemp(s.dir, "copy")
	if err != nil {
		return "", err
	}
	entries, err := os.ReadDir(s.state)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		record, err := os.ReadFile(filepath.Join(s.state, e.Name()))
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(to, e.Name()), record, 0o600); err != nil {
			return "", err
		}
	}
	return to, nil
}

// litter is what lies in the folder of records and is no person's.
func (s *site) litter() ([]string, error) {
	entries, err := os.ReadDir(s.state)
	if err != nil {
		return nil, err
	}
	// the record that unknown users' codes are checked against
	expected := map[string]bool{".nobody": true}
	for _, p := range s.people {
		expected[p.name] = true
	}
	var found []string
	for _, e := range entries {
		if !expected[e.Name()] {
			found = append(found, e.Name())
		}
	}
	return found, nil
}

// codes are a person's codes, each another: n steps from first on, counted from now.
func (p person) codes(first int64, n int) []string {
	var codes []string
	seen := map[string]bool{}
	for step := stage.Step() + first; len(codes) < n; step++ {
		if c := stage.Code(step, p.secret, p.pin); !seen[c] {
			seen[c] = true
			codes = append(codes, c)
		}
	}
	return codes
}

// wrongCache holds wrong codes, which take thousands of MD5 sums to be sure of.
var wrongCache sync.Map

// wrong are a person's wrong codes, good for the quarter of an hour around the first call.
func (p person) wrong() []string {
	if found, ok := wrongCache.Load(p); ok {
		return found.([]string)
	}
	codes := stage.WrongCodes(4, p.secret, p.pin)
	wrongCache.Store(p, codes)
	return codes
}
