package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A contender is one kind of login that is measured.
type contender struct {
	name    string
	service string
	user    string
	code    func(run int) string
	before  func() error // brings things to where every login begins; not measured
	accept  bool         // what must come of it

	times []time.Duration
}

// measure runs one login and notes how long it took. A login that comes out wrong is an error: its time would mean nothing.
func (c *contender) measure() error {
	if c.before != nil {
		if err := c.before(); err != nil {
			return err
		}
	}
	cmd := exec.Command("pamtester", c.service, c.user, "authenticate")
	cmd.Stdin = strings.NewReader(c.code(len(c.times)) + "\n")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	err := cmd.Run()
	c.times = append(c.times, time.Since(start))
	if (err == nil) != c.accept {
		return fmt.Errorf("%s: %v: %s", c.name, err, out.String())
	}
	return nil
}

const (
	secret = "0123456789abcdef"
	pin    = "1234"
)

// makeContenders lists what is measured, the floor first, and furnishes the namespace for it.
func makeContenders(module, dir string) ([]*contender, error) {
	state := filepath.Join(dir, "state")
	table := filepath.Join(dir, "motp.conf")
	if err := os.WriteFile(table, []byte("[alice]\nsecret = "+secret+"\npin = "+pin+"\n"), 0o600); err != nil {
		return nil, err
	}
	services := map[string]string{
		"bench-permit": "auth required pam_permit.so\n",
		"bench-motp":   "auth required " + module + " conf=" + table + " state=" + state + " nodelay\n",
	}
	if err := furnish(services); err != nil {
		return nil, err
	}
	fresh, err := freshRecord(state, "alice")
	if err != nil {
		return nil, err
	}
	token := motp.Token{Secret: secret, PIN: pin}
	right := func(int) string { return token.Code(time.Now()) }
	wrong := func(run int) string { return fmt.Sprintf("%06x", 0xabc000+run) }
	return []*contender{
		{name: "pam_permit", service: "bench-permit", user: "alice", code: right, accept: true},
		{name: "right code", service: "bench-motp", user: "alice", code: right, before: fresh, accept: true},
		{name: "wrong code", service: "bench-motp", user: "alice", code: wrong, before: fresh},
		{name: "unknown user", service: "bench-motp", user: "mallory", code: wrong, before: fresh},
	}, nil
}

// freshRecord makes a user's record, and returns what writes its first content back, in place as a login would, so that every login is a first use.
func freshRecord(state, user string) (func() error, error) {
	if err := (motp.Verifier{Dir: state, Policy: motp.DefaultPolicy}).Prepare(user); err != nil {
		return nil, err
	}
	path := filepath.Join(state, motp.EncodeName(user))
	first, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return func() error {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := f.WriteAt(first, 0); err != nil {
			return err
		}
		return f.Sync()
	}, nil
}
