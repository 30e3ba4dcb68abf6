package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// motpdTables changes the table while people log in: each is judged by a table that was in place
// during the login. First so often that motpd can keep nothing of it, then so seldom that it does.
func (l *lab) motpdTables() error {
	// Two changes, one right after the other, have one time in the file system.
	line := l.report.add("the table changed twice every 20 ms, in %d ways, under 4 sessions "+
		"through motpd", len(tables))
	often := rhythm{every: 20 * time.Millisecond, times: 2, length: 10 * time.Second, hosts: 4}
	if err := changeWhile(often, line, 1); err != nil {
		return err
	}
	line = l.report.add("the table changed every 3 s, in %d ways, under %d sessions through a "+
		"motpd each", len(tables), len(tables))
	seldom := rhythm{every: 3 * time.Second, times: 1, length: 14 * time.Second, hosts: 1}
	return changeWhile(seldom, line, len(tables))
}

// A rhythm is how often a table changes, how many times right after each other, how long, and under
// how many sessions.
type rhythm struct {
	every, length time.Duration
	times, hosts  int
}

// changeWhile has so many tables change, each beginning with another, and checks all logins.
func changeWhile(r rhythm, line *line, rooms int) error {
	all := make([]*changes, rooms)
	errs := make([]error, rooms)
	var wait sync.WaitGroup
	for i := range rooms {
		all[i] = newChanges(r, i)
		wait.Add(1)
		go func() {
			defer wait.Done()
			errs[i] = all[i].play(line)
		}()
	}
	wait.Wait()
	put, sharp := 0, 0
	for i, c := range all {
		if errs[i] != nil {
			return errs[i]
		}
		put += len(c.made)
		sharp += c.check(line)
	}
	line.result = fmt.Sprintf("%d tables, %d logins with only one in place", put, sharp)
	if sharp == 0 {
		line.broken("no login was short enough to tell")
	}
	return nil
}

// play changes a table while people log in.
func (c *changes) play(line *line) error {
	s, err := newRoom("/tmp", "")
	if err != nil {
		return err
	}
	defer s.remove()
	c.site = s
	for _, p := range c.come {
		if err := s.split(p); err != nil {
			return err
		}
	}
	if err := errors.Join(os.Rename(s.conf+".d", c.away()), c.next()); err != nil {
		return err
	}
	motpd, err := s.startMotpd()
	if err != nil {
		return err
	}
	services, err := s.services(byMotpdOnly)
	if err != nil {
		return err
	}
	over := make(chan struct{})
	changed := make(chan error, 1)
	go func() { changed <- c.keepChanging(over) }()
	c.logins, err = c.logIn(line, services[0])
	close(over)
	if err := errors.Join(err, <-changed); err != nil {
		return err
	}
	if complaint := motpd.isStillThere(); complaint != "" {
		line.broken("%s", complaint)
	}
	return motpd.stop()
}

// check holds each login to the tables, and says how many had but one.
func (c *changes) check(line *line) (sharp int) {
	for _, l := range c.logins {
		during := c.during(l.begun, l.end)
		if len(during) == 1 && !during[0].inPlace {
			sharp++
		}
		if !l.fits(during) {
			line.broken("%s: %s, and the tables in place were %q", l.who.name,
				codeName(l.result), names(during))
		}
	}
	return sharp
}

// A kind of user is what tables do with them.
type userKind int

const (
	stays userKind = iota
	comesAndGoes
	turns
)

// A tableLogin is one right code, by the PIN that nobody has turned.
type tableLogin struct {
	timedLogin
	who  person
	kind userKind
}

// fits says whether one of the tables gives this verdict. That somebody is in none is looked up a
// second time where it would open the stack, and who is in one of two by then is refused.
func (l tableLogin) fits(during []made) bool {
	absent := 0
	for _, m := range during {
		if l.kind == comesAndGoes && !m.come {
			absent++
		}
		if m.verdict(l.kind) == l.result {
			return true
		}
		// half a table is what it looks like, but lets in nobody who was never there
		if m.inPlace && l.result != success {
			return true
		}
	}
	return l.result == authinfoUnavail && absent > 0 && absent < len(during)
}

// verdict is what comes of a right code.
func (t table) verdict(kind userKind) int {
	switch {
	case t.broken:
		return serviceErr
	case kind == comesAndGoes && !t.come:
		return ignored
	case kind == turns && t.turned:
		return authErr
	}
	return success
}

// logIn has everybody log in again and again.
func (c *changes) logIn(line *line, service string) ([]tableLogin, error) {
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		all   []tableLogin
		first error
		until = time.Now().Add(c.length)
	)
	for i := range c.hosts {
		wait.Add(1)
		go func() {
			defer wait.Done()
			some, err := c.logInBy(line, service, i, until)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, some...)
			if first == nil {
				first = err
			}
		}()
	}
	wait.Wait()
	return all, first
}

// manyWrong is when nobody types for a user any more: eight would lock the user, by a table
// without settings.
const manyWrong = 5

// logInBy is what the nth host does.
func (c *changes) logInBy(line *line, service string, nth int, until time.Time) (
	[]tableLogin, error) {
	h, err := c.site.newHost()
	if err != nil {
		return nil, err
	}
	var done []tableLogin
	wrong := map[string]int{}
	groups := [][]person{stays: c.stay, comesAndGoes: c.come, turns: c.turn}
	codes := map[string][]string{}
	for at := nth; time.Now().Before(until); at += c.hosts {
		kind := userKind(at / c.hosts % len(groups))
		p := groups[kind][at/len(groups)%ofEach/c.hosts*c.hosts+nth]
		if codes[p.name] == nil {
			codes[p.name] = p.codes(-15, 30)
		}
		if len(codes[p.name]) == 1 || wrong[p.name] == manyWrong {
			continue
		}
		code := codes[p.name][0]
		codes[p.name] = codes[p.name][1:]
		begun := time.Now()
		result, err := h.login(c.site, service, p.name, code)
		if err != nil {
			return nil, err
		}
		line.note(codeName(result))
		done = append(done, tableLogin{timedLogin{result, begun, time.Now()}, p, kind})
		if wrong[p.name]++; result == success {
			wrong[p.name] = 0
		}
	}
	return done, h.stop()
}
