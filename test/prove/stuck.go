package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// stuck measures whether one user waits for another: one who holds on to a record, one who never
// answers the prompt. The times are for people to look at; what is checked is that everybody gets
// the answer that is right.
func (l *lab) stuck() error {
	const logins = 30
	all := people("other", 8)
	s, err := newSite(l.disk, "", append(all, alice)...)
	if err != nil {
		return err
	}
	defer s.remove()
	service, err := s.service(s.state)
	if err != nil {
		return err
	}
	alices, err := newHost()
	if err != nil {
		return err
	}
	if code, err := alices.login(s, service, alice.name, alice.codes(0, 1)[0]); err != nil ||
		code != success {
		return fmt.Errorf("the first login: %s, %w", codeName(code), err)
	}
	var next int64 = -16
	others := func(what string) error {
		line := l.report.add("%d logins of %d users, %s", logins, len(all), what)
		defer func() { next += logins/int64(len(all)) + 1 }()
		return timeLogins(line, s, service, all, logins, next)
	}

	if err := others("nobody else there"); err != nil {
		return err
	}
	if err := l.heldRecord(s, service, alices, others); err != nil {
		return err
	}
	if err := alices.start(s, service, alice.name); err != nil {
		return err
	}
	code, err := alices.authenticateAfter(alice.codes(3, 1)[0], func() error {
		return others("while another user does not answer the prompt")
	})
	if err != nil {
		return err
	}
	line := l.report.add("the same user, as soon as it is free")
	line.note(codeName(code))
	if code != success {
		line.broken("afterwards: %s", codeName(code))
	}
	return alices.stop()
}

// heldRecord has alice log in while another process holds her record, so that her login waits, and
// the others beside it.
func (l *lab) heldRecord(s *site, service string, alices *host, others func(string) error) error {
	record, err := os.OpenFile(filepath.Join(s.state, alice.name), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer record.Close()
	if err := unix.Flock(int(record.Fd()), unix.LOCK_EX); err != nil {
		return err
	}
	answer := make(chan string, 1)
	start := time.Now()
	go func() {
		code, err := alices.login(s, service, alice.name, alice.codes(3, 1)[0])
		if err != nil {
			answer <- err.Error()
			return
		}
		answer <- codeName(code)
	}()
	if err := others("while another user's record is held by a stuck process"); err != nil {
		return err
	}
	line := l.report.add("the login of the user whose record is held")
	said := <-answer
	line.note(said)
	line.took(time.Since(start))
	if said != codeName(authinfoUnavail) {
		line.broken("it ended with %q", said)
	}
	return unix.Flock(int(record.Fd()), unix.LOCK_UN)
}

// timeLogins has the users log in by turns, from a step on, and puts how long it took into the
// table.
func timeLogins(line *line, s *site, service string, all []person, n int, from int64) error {
	h, err := newHost()
	if err != nil {
		return err
	}
	var took []time.Duration
	for i := range n {
		p := all[i%len(all)]
		start := time.Now()
		code, err := h.login(s, service, p.name, p.codes(from+int64(i/len(all)), 1)[0])
		if err != nil {
			return err
		}
		took = append(took, time.Since(start))
		line.note(codeName(code))
		if code != success {
			line.broken("login %d, of %s: %s", i, p.name, codeName(code))
		}
	}
	line.result = spread(took)
	return h.stop()
}

// spread says how long something took, mostly and at worst.
func spread(took []time.Duration) string {
	slices.Sort(took)
	return fmt.Sprintf("median %.1f ms, slowest %.1f ms", milliseconds(took[len(took)/2]),
		milliseconds(took[len(took)-1]))
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
