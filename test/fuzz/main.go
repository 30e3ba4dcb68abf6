// Command fuzz runs every fuzz target of the repository for a while: those in Go, and the one in C,
// which is the module's own C with a worker, a motpd, a person, a libpam and a libc that do what
// the fuzzer says (testdata/c). Two run at a time. It prints what each has tried; what one of them
// finds is kept in its package's testdata/fuzz, or in testdata/corpus for the C, where "go test"
// runs it ever after.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// A target is one fuzz target.
type target struct {
	name string
	run  func(d time.Duration) (tried string, output []byte, err error)
}

func main() {
	fuzztime := flag.Duration("time", 10*time.Minute, "how long each target runs")
	only := flag.String("only", "", "run only what matches this regular expression")
	flag.Parse()
	if err := run(*fuzztime, *only); err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
		os.Exit(1)
	}
}

func run(d time.Duration, only string) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	targets, err := goTargets()
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "motp-fuzz")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	targets = append([]target{cTarget(work)}, targets...)

	waiting := make(chan target, len(targets))
	for _, t := range targets {
		if pattern.MatchString(t.name) {
			waiting <- t
		}
	}
	close(waiting)
	var mu sync.Mutex
	var failed []string
	var both sync.WaitGroup
	for range 2 {
		both.Add(1)
		go func() {
			defer both.Done()
			for t := range waiting {
				began := time.Now()
				tried, output, err := t.run(d)
				mu.Lock()
				fmt.Printf("%-36s %8v  %s\n", t.name,
					time.Since(began).Round(time.Second), tried)
				if err != nil {
					failed = append(failed, t.name)
					fmt.Printf("%v\n%s", err, output)
				}
				mu.Unlock()
			}
		}()
	}
	both.Wait()
	if failed != nil {
		return fmt.Errorf("found something: %s", strings.Join(failed, ", "))
	}
	return nil
}

var fuzzFunction = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(\w+ \*testing\.F\)`)

// goTargets finds the fuzz targets in Go's test files.
func goTargets() ([]target, error) {
	var found []target
	err := filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, "build/") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range fuzzFunction.FindAllSubmatch(text, -1) {
			found = append(found, goTarget(filepath.Dir(path), string(m[1])))
		}
		return nil
	})
	return found, err
}

var goStatus = regexp.MustCompile(`execs: (\d+) .*`)

func goTarget(folder, name string) target {
	return target{folder + " " + name, func(d time.Duration) (string, []byte, error) {
		out, err := exec.Command("go", "test", "-run=^$", "-fuzz=^"+name+"$",
			"-fuzztime="+d.String(), "-parallel=1", "./"+folder).CombinedOutput()
		return last(goStatus, out), out, err
	}}
}

var cStatus = regexp.MustCompile(`stat::number_of_executed_units: (\d+)`)

// cTarget builds and runs the C target with clang's fuzzer. It grows a corpus of its own from the
// one that is kept.
func cTarget(work string) target {
	return target{"pam pam_sm_authenticate", func(d time.Duration) (string, []byte, error) {
		binary, grown := filepath.Join(work, "c"), filepath.Join(work, "corpus")
		if err := os.Mkdir(grown, 0o700); err != nil {
			return "", nil, err
		}
		if err := buildC("clang", binary,
			"-fsanitize=fuzzer,address,undefined"); err != nil {
			return "", nil, err
		}
		cmd := exec.Command(binary, "-max_len=1024", "-print_final_stats=1", "-verbosity=0",
			fmt.Sprintf("-max_total_time=%d", int(d.Seconds())),
			"-artifact_prefix=test/fuzz/testdata/corpus/", grown,
			"test/fuzz/testdata/corpus")
		cmd.Env = environment()
		out, err := cmd.CombinedOutput()
		return last(cStatus, out), out, err
	}}
}

// last returns how much was tried, by the last line that says so.
func last(status *regexp.Regexp, out []byte) string {
	all := status.FindAllSubmatch(out, -1)
	if len(all) == 0 {
		return "nothing tried"
	}
	return string(all[len(all)-1][1]) + " inputs"
}

// environment has libraries bound at once: the binder would save registers, which may hold what was
// typed, on the stack that is searched for it.
func environment() []string { return append(os.Environ(), "LD_BIND_NOW=1") }

// wrapped are libc's calls that testdata/c/libc.c takes the place of.
var wrapped = []string{"strndup", "free", "send", "recv", "poll", "clock_gettime", "explicit_bzero",
	"geteuid"}

// buildC builds the module's host side with its fuzz target, from the root of the repository.
func buildC(compiler, binary string, flags ...string) error {
	args := []string{"-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror",
		"-fno-sanitize-recover=all", "-o", binary, "pam/module.c", "pam/judge.c",
		"pam/dialogue.c", "pam/failure.c", "pam/account.c", "pam/options.c",
		"pam/request.c"}
	for _, name := range []string{"fuzz.c", "script.c", "verifier.c", "person.c", "libc.c",
		"libpam.c"} {
		args = append(args, "test/fuzz/testdata/c/"+name)
	}
	for _, name := range wrapped {
		args = append(args, "-Wl,--wrap="+name)
	}
	out, err := exec.Command(compiler, append(args, flags...)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", compiler, err, bytes.TrimSpace(out))
	}
	if len(out) > 0 {
		return errors.New(string(out))
	}
	return nil
}
