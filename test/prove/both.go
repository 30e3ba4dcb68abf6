package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// both has motpd, workers and the command work on one folder of records at once.
func (l *lab) both() error {
	if err := l.races(); err != nil {
		return err
	}
	return l.sharedGuesses()
}

// races types each code into two hosts at the same moment, of which one goes to motpd and one to a
// worker.
func (l *lab) races() error {
	const users, each, pairs = 500, 20, 16
	all := people("user", users)
	s, motpd, services, err := newRow("", all, byMotpdOnly, byWorker)
	if err != nil {
		return err
	}
	defer s.remove()
	line := l.report.add("%d codes, each typed at the same moment for motpd and for a worker, "+
		"while motp unlocks, syncs and shows the users", users*each)
	stop := make(chan struct{})
	commands := make(chan int, 1)
	go func() { commands <- l.command(line, s, all, stop) }()

	attempts := attemptsOf(all, each)
	var wait sync.WaitGroup
	wins := make([][2]int, pairs)
	errs := make([]error, pairs)
	for pair := range pairs {
		var own []attempt
		for at := pair; at < len(attempts); at += pairs {
			own = append(own, attempts[at])
		}
		wait.Add(1)
		go func() {
			defer wait.Done()
			wins[pair], errs[pair] = raceAll(line, s, services, own)
		}()
	}
	wait.Wait()
	close(stop)
	var won [2]int
	for pair := range pairs {
		won[0] += wins[pair][0]
		won[1] += wins[pair][1]
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	line.result = fmt.Sprintf("motpd was first %d times and the worker %d, motp ran %d times",
		won[0], won[1], <-commands)
	if won[0] == 0 || won[1] == 0 {
		line.broken("one way was always first: that is no race")
	}
	if err := motpd.stop(); err != nil {
		line.broken("%v", err)
	}
	return nil
}

// raceAll has two hosts race for one code after the other, and says how often each was first.
func raceAll(line *line, s *site, services []string, attempts []attempt) (won [2]int, err error) {
	var hosts [2]*host
	for i := range hosts {
		if hosts[i], err = s.newHost(); err != nil {
			return won, err
		}
		defer hosts[i].kill()
	}
	for _, a := range attempts {
		winner, err := race(line, s, hosts, services, a)
		if err != nil {
			return won, err
		}
		if winner >= 0 {
			won[winner]++
		}
	}
	return won, nil
}

// headStart is what a worker needs until it judges. The other way waits for a part of it, so that
// now one is first and now the other.
const headStart = 12 * time.Millisecond

// race types a code into both hosts, and says which of them accepted it; -1 if that was not one.
func race(line *line, s *site, hosts [2]*host, services []string, a attempt) (int, error) {
	late := time.Duration(rand.Int64N(int64(headStart)))
	got, err := typeAtOnce([]door{{s, services[0]}, {s, services[1]}}, hosts[:], a, late)
	if err != nil {
		return -1, err
	}
	for _, result := range got {
		line.note(codeName(result))
	}
	results := [2]int(got)
	switch {
	case results == [2]int{success, authErr}:
		return 0, nil
	case results == [2]int{authErr, success}:
		return 1, nil
	}
	line.broken("code %s of %s: %s by motpd, %s by a worker", a.code, a.who.name,
		codeName(results[0]), codeName(results[1]))
	return -1, nil
}

// command runs motp on one user after the other until it is stopped, and says how often.
func (l *lab) command(line *line, s *site, all []person, stop <-chan struct{}) int {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return n
		default:
		}
		name := all[n%len(all)].name
		arguments := [][]string{
			{"unlock", name}, {"status", name}, {"status"}, {"list"},
			{"sync", name, "--dry-run", "--epoch", fmt.Sprintf("%09d", stage.Step())},
		}[n%5]
		by := append(append(s.enter(), l.machine.Path("build/motp")), arguments...)
		if out, err := exec.Command(by[0], by[1:]...).CombinedOutput(); err != nil {
			line.broken("motp %q: %v: %.300q", arguments, err, out)
		}
	}
}

// sharedGuesses has guessers try both ways at once: as many wrong codes as are allowed lock a user,
// one fewer does not.
func (l *lab) sharedGuesses() error {
	const users, allowed, hosts = 10, 50, 16
	all := people("guessed", users)
	settings := fmt.Sprintf("max_failures = %d", allowed)
	s, motpd, services, err := newRow(settings, all, byMotpdOnly, byWorker)
	if err != nil {
		return err
	}
	defer s.remove()
	line := l.report.add("%d wrong codes of each of %d users, spread over both ways at once: "+
		"one fewer locks nobody, all of them do", allowed, users)
	for _, p := range all {
		codes, wrong := p.codes(-1, 2), stage.WrongCodes(2*allowed-1, p.secret, p.pin)
		for round, guesses := range [][]string{wrong[:allowed-1], wrong[allowed-1:]} {
			if err := guess(line, s, services, p, guesses, hosts); err != nil {
				return err
			}
			h, err := s.newHost()
			if err != nil {
				return err
			}
			want := []int{success, authErr}[round]
			got, err := h.login(s, services[round], p.name, codes[round])
			if err != nil {
				return err
			}
			if got != want {
				line.broken("%s after %d guesses: a right code is %s", p.name,
					len(guesses), codeName(got))
			}
			line.note(codeName(got))
			if err := h.stop(); err != nil {
				return err
			}
		}
	}
	if err := motpd.stop(); err != nil {
		line.broken("%v", err)
	}
	return nil
}

// guess types wrong codes into so many hosts at once, half of them by each way. Two wait for a
// record and more do not, so what was not judged is typed again.
func guess(line *line, s *site, services []string, p person, guesses []string, n int) error {
	next := make(chan string, len(guesses))
	for _, g := range guesses {
		next <- g
	}
	close(next)
	errs := make(chan error, n)
	for i := range n {
		go func() {
			h, err := s.newHost()
			if err != nil {
				errs <- err
				return
			}
			for g := range next {
				result := authinfoUnavail
				for result == authinfoUnavail && err == nil {
					result, err = h.login(s, services[i%2], p.name, g)
				}
				if err == nil && result != authErr {
					line.broken("wrong code %s of %s: %s", g, p.name,
						codeName(result))
				}
				line.note(codeName(result))
			}
			if stopErr := h.stop(); err == nil {
				err = stopErr
			}
			errs <- err
		}()
	}
	var first error
	for range n {
		if err := <-errs; first == nil {
			first = err
		}
	}
	return first
}

// A door is where a host lets people in.
type door struct {
	*site
	service string
}

// typeAtOnce types a code into several hosts at the same moment, into the first of them a bit
// later.
func typeAtOnce(doors []door, hosts []*host, a attempt, late time.Duration) ([]int, error) {
	results, errs := make([]int, len(hosts)), make([]error, len(hosts))
	var ready, wait sync.WaitGroup
	ready.Add(len(hosts))
	for i, h := range hosts {
		wait.Add(1)
		go func() {
			defer wait.Done()
			var once sync.Once
			prompted := func() { once.Do(ready.Done) }
			defer prompted()
			errs[i] = h.start(doors[i].site, doors[i].service, a.who.name)
			if errs[i] != nil {
				return
			}
			results[i], errs[i] = h.authenticateAfter(a.code, func() error {
				prompted()
				ready.Wait()
				if i == 0 {
					time.Sleep(late)
				}
				return nil
			})
			if errs[i] == nil {
				errs[i] = h.end()
			}
		}()
	}
	wait.Wait()
	return results, errors.Join(errs...)
}
