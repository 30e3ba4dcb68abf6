package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// process is what callgrind has counted in one.
type process struct{ count, threads int }

// callgrind counts the instructions of each of so many processes of a login: the host's, then the
// worker's.
func (b *bench) callgrind(l *login, want int) ([]process, error) {
	lib, err := filepath.Abs(filepath.Join(buildDir, "count.so"))
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "callgrind-")
	if err != nil {
		return nil, err
	}
	// the worker's number is not always higher: the host says its own
	count := func() error {
		_, err := traced(l, "env", "LD_PRELOAD="+lib, "sh", "-c", `echo $$ >`+dir+
			`/host; exec valgrind --tool=callgrind --separate-threads=yes `+
			`--callgrind-out-file=`+dir+`/out.%p "$@"`, "sh")
		return err
	}
	err = count()
	// Under load callgrind 3.19 dies now and then when a thread is sent a signal: it has
	// counted nothing then, and the login has failed for want of its worker.
	for tries := 1; tries < callgrindTries && err != nil && callgrindDied(err); tries++ {
		if err = removeAll(filepath.Join(dir, "out.*")); err == nil {
			err = count()
		}
	}
	if err != nil {
		return nil, err
	}
	host, err := os.ReadFile(filepath.Join(dir, "host"))
	if err != nil {
		return nil, err
	}
	byNumber, err := totals(dir)
	if err != nil {
		return nil, err
	}
	if len(byNumber) != want {
		return nil, fmt.Errorf("callgrind counted %d processes, want %d", len(byNumber),
			want)
	}
	first := strings.TrimSpace(string(host))
	processes := []process{byNumber[first]}
	delete(byNumber, first)
	return slices.AppendSeq(processes, maps.Values(byNumber)), nil
}

// totals are the sums of what callgrind wrote for each thread, by the process's number.
func totals(dir string) (map[string]process, error) {
	files, err := filepath.Glob(filepath.Join(dir, "out.*-*"))
	if err != nil {
		return nil, err
	}
	byNumber := make(map[string]process)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		m := regexp.MustCompile(`(?m)^totals: (\d+)$`).FindSubmatch(text)
		if m == nil {
			return nil, fmt.Errorf("callgrind wrote no count into %s", file)
		}
		n, err := strconv.Atoi(string(m[1]))
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Ext(file), "."), "-")
		sum := byNumber[number]
		byNumber[number] = process{sum.count + n, sum.threads + 1}
	}
	return byNumber, nil
}

const callgrindTries = 5

func callgrindDied(err error) bool {
	return strings.Contains(err.Error(), "Callgrind: ") &&
		strings.Contains(err.Error(), "Assertion")
}

func removeAll(pattern string) error {
	files, err := filepath.Glob(pattern)
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}
