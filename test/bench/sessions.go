package main

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// mostSessions is how many sessions there are at once, each a user's own: google-authenticator
// loses counters of one user's simultaneous logins.
const mostSessions = 64

// A side is one of the modules, with what it takes to log in all its users one code after the
// other.
type side struct {
	name, service string
	first         int64 // counter that its users begin with
	used          [mostSessions]int64
	perSecond     []float64
}

// sessions measures how many logins a second the machine does.
func (b *bench) sessions() error {
	var users []string
	var table strings.Builder
	for i := range mostSessions {
		users = append(users, crowd(i))
		table.WriteString(strings.Replace(hotp, person, crowd(i), 1))
	}
	if _, err := b.google("google-many", users...); err != nil {
		return err
	}
	if _, err := b.ours("hotp-many", b.module, table.String()); err != nil {
		return err
	}
	launchers := make([]*launcher, mostSessions)
	for i := range launchers {
		l, err := startLauncher()
		if err != nil {
			return err
		}
		defer l.close()
		launchers[i] = l
	}
	t := newTable("Logins a second, medians", "sessions at once", "google-authenticator",
		"pam_motp", "ratio")
	theirs := &side{name: "google-authenticator", service: "bench-google-many", first: 1}
	ours := &side{name: "pam_motp", service: "bench-hotp-many"}
	for _, at := range []int{1, 2, 8, mostSessions} {
		for range 7 {
			for _, s := range []*side{theirs, ours} {
				if err := s.rush(launchers[:at], users,
					2*mostSessions); err != nil {
					return err
				}
			}
		}
		rates := [2]float64{median(theirs.perSecond), median(ours.perSecond)}
		theirs.perSecond, ours.perSecond = nil, nil
		t.rows = append(t.rows, []string{fmt.Sprint(at), fmt.Sprintf("%.0f", rates[0]),
			fmt.Sprintf("%.0f", rates[1]), fmt.Sprintf("%.2f", rates[1]/rates[0])})
		if at == mostSessions {
			b.report.atLeast(fmt.Sprintf("logins a second from %d sessions at once: "+
				"pam_motp / google-authenticator", at), rates[1]/rates[0], 1)
		}
	}
	b.report.tables = append(b.report.tables, t)
	return nil
}

// rush does a number of logins, each launcher its part of them, and notes how many that were a
// second.
func (s *side) rush(launchers []*launcher, users []string, logins int) error {
	var all sync.WaitGroup
	errs := make([]error, len(launchers))
	start := time.Now()
	for i, l := range launchers {
		all.Add(1)
		go func() {
			defer all.Done()
			for range logins / len(launchers) {
				done, err := l.login(s.service, users[i],
					counted(s.first)(int(s.used[i])))
				s.used[i]++
				if err == nil && !done.accepted {
					err = fmt.Errorf("%s: a right code was refused", s.name)
				}
				if err != nil {
					errs[i] = err
					return
				}
			}
		}()
	}
	all.Wait()
	s.perSecond = append(s.perSecond, float64(logins)/time.Since(start).Seconds())
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
