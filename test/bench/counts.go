package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// counts measures what does not depend on how busy the machine is.
func (b *bench) counts() error {
	size, err := os.Stat(b.module)
	if err != nil {
		return err
	}
	b.report.atMost("pam_motp.so, stripped", float64(size.Size())/1e6, 2, " MB")
	if _, err := b.google("google-counts", person); err != nil {
		return err
	}
	if err := b.oath("oath-counts", oathLine(person)); err != nil {
		return err
	}
	right, err := b.rightCode("pam_motp", "counts", mobile)
	if err != nil {
		return err
	}
	t := newTable("System calls of one login", "", "all", "opens", "synced writes")
	for _, l := range []*login{
		permit(),
		{
			name:    "google-authenticator",
			service: "bench-google-counts",
			user:    person,
			code:    counted(1),
		},
		{name: "pam_oath", service: "bench-oath-counts", user: person, code: counted(0)},
		right,
	} {
		c, err := systemCalls(l)
		if err != nil {
			return err
		}
		syncs := c["fsync"] + c["fdatasync"] + c["msync"] + c["sync_file_range"] +
			c["syncfs"] + c["sync"]
		t.rows = append(t.rows, []string{l.name, fmt.Sprint(c["total"]),
			fmt.Sprint(c["openat"]), fmt.Sprint(syncs)})
		if l == right {
			b.report.atMost("synced writes per login", float64(syncs), 1, "")
		}
	}
	b.report.tables = append(b.report.tables, t)
	n, err := b.countInstructions()
	if err != nil {
		return err
	}
	b.report.note("instructions of one login: %s, of them the host's %s over pam_permit, the "+
		"worker's %s", thousands(n.host+n.worker), thousands(n.host), thousands(n.worker))
	return nil
}

// traced runs one login under another program.
func traced(l *login, command ...string) (stderr string, err error) {
	if l.before != nil {
		if err := l.before(); err != nil {
			return "", err
		}
	}
	cmd := exec.Command(command[0], append(command[1:], "pamtester", l.service, l.user,
		"authenticate")...)
	cmd.Stdin = strings.NewReader(l.code(0) + "\n")
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s under %s: %w\n%s", l.name, command[0], err, out.String())
	}
	return out.String(), nil
}

func systemCalls(l *login) (map[string]int, error) {
	out, err := traced(l, "strace", "-f", "-c", "-U", "calls,name")
	if err != nil {
		return nil, err
	}
	calls := make(map[string]int)
	for _, m := range regexp.MustCompile(`(?m)^ *(\d+) +(\w+)$`).FindAllStringSubmatch(out,
		-1) {
		if calls[m[2]], err = strconv.Atoi(m[1]); err != nil {
			return nil, err
		}
	}
	if calls["total"] == 0 {
		return nil, fmt.Errorf("strace counted nothing:\n%s", out)
	}
	return calls, nil
}

// instructions is what a login with a right code executes in user space.
type instructions struct {
	host   int // over pam_permit's
	worker int
}

func (b *bench) countInstructions() (instructions, error) {
	right, err := b.rightCode("pam_motp", "instructions", mobile)
	if err != nil {
		return instructions{}, err
	}
	floor, err := b.callgrind(permit())
	if err != nil {
		return instructions{}, err
	}
	var ours []int
	for range 3 { // a thread that wakes at another time only adds to it
		counted, err := b.callgrind(right)
		if err != nil {
			return instructions{}, err
		}
		if len(floor) != 1 || len(counted) != 2 {
			return instructions{},
				fmt.Errorf("callgrind counted %d and %d processes, want 1 and 2",
					len(floor), len(counted))
		}
		if ours == nil || counted[1] < ours[1] {
			ours = counted
		}
	}
	return instructions{host: ours[0] - floor[0], worker: ours[1]}, nil
}

// callgrind counts the instructions of each process of a login: the host's, then the worker's.
func (b *bench) callgrind(l *login) ([]int, error) {
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
			`/host; exec valgrind --tool=callgrind --callgrind-out-file=`+dir+
			`/out.%p "$@"`, "sh")
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
	files, err := filepath.Glob(filepath.Join(dir, "out.*"))
	if err != nil {
		return nil, err
	}
	var counts []int
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
		if strings.TrimSpace(string(host)) == strings.TrimPrefix(filepath.Ext(file), ".") {
			counts = append([]int{n}, counts...)
		} else {
			counts = append(counts, n)
		}
	}
	return counts, nil
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

// budgetFile holds the number of instructions that a login may take. Who makes it take more on
// purpose changes the number, and says why.
const budgetFile = "test/bench/budget"

// checkBudget fails if a login takes a tenth more instructions than its budget.
func (b *bench) checkBudget() error {
	text, err := os.ReadFile(budgetFile)
	if err != nil {
		return err
	}
	budget, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("%s: %w", budgetFile, err)
	}
	n, err := b.countInstructions()
	if err != nil {
		return err
	}
	all := n.host + n.worker
	fmt.Printf("instructions of one login: %s (host %s, worker %s), budget %s\n",
		thousands(all), thousands(n.host), thousands(n.worker), thousands(budget))
	if all > budget+budget/10 {
		return errors.New("a login takes over a tenth more instructions than " +
			budgetFile + " allows")
	}
	return nil
}
