package main

import (
	"errors"
	"fmt"
	"strconv"
)

// kills kills host or worker before each system call of a login, one after the other, until a login
// ends before the next.
func (l *lab) kills() error {
	for _, target := range []string{"worker", "host"} {
		line := l.report.add("%s killed (SIGKILL) before each of its system calls, in %d "+
			"kinds of login", target, len(scenes))
		for _, sc := range scenes {
			if err := killEverywhere(line, sc, target); err != nil {
				return err
			}
		}
	}
	return nil
}

func killEverywhere(line *line, sc scene, target string) error {
	places, err := calls(sc, target)
	if err != nil {
		return err
	}
	err = each(len(places), func(i int) error {
		_, err := killAt(line, sc, target, places[i])
		return err
	})
	// One login is not quite as long as another: Go starts its threads when it needs them.
	for name, n := range count(places) {
		for hit := true; err == nil && hit; {
			n++
			hit, err = killAt(line, sc, target, place{name, n})
		}
	}
	return err
}

// killAt kills before a call and checks what is left. hit says whether the login had that call.
func killAt(line *line, sc scene, target string, at place) (hit bool, err error) {
	t, err := newTrial(sc, target)
	if err != nil {
		return false, err
	}
	hit, result, err := t.play(target, "kill", at.name, strconv.Itoa(at.n))
	where := fmt.Sprintf("%s: kill the %s before its %s number %d", sc.name, target,
		at.name, at.n)
	switch {
	case target == "host" && errors.Is(err, errDied):
		err = t.replaceHost()
	case err != nil:
		line.broken("%s: %v", where, err)
		err = t.replaceHost()
	}
	if err != nil {
		return false, err
	}
	complaint, err := t.check(result)
	if err != nil {
		complaint = err.Error()
	}
	if complaint == "" {
		complaint = t.host.leftBehind()
	}
	if complaint == "" && t.motpd != nil {
		complaint = t.motpd.isBack(hit)
	}
	if complaint != "" {
		line.broken("%s: %s", where, complaint)
	}
	if err := t.clean(); err != nil {
		line.broken("%s: the host ended with %v", where, err)
	}
	if hit {
		line.note(outcome(result))
		line.took(t.answered)
	}
	return hit, nil
}

// outcome is the word for an answer in the table.
func outcome(result int) string {
	if result < 0 {
		return "no answer"
	}
	return codeName(result)
}
