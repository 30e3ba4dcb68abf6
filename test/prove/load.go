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
	var codes [users][]string
	for i, p := range all {
		codes[i] = p.codes(-each/2, each) // all good for the two minutes to come
	}
	for n := range each {
		for i, p := range all {
			attempts = append(attempts, attempt{p, codes[i][n]},
				attempt{p, codes[i][n]})
		}
	}

	line := l.report.add("%d codes of %d users, each typed twice, by %d processes at once",
		users*each, users, processes)
	accepted, took, elapsed, err := crowd(line, s, service, attempts, processes)
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

// crowd deals the attempts to so many processes, lets them begin together, and counts how often
// each was accepted.
func crowd(line *line, s *site, service string, attempts []attempt,
	processes int) (accepted map[attempt]int, took []time.Duration,
	elapsed time.Duration, err error) {
	hosts := make([]*host, processes)
	for i := range hosts {
		if hosts[i], err = newHost(); err != nil {
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
				code, loginErr := h.login(s, service, a.who.name, a.code)
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
