package main

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
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
