package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// motpdCrowds has a user who is not root do what he can to keep motpd for himself, while others log
// in by hosts that are root's.
func (l *lab) motpdCrowds() error {
	const users, each, sessions, silent, loops = 320, 10, 64, 1000, 4
	all := people("user", users)
	s, motpd, services, err := newRow("", all, byMotpdOnly)
	if err != nil {
		return err
	}
	defer s.remove()
	codes := attemptsOf(all, each)
	half := len(codes) / 2
	alone := l.report.add("%d sessions through motpd, while a user who is not root has %d "+
		"processes at work on other things", sessions, loops)
	without, err := l.inStorm(alone, s, codes[:half], sessions, services, "none", 0, loops)
	if err != nil {
		return err
	}
	line := l.report.add("%d sessions through motpd, while that user has %d silent "+
		"connections to it, and the processes connect to it in a loop", sessions, silent)
	with, err := l.inStorm(line, s, codes[half:], sessions, services, "motpd.sock", silent,
		loops)
	if err != nil {
		return err
	}
	line.result += fmt.Sprintf(", %.1f times the median without",
		float64(with)/float64(without))
	if complaint := motpd.isStillThere(); complaint != "" {
		line.broken("%s", complaint)
	}
	if err := motpd.stop(); err != nil {
		line.broken("%v", err)
	}
	return nil
}

// inStorm has everybody log in while the user does his worst, and returns the median time. Each
// must get in.
func (l *lab) inStorm(line *line, s *site, attempts []attempt, sessions int, services []string,
	socket string, silent, loops int) (time.Duration, error) {
	end, err := s.storm(socket, silent, loops)
	if err != nil {
		return 0, err
	}
	accepted, took, _, err := crowd(line, s, attempts, sessions, services...)
	if err != nil {
		return 0, err
	}
	for _, a := range attempts {
		if accepted[a] != 1 {
			line.broken("code %s of %s was accepted %d times", a.code, a.who.name,
				accepted[a])
		}
	}
	line.result = spread(took)
	return took[len(took)/2], end()
}

// storm starts the user, and returns what ends him.
func (s *site) storm(socket string, silent, loops int) (end func() error, err error) {
	by := append(s.enter(), tool("storm"), fmt.Sprint(plainUser), "/run/motp/"+socket,
		fmt.Sprint(silent), fmt.Sprint(loops))
	cmd := exec.Command(by[0], by[1:]...)
	cmd.Stderr = os.Stderr
	in, out, err := stage.Piped(cmd)
	if err != nil {
		return nil, err
	}
	if said, err := bufio.NewReader(out).ReadString('\n'); err != nil || said != "ready\n" {
		return nil, fmt.Errorf("storm said %q: %w", said, err)
	}
	return func() error {
		in.Close()
		return cmd.Wait()
	}, nil
}
