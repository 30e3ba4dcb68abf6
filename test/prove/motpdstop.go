package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// stopped is how long motpd is: longer than a host waits.
	stopped = 12 * time.Second

	// busyBefore is how long at most the sessions have logged in by then.
	busyBefore = 400 * time.Millisecond
)

// motpdStops stops motpd while people log in. Who has not been told HELLO goes to a worker; who has
// sent a request is refused when it is time; and when motpd goes on, no code is good again.
func (l *lab) motpdStops() error {
	const rooms, sessions = 24, 8
	line := l.report.add("motpd stopped (SIGSTOP) for %.0f s at %d random instants, with %d "+
		"sessions each", stopped.Seconds(), rooms, sessions)
	again := l.report.add("each of these codes once more, when motpd goes on (SIGCONT)")
	before, err := l.logged(stalledLine)
	if err != nil {
		return err
	}
	errs := make([]error, rooms)
	var wait sync.WaitGroup
	var stalled, byWorkers tally
	for i := range rooms {
		wait.Add(1)
		go func() {
			defer wait.Done()
			errs[i] = stopOnce(line, again, people(fmt.Sprintf("stop%d-", i), sessions),
				&stalled, &byWorkers)
		}()
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	logged, err := l.logged(stalledLine)
	if err != nil {
		return err
	}
	line.result = fmt.Sprintf("%d requests stalled, %d logins by workers, median %.2f s",
		stalled.count(), byWorkers.count(), byWorkers.median().Seconds())
	if stalled.count() == 0 || byWorkers.count() == 0 {
		line.broken("motpd was never stopped with a request, or never without")
	}
	if logged -= before; logged != stalled.count() {
		line.broken("the log has %d lines of motpd-stalled", logged)
	}
	return nil
}

// stalledLine is in the log for each request that motpd had and did not answer.
const stalledLine = "reason=motpd-stalled"

// logged counts the lines of the log that hold a text.
func (l *lab) logged(text string) (int, error) {
	lines, err := l.machine.Log.Lines()
	n := 0
	for _, line := range lines {
		if strings.Contains(line, text) {
			n++
		}
	}
	return n, err
}

// A tally collects how long things took.
type tally struct {
	mu  sync.Mutex
	all []time.Duration
}

func (t *tally) add(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, d)
}

func (t *tally) count() int { return len(t.all) }

func (t *tally) median() time.Duration {
	if len(t.all) == 0 {
		return 0
	}
	spread(t.all)
	return t.all[len(t.all)/2]
}

// stopOnce stops one motpd.
func stopOnce(line, again *line, all []person, stalled, byWorkers *tally) error {
	s, motpd, services, err := newRow("", all, byMotpd, byMotpdOnly)
	if err != nil {
		return err
	}
	defer s.remove()
	sessions := make([]*session, len(all))
	var wait sync.WaitGroup
	over := make(chan struct{})
	for i, p := range all {
		sessions[i] = &session{site: s, who: p, codes: p.codes(-15, 32)}
		if sessions[i].host, err = s.newHost(); err != nil {
			return err
		}
		wait.Add(1)
		go func() {
			defer wait.Done()
			sessions[i].typeAll(line, services[0], over)
		}()
	}
	time.Sleep(time.Duration(rand.Int64N(int64(busyBefore))))
	motpd.signal(syscall.SIGSTOP)
	at := time.Now()
	time.Sleep(stopped)
	close(over)
	motpd.signal(syscall.SIGCONT)
	on := time.Now()
	wait.Wait()
	for _, one := range sessions {
		if one.err == nil {
			one.judge(line, at, on, stalled, byWorkers)
			one.typeAgain(again, services[1])
		}
		if one.err != nil {
			return one.err
		}
	}
	if complaint := motpd.isStillThere(); complaint != "" {
		line.broken("%s", complaint)
	}
	return motpd.stop()
}

// A session is one person who logs in, one code after the other.
type session struct {
	site   *site
	who    person
	host   *host
	codes  []string
	logins []timedLogin
	err    error
}

// A timedLogin is what came of a code.
type timedLogin struct {
	result     int
	begun, end time.Time
}

// typeAll types one code after the other until there are no more, or it is over.
func (s *session) typeAll(line *line, service string, over <-chan struct{}) {
	for _, code := range s.codes {
		if isClosed(over) {
			return
		}
		begun := time.Now()
		var result int
		result, s.err = s.host.login(s.site, service, s.who.name, code)
		if s.err != nil {
			return
		}
		end := time.Now()
		s.logins = append(s.logins, timedLogin{result, begun, end})
		line.note(codeName(result))
		line.took(end.Sub(begun))
	}
}

// judge checks what came of the logins around the time when motpd stood still.
func (s *session) judge(line *line, at, on time.Time, stalled, byWorkers *tally) {
	// a thread that runs when the signal is sent stops a little later
	const reaction = 50 * time.Millisecond
	for i, l := range s.logins {
		took := l.end.Sub(l.begun)
		whole := l.begun.After(at.Add(reaction)) && l.end.Before(on)
		switch {
		case l.result == authinfoUnavail && !whole && l.end.After(at):
			stalled.add(took)
		case l.result != success:
			line.broken("%s, code %d, begun %v after the signal: %s after %v",
				s.who.name, i, l.begun.Sub(at), codeName(l.result), took)
		case whole:
			byWorkers.add(took)
		}
	}
}

// typeAgain types the codes once more: the one that was refused when motpd stood still may be good,
// and no other.
func (s *session) typeAgain(line *line, service string) {
	for i, l := range s.logins {
		var result int
		result, s.err = s.host.login(s.site, service, s.who.name, s.codes[i])
		if s.err != nil {
			return
		}
		line.note(codeName(result))
		if result != authErr && (result != success || l.result == success) {
			line.broken("%s, code %d: %s, and then %s", s.who.name, i,
				codeName(l.result), codeName(result))
		}
	}
	s.err = s.host.stop()
}
