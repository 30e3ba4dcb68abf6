package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// A host is a running testdata/many.c, which logs in whoever it is told.
type host struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// hosts are some that stay, as motpd has it to do with. Each has users of its own, so that nobody's
// codes overtake each other.
type hosts []*host

// hosts starts so many of them at a site.
func (s *site) hosts(n int) (hosts, error) {
	program, err := filepath.Abs(filepath.Join(buildDir, "many"))
	if err != nil {
		return nil, err
	}
	var all hosts
	for range n {
		h := &host{cmd: s.command(program, byMotpd)}
		if h.in, err = h.cmd.StdinPipe(); err != nil {
			return nil, errors.Join(err, all.end())
		}
		out, err := h.cmd.StdoutPipe()
		if err != nil {
			return nil, errors.Join(err, all.end())
		}
		if err := h.cmd.Start(); err != nil {
			return nil, errors.Join(err, all.end())
		}
		h.out = bufio.NewReader(out)
		all = append(all, h)
	}
	return all, nil
}

// end ends the hosts.
func (all hosts) end() error {
	var errs []error
	for _, h := range all {
		errs = append(errs, h.in.Close(), h.cmd.Wait())
	}
	return errors.Join(errs...)
}

// logins has users log in one after the other, n times in all; done is how many logins there were
// before.
func (all hosts) logins(users []string, done, n int) error {
	var over sync.WaitGroup
	errs := make([]error, len(all))
	for i, h := range all {
		over.Add(1)
		go func() {
			defer over.Done()
			errs[i] = h.logins(users, i, len(all), done, n)
		}()
	}
	over.Wait()
	return errors.Join(errs...)
}

// logins logs in those users that are of this host, the one with a number among so many.
func (h *host) logins(users []string, number, hosts, done, n int) error {
	for i := done; i < done+n; i++ {
		who := i % len(users)
		if who%hosts != number {
			continue
		}
		if err := h.login(users[who], counted(int64(i/len(users)))(0)); err != nil {
			return fmt.Errorf("login %d: %w", i, err)
		}
	}
	return nil
}

// login logs somebody in. It is an error unless they were let in.
func (h *host) login(user, code string) error {
	if _, err := fmt.Fprintln(h.in, user, code); err != nil {
		return err
	}
	line, err := h.out.ReadString('\n')
	if err == nil && line != "0\n" {
		err = errors.New("PAM's result is " + strings.TrimSpace(line))
	}
	return err
}

// logins has users log in through so many hosts that stay for these logins: see hosts.
func (s *site) logins(users []string, n, done, logins int) error {
	all, err := s.hosts(n)
	if err != nil {
		return err
	}
	return errors.Join(all.logins(users, done, logins), all.end())
}
