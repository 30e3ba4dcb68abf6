// Command mutants breaks one line of the security-relevant code at a time, in a copy of the tree,
// and runs the tests: each breakage must make one fail. It prints which test saw it. A breakage
// that none sees is a gap in the tests, and the program exits 1.
//
// main.go is the course of it, parts.go says which files are broken, list_*.go how, tree.go is the
// copy, suite.go the tests.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

func main() {
	only := flag.String("only", "", "break only what matches this regular expression: file "+
		"and description")
	flag.Parse()
	if err := run(*only); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(only string) error {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	t, err := copyTree()
	if err != nil {
		return err
	}
	defer t.remove()
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-interrupted
		t.remove()
		os.Exit(1)
	}()

	began := time.Now()
	for _, s := range suites[1:] {
		failed, err := s.run(t.dir, s.packages)
		if err != nil {
			return err
		}
		if failed != "" {
			return fmt.Errorf("nothing is broken yet, and %s fails", failed)
		}
	}
	fmt.Printf("whole: every test passes (%v)\n", time.Since(began).Round(time.Second))

	survivors, useless := 0, 0
	for i, m := range chosen {
		killer, err := t.try(m)
		switch {
		case errors.Is(err, errCompile) || errors.Is(err, errList):
			useless++
			killer = err.Error()
		case err != nil:
			return err
		case killer == "":
			survivors++
			killer = "SURVIVED"
		}
		fmt.Printf("%3d/%d  %-22s %-62s %s\n", i+1, len(chosen), m.file, m.what, killer)
	}
	fmt.Printf("%d breakages, %d seen by a test, %d not (%v)\n", len(chosen),
		len(chosen)-survivors, survivors, time.Since(began).Round(time.Second))
	if survivors+useless > 0 {
		return fmt.Errorf("%d breakages were seen by no test, %d could not be tried",
			survivors, useless)
	}
	return nil
}

// try breaks one line, runs the tests, and mends the line. killer is the first test that failed, or
// "".
func (t tree) try(m mutant) (killer string, err error) {
	if err := t.apply(m); err != nil {
		return "", err
	}
	defer func() {
		if mendErr := t.mend(m); err == nil {
			err = mendErr
		}
	}()
	for _, s := range suites {
		if !s.sees(m) {
			continue
		}
		if killer, err = s.run(t.dir, s.of(m)); killer != "" || err != nil {
			if err != nil {
				err = fmt.Errorf("%s: %s: %w", m.file, m.what, err)
			}
			return killer, err
		}
	}
	return "", nil
}

func choose(only string) ([]mutant, error) {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return nil, err
	}
	var chosen []mutant
	for _, m := range mutants() {
		if pattern.MatchString(m.file + ": " + m.what) {
			chosen = append(chosen, m)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("no breakage matches %q", only)
	}
	return chosen, nil
}
