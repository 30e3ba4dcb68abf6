package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// residentMemory is what a motpd takes up, in kilobytes. Part of it are pages of the program's file
// and of libraries, which are in memory once, whoever uses them, and need not stay there.
type residentMemory struct{ all, own, threads int }

func (s *site) memory() (m residentMemory, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		return m, err
	}
	for name, to := range map[string]*int{"VmRSS": &m.all, "RssAnon": &m.own,
		"Threads": &m.threads} {
		found := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+)`).FindSubmatch(text)
		if found == nil {
			return m, fmt.Errorf("/proc/%d/status has no %s", s.pid, name)
		}
		if *to, err = strconv.Atoi(string(found[1])); err != nil {
			return m, err
		}
	}
	return m, nil
}

// memory measures what motpd takes up: by itself, with as many users as a site may have, and after
// as many logins.
func (b *bench) memory() error {
	t := newTable("motpd's memory", "", "all, MB", "its own, MB", "threads")
	row := func(what string, s *site) (mb float64, err error) {
		m, err := s.memory()
		mb = float64(m.all) / 1024
		t.rows = append(t.rows, []string{what, fmt.Sprintf("%.1f", mb),
			fmt.Sprintf("%.1f", float64(m.own)/1024), strconv.Itoa(m.threads)})
		return mb, err
	}
	idle, err := b.site("idle", mobile)
	if err != nil {
		return err
	}
	if err := idle.running(); err != nil {
		return err
	}
	one, err := row("before the first login", idle)
	if err != nil {
		return err
	}
	half, many, err := b.manyUsers(row)
	if err != nil {
		return err
	}
	million, err := b.kept("motpd", "million", sectionsOf(1_000_000))
	if err != nil {
		return err
	}
	if err := b.interleave(b.runs, []*login{million}); err != nil {
		return err
	}
	most, err := row(fmt.Sprintf("1,000,000 users, after %d logins", b.runs), million.at)
	if err != nil {
		return err
	}
	b.report.tables = append(b.report.tables, t)
	b.report.atMost("motpd's memory before the first login", one, 5, " MB")
	b.report.atMost(fmt.Sprintf("with 10,000 users, after %s logins", thousands(b.logins)),
		many, 15, " MB")
	b.report.atMost("the same / after half of them", many/half, 1.05, "")
	b.report.atMost("with 1,000,000 users", most, 64, " MB")
	return nil
}

// manyUsers has 10,000 users log in, all of them again and again, and looks at motpd after half the
// logins and after all of them.
func (b *bench) manyUsers(row func(string, *site) (float64, error)) (half, all float64, err error) {
	const users = 10_000
	s, err := b.site("users", among(users, hotp, func(user string) string {
		return named(hotp, user)
	}))
	if err != nil {
		return 0, 0, err
	}
	err = s.settled(&login{name: "motpd", service: byMotpd, user: stranger, code: guess,
		refused: true, at: s})
	if err != nil {
		return 0, 0, err
	}
	names := make([]string, users)
	for i := range names {
		names[i] = crowd(i)
	}
	names[users-1] = person
	done := 0
	for _, part := range []*float64{&half, &all} {
		if err := s.logins(names, 8, done, b.logins/2); err != nil {
			return 0, 0, err
		}
		done += b.logins / 2
		*part, err = row(thousands(users)+" users, after "+thousands(done)+" logins", s)
		if err != nil {
			return 0, 0, err
		}
	}
	return half, all, nil
}

// logins has users log in one after the other, through so many hosts that stay. Each host has
// users of its own, so that nobody's codes overtake each other; done is how many logins there were
// before.
func (s *site) logins(users []string, hosts, done, n int) error {
	program, err := filepath.Abs(filepath.Join(buildDir, "many"))
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, hosts)
	for h := range hosts {
		all.Add(1)
		go func() {
			defer all.Done()
			errs[h] = s.loginsOf(program, func(tell teller) error {
				return logTheirs(users, h, hosts, done, n, tell)
			})
		}()
	}
	all.Wait()
	return errors.Join(errs...)
}

// A teller has a host log somebody in. That is an error unless they were let in.
type teller func(user, code string) error

// logTheirs logs in those users that are of one host, number h of so many.
func logTheirs(users []string, h, hosts, done, n int, tell teller) error {
	for i := done; i < done+n; i++ {
		who := i % len(users)
		if who%hosts != h {
			continue
		}
		if err := tell(users[who], counted(int64(i/len(users)))(0)); err != nil {
			return fmt.Errorf("login %d: %w", i, err)
		}
	}
	return nil
}

// loginsOf runs testdata/many.c, which logs in whoever it is told.
func (s *site) loginsOf(program string, run func(teller) error) error {
	cmd := s.command(program, byMotpd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	out := bufio.NewReader(pipe)
	err = run(func(user, code string) error {
		if _, err := fmt.Fprintln(in, user, code); err != nil {
			return err
		}
		line, err := out.ReadString('\n')
		if err == nil && line != "0\n" {
			err = errors.New("PAM's result is " + strings.TrimSpace(line))
		}
		return err
	})
	return errors.Join(err, in.Close(), cmd.Wait())
}
