package main

import (
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// An attempt is one code to type.
type attempt struct {
	who  person
	code string
}

// load types 10,000 codes of 1,000 users into 64 processes at once, and each code a second time
// into another process at about the same moment.
func (l *lab) load() error {
	const users, each, processes = 1000, 10, 64
	all := people("user", users)
	s, err := newSite(l.disk, "", all...)
	if err != nil {
		return err
	}
	defer s.remove()
	service, err := s.service(s.state)
	if err != nil {
		return err
	}
	var attempts []attempt
	for _, a := range attemptsOf(all, each) {
		attempts = append(attempts, a, a)
	}

	line := l.report.add("%d codes of %d users, each typed twice, by %d processes at once",
		users*each, users, processes)
	accepted, took, elapsed, err := crowd(line, s, attempts, processes, service)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		if n := accepted[a]; n != 1 {
			line.broken("code %s of %s was accepted %d times", a.code, a.who.name, n)
		}
	}
	name, err := fileSystemName(s.state)
	if err != nil {
		return err
	}
	line.result = fmt.Sprintf("%.0f a second, %s, records on %s",
		float64(len(attempts))/elapsed.Seconds(), spread(took), name)
	return nil
}

// attemptsOf are n attempts of each person with another right code, good for the two minutes to
// come; those of one are far from each other.
func attemptsOf(all []person, n int) []attempt {
	attempts := make([]attempt, n*len(all))
	for i, p := range all {
		for at, code := range p.codes(-int64(n/2), n) {
			attempts[at*len(all)+i] = attempt{p, code}
		}
	}
	return attempts
}

// crowd deals the attempts to so many processes, which have these services by turns, lets them
// begin together, and counts how often each was accepted.
func crowd(line *line, s *site, attempts []attempt, processes int, services ...string) (
	accepted map[attempt]int, took []time.Duration,
	elapsed time.Duration, err error) {
	hosts := make([]*host, processes)
	for i := range hosts {
		if hosts[i], err = s.newHost(); err != nil {
			return nil, nil, 0, err
		}
		// once it answers, it is there
		if _, err := hosts[i].do("sigchld default"); err != nil {
			return nil, nil, 0, err
		}
	}
	accepted = map[attempt]int{}
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		start = time.Now()
	)
	for i, h := range hosts {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for at := i; at < len(attempts); at += processes {
				a := attempts[at]
				began := time.Now()
				code, loginErr := h.login(s, services[i%len(services)], a.who.name,
					a.code)
				mu.Lock()
				took = append(took, time.Since(began))
				switch {
				case loginErr != nil:
					err = loginErr
				case code == success:
					accepted[a]++
				case code != authErr:
					line.broken("%s of user %s: %s", a.code, a.who.name,
						codeName(code))
				}
				mu.Unlock()
				if loginErr != nil {
					return
				}
				line.note(codeName(code))
			}
		}()
	}
	wait.Wait()
	elapsed = time.Since(start)
	for _, h := range hosts {
		if err := h.stop(); err != nil {
			line.broken("a host ended with %v", err)
		}
	}
	return accepted, took, elapsed, err
}

func fileSystemName(path string) (string, error) {
	var at unix.Statfs_t
	if err := unix.Statfs(path, &at); err != nil {
		return "", err
	}
	names := map[int64]string{
		unix.EXT4_SUPER_MAGIC: "ext4", unix.XFS_SUPER_MAGIC: "xfs",
		unix.BTRFS_SUPER_MAGIC: "btrfs", unix.TMPFS_MAGIC: "tmpfs",
		unix.OVERLAYFS_SUPER_MAGIC: "overlayfs",
	}
	if name, ok := names[at.Type]; ok {
		return name, nil
	}
	return fmt.Sprintf("file system %#x", at.Type), nil
}
