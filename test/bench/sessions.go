package main

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// mostSessions is how many sessions there are at once, each a user's own: google-authenticator
// loses counters of one user's simultaneous logins.
const mostSessions = 64

// A side is one of the modules, or of the ways of judging, with what it takes to log in all its
// users one code after the other.
type side struct {
	name, service string
	at            *site
	first         int64 // counter that its users begin with

	launchers []*launcher
	used      [mostSessions]int64
	perSecond []float64
	cpu       []float64 // of one login, host and whoever judges, in microseconds
}

// sessions measures how many logins a second the machine does, and what of its processors they
// take.
func (b *bench) sessions() error {
	var users []string
	var table strings.Builder
	for i := range mostSessions {
		users = append(users, crowd(i))
		table.WriteString(named(hotp, crowd(i)))
	}
	sides, err := b.sides(users, table.String())
	if err != nil {
		return err
	}
	for _, s := range sides {
		defer s.close()
	}
	rates := newTable("Logins a second, medians", "sessions at once")
	times := newTable("Processor time of a login, host and motpd or worker, medians in µs",
		"sessions at once")
	for _, s := range sides {
		rates.head = append(rates.head, s.name)
		times.head = append(times.head, s.name)
	}
	for _, at := range []int{1, 2, 8, mostSessions} {
		for round := range max(b.runs/20, 7) {
			for i := range sides {
				s := sides[(round+i)%len(sides)]
				if err := s.rush(at, users); err != nil {
					return err
				}
			}
		}
		rate, cpu := []string{fmt.Sprint(at)}, []string{fmt.Sprint(at)}
		for _, s := range sides {
			rate = append(rate, fmt.Sprintf("%.0f", median(s.perSecond)))
			cpu = append(cpu, fmt.Sprintf("%.0f", median(s.cpu)))
		}
		rates.rows, times.rows = append(rates.rows, rate), append(times.rows, cpu)
		if at == mostSessions {
			b.boundSessions(sides)
		}
		for _, s := range sides {
			s.perSecond, s.cpu = nil, nil
		}
	}
	b.report.tables = append(b.report.tables, rates, times)
	return nil
}

// sides are pam_permit, google-authenticator, motpd, and worker, in this order.
func (b *bench) sides(users []string, table string) ([]*side, error) {
	if _, err := b.google("google-many", users...); err != nil {
		return nil, err
	}
	motpd, err := b.site("many", table)
	if err != nil {
		return nil, err
	}
	worker, err := b.site("many-worker", table)
	if err != nil {
		return nil, err
	}
	sides := []*side{
		{name: "pam_permit", service: "bench-permit"},
		{name: "google-authenticator", service: "bench-google-many", first: 1},
		{name: "motpd", service: byMotpd, at: motpd},
		{name: "worker", service: byWorker, at: worker},
	}
	for _, s := range sides {
		for range mostSessions {
			l, err := startLauncher(s.at)
			if err != nil {
				return nil, err
			}
			s.launchers = append(s.launchers, l)
		}
	}
	return sides, motpd.settled(&login{name: "motpd", service: byMotpd, user: users[0],
		code: func(int) string { return "none" }, refused: true, at: motpd})
}

func (s *side) close() {
	for _, l := range s.launchers {
		l.close()
	}
}

// boundSessions checks what comes of as many sessions at once as there are.
func (b *bench) boundSessions(sides []*side) {
	google, motpd, worker := sides[1], sides[2], sides[3]
	rate := func(s *side) float64 { return median(s.perSecond) / median(google.perSecond) }
	b.report.atLeast(fmt.Sprintf("logins a second from %d sessions at once: "+
		"motpd / google-authenticator", mostSessions), rate(motpd), 1.4)
	b.report.goal("the same: worker / google-authenticator", short(rate(worker)), "", "")
	b.report.atMost("processor time of a login, host and motpd / google-authenticator",
		median(motpd.cpu)/median(google.cpu), 0.8, "")
}

// rush does a number of logins, each of some launchers its part of them, and notes how many that
// were a second, and what each took of the processors. All users have their turn: a thousand codes
// of one would have two that are the same, and the second a replay.
func (s *side) rush(sessions int, users []string) error {
	const logins = 4 * mostSessions
	before, err := s.residentCPU()
	if err != nil {
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, sessions)
	cpus := make([]time.Duration, sessions)
	start := time.Now()
	for i, l := range s.launchers[:sessions] {
		all.Add(1)
		go func() {
			defer all.Done()
			for n := i; n < logins; n += sessions {
				who := n % len(users) // nobody else's: so many sessions divide it
				done, err := l.login(s.service, users[who],
					counted(s.first)(int(s.used[who])))
				s.used[who]++
				cpus[i] += done.cpu
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
	s.perSecond = append(s.perSecond, logins/time.Since(start).Seconds())
	after, err := s.residentCPU()
	took := after - before
	for _, cpu := range cpus {
		took += cpu
	}
	s.cpu = append(s.cpu, float64(took.Microseconds())/logins)
	return errors.Join(append(errs, err)...)
}

// residentCPU is the processor time of motpd, if that judges.
func (s *side) residentCPU() (time.Duration, error) {
	if s.service != byMotpd {
		return 0, nil
	}
	return s.at.cpu()
}
