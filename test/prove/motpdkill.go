package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// What a PAM line says of motpd.
const (
	byMotpdOnly = "motpd=always"
	byMotpd     = "motpd=auto"
	byWorker    = "motpd=never"
)

// motpdKills kills motpd before each of its system calls: of one login, and of eight at once.
func (l *lab) motpdKills() error {
	line := l.report.add("motpd killed (SIGKILL) before each of its system calls, in %d kinds "+
		"of login", len(scenes))
	for _, sc := range scenes {
		sc.way = byMotpd
		if err := killEverywhere(line, sc, "motpd"); err != nil {
			return err
		}
	}
	loaded := l.report.add("motpd killed before each of its system calls in %d logins at once",
		inCrowd)
	return killCrowds(loaded)
}

// isBack says what is wrong with motpd after it was killed. It is empty if it serves again, and
// nothing is held.
func (r *resident) isBack(killed bool) string {
	if err := r.await(); err != nil {
		return err.Error()
	}
	if killed && r.restarts() == 0 {
		return "motpd was killed and did not end"
	}
	held, err := r.site.held()
	if err != nil {
		return err.Error()
	}
	if len(held) > 0 {
		return fmt.Sprintf("records are still held: %q", held)
	}
	return ""
}

// held lists the records that somebody holds.
func (s *site) held() ([]string, error) {
	entries, err := os.ReadDir(s.state)
	if err != nil {
		return nil, err
	}
	var held []string
	for _, e := range entries {
		record, err := os.Open(filepath.Join(s.state, e.Name()))
		if err != nil {
			return nil, err
		}
		if unix.Flock(int(record.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
			held = append(held, e.Name())
		}
		record.Close()
	}
	return held, nil
}

// inCrowd is how many log in at once while motpd is killed.
const inCrowd = 8

// killCrowds kills motpd at each call that is counted over a crowd of logins.
func killCrowds(line *line) error {
	sc := scenes[0]
	sc.way = byMotpd
	places, err := calls(sc, "motpd")
	if err != nil {
		return err
	}
	var all []place
	for name, n := range count(places) {
		for i := range n * inCrowd {
			all = append(all, place{name, i + 1})
		}
	}
	return each(len(all), func(i int) error { return killCrowdAt(line, all[i]) })
}

// killCrowdAt has people log in at once, by every scene and way, kills motpd at one of its calls,
// and checks what is left for each of them.
func killCrowdAt(line *line, at place) error {
	crowd := people("crowd", inCrowd)
	s, err := newRoom("/tmp", oneMore, crowd...)
	if err != nil {
		return err
	}
	defer s.remove()
	motpd, err := s.startMotpd()
	if err != nil {
		return err
	}
	trials := make([]*trial, inCrowd)
	for i, p := range crowd {
		way := []string{byMotpd, byMotpdOnly}[i%2]
		if trials[i], err = newTrialAt(s, scenes[i/2%4], p, way); err != nil {
			return err
		}
		defer trials[i].host.kill()
		if err := trials[i].host.start(s, trials[i].service, p.name); err != nil {
			return err
		}
	}
	w, err := watchBy([]string{"motpd", fmt.Sprint(motpd.pid()), "kill", at.name,
		strconv.Itoa(at.n)})
	if err != nil {
		return err
	}
	results, errs := together(trials)
	lines, err := w.end()
	if err != nil {
		return err
	}
	where := fmt.Sprintf("kill motpd before its %s number %d", at.name, at.n)
	for i, t := range trials {
		complaint, err := "", errs[i]
		if err == nil {
			complaint, err = t.check(results[i])
		}
		if err != nil {
			complaint = err.Error()
		}
		if complaint != "" {
			line.broken("%s: %s of %s: %s", where, t.name, t.who.name, complaint)
		}
		line.took(t.answered)
		line.note(outcome(results[i]))
	}
	if complaint := motpd.isBack(len(lines) > 0); complaint != "" {
		line.broken("%s: %s", where, complaint)
	}
	if err := motpd.stop(); err != nil {
		line.broken("%s: %v", where, err)
	}
	return nil
}

// together has the hosts of trials go on with their logins at once.
func together(trials []*trial) ([]int, []error) {
	results, errs := make([]int, len(trials)), make([]error, len(trials))
	var wait sync.WaitGroup
	for i, t := range trials {
		wait.Add(1)
		go func() {
			defer wait.Done()
			start := time.Now()
			results[i], errs[i] = t.host.authenticate(t.password + t.typed())
			t.answered = time.Since(start)
		}()
	}
	wait.Wait()
	return results, errs
}
