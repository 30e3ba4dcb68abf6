package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// motpdRestarts ends motpd again and again, and has another begin in its place, while 64 sessions
// log in: none of them is lost.
func (l *lab) motpdRestarts() error {
	line := l.report.add("motpd ended (SIGTERM) and started anew, again and again, under 64 " +
		"sessions, half of which wait for motpd")
	if err := l.underSessions(line, func(r *resident) error { return nil }); err != nil {
		return err
	}
	line = l.report.add("the same, each time with its program replaced")
	return l.underSessions(line, func(r *resident) error { return l.copyMotpd(r.program) })
}

// underSessions restarts motpd, after something is done, until all sessions have logged in.
func (l *lab) underSessions(line *line, before func(*resident) error) error {
	const users, each, sessions, pause = 400, 20, 64, 50 * time.Millisecond
	all := people("user", users)
	s, err := newRoom(l.disk, "", all...)
	if err != nil {
		return err
	}
	defer s.remove()
	motpd, err := s.startMotpdAs(filepath.Join(s.dir, "motpd"), l.copyMotpd)
	if err != nil {
		return err
	}
	services, err := s.services(byMotpd, byMotpdOnly)
	if err != nil {
		return err
	}
	over := make(chan struct{})
	restarted := make(chan error, 1)
	go func() {
		for {
			select {
			case <-over:
				restarted <- nil
				return
			case <-time.After(pause):
			}
			if err := before(motpd); err != nil {
				restarted <- err
				return
			}
			<-motpd.signal(syscall.SIGTERM)
		}
	}()
	attempts := attemptsOf(all, each)
	accepted, took, _, err := crowd(line, s, attempts, sessions, services...)
	close(over)
	if restartErr := <-restarted; err == nil {
		err = restartErr
	}
	if err != nil {
		return err
	}
	for _, a := range attempts {
		if accepted[a] != 1 {
			line.broken("code %s of %s was accepted %d times", a.code, a.who.name,
				accepted[a])
		}
	}
	line.result = fmt.Sprintf("%d times, %s", motpd.restarts(), spread(took))
	if err := motpd.runs(); err != nil {
		line.broken("%v", err)
	}
	if err := motpd.stop(); err != nil {
		line.broken("%v", err)
	}
	return nil
}

// runs returns an error unless the program that runs is the one that is in place.
func (r *resident) runs() error {
	if err := r.await(); err != nil {
		return err
	}
	running, err := os.Stat(fmt.Sprintf("/proc/%d/exe", r.pid()))
	if err != nil {
		return err
	}
	inPlace, err := os.Stat(r.program)
	if err != nil {
		return err
	}
	if !os.SameFile(running, inPlace) {
		return fmt.Errorf("motpd is still the program from before")
	}
	return nil
}
