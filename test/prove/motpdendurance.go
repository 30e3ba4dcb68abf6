package main

import (
	"errors"
	"fmt"
	"sync"
)

// motpdEndurance has motpd judge as many logins as the flag says, of ten thousand users, and looks
// whether it grows.
func (l *lab) motpdEndurance() error {
	const users, hosts = 10_000, 16
	all := people("user", users)
	s, motpd, services, err := newRow("", all, byMotpdOnly)
	if err != nil {
		return err
	}
	defer s.remove()
	idle, err := sizeOf(motpd.pid())
	if err != nil {
		return err
	}
	line := l.report.add("motpd, %d logins of %d users", *logins, users)
	hands := make([]hand, users)
	half := *logins / 2
	if err := handsAtWork(line, s, services[0], all, hands, hosts, half); err != nil {
		return err
	}
	before, err := sizeOf(motpd.pid())
	if err != nil {
		return err
	}
	if err := handsAtWork(line, s, services[0], all, hands, hosts, *logins-half); err != nil {
		return err
	}
	after, err := sizeOf(motpd.pid())
	if err != nil {
		return err
	}
	line.result = fmt.Sprintf("idle, half, all: descriptors %d → %d → %d, threads %d → %d → "+
		"%d, memory %.1f → %.1f → %.1f MB, of which its own %.1f → %.1f → %.1f",
		idle.files, before.files, after.files,
		idle.threads, before.threads, after.threads,
		megabytes(idle.resident), megabytes(before.resident), megabytes(after.resident),
		megabytes(idle.memory), megabytes(before.memory), megabytes(after.memory))
	// in KB: what Go's heap takes more or less from one collection to the next
	const slack = 1024
	if after.files > idle.files || after.children != 0 ||
		after.threads > before.threads+spareThreads ||
		after.resident > before.resident+slack {
		line.broken("motpd grew: %+v, %+v, %+v", idle, before, after)
	}
	if complaint := motpd.isStillThere(); complaint != "" {
		line.broken("%s", complaint)
	}
	return motpd.stop()
}

// spareThreads are those that Go may make when many calls happen to block at once. It keeps them.
const spareThreads = 4

func megabytes(kb int) float64 { return float64(kb) / 1024 }

// handsAtWork has users log in n times, by so many hosts.
func handsAtWork(line *line, s *site, service string, all []person, hands []hand, hosts,
	n int) error {
	errs := make([]error, hosts)
	var wait sync.WaitGroup
	for i := range hosts {
		wait.Add(1)
		go func() {
			defer wait.Done()
			h, err := s.newHost()
			if err != nil {
				errs[i] = err
				return
			}
			for at := i; at < n; at += hosts {
				// a user is always the same host's
				u := at % (len(all) / hosts * hosts)
				typed, want := hands[u].next(all[u])
				code, err := h.login(s, service, all[u].name, typed)
				if err != nil {
					errs[i] = fmt.Errorf("login %d: %w", at, err)
					return
				}
				line.note(codeName(code))
				if code != want {
					line.broken("login %d, of %s: %s, not %s", at, all[u].name,
						codeName(code), codeName(want))
				}
			}
			errs[i] = h.stop()
		}()
	}
	wait.Wait()
	return errors.Join(errs...)
}
