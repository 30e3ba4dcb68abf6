package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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
	google, oath, err := b.peers("counts")
	if err != nil {
		return err
	}
	worker, motpd, err := b.bothWays("counts")
	if err != nil {
		return err
	}
	t := newTable("System calls of one login, host and worker", "", "all", "opens",
		"synced writes")
	for _, l := range []*login{permit(), google.right, oath.right, motpd, worker} {
		c, err := systemCalls(l)
		if err != nil {
			return err
		}
		syncs := c["fsync"] + c["fdatasync"] + c["msync"] + c["sync_file_range"] +
			c["syncfs"] + c["sync"]
		t.rows = append(t.rows, []string{l.name, fmt.Sprint(c["total"]),
			fmt.Sprint(c["openat"]), fmt.Sprint(syncs)})
		if l == worker {
			b.report.atMost("synced writes per login", float64(syncs), 1, "")
		}
	}
	b.report.tables = append(b.report.tables, t)
	n, err := b.countInstructions()
	if err != nil {
		return err
	}
	for _, way := range ways {
		b.report.note("instructions of one login: %s", n[way])
	}
	return nil
}

// bothWays are logins with the right code by a worker and by motpd, at a site of their own. altered
// does something to it before.
func (b *bench) bothWays(name string, altered ...func(*site) error) (
	worker, motpd *login, err error) {
	s, err := b.site(name, mobile)
	if err != nil {
		return nil, nil, err
	}
	for _, alter := range altered {
		if err := alter(s); err != nil {
			return nil, nil, err
		}
	}
	if motpd, err = s.right("motpd"); err != nil {
		return nil, nil, err
	}
	worker = motpd.anew()
	worker.name, worker.service = "worker", byWorker
	return worker, motpd, s.settled(motpd)
}

// traced runs one login under another program.
func traced(l *login, command ...string) (stderr string, err error) {
	if l.before != nil {
		if err := l.before(); err != nil {
			return "", err
		}
	}
	cmd := l.at.command(append(command, "pamtester", l.service, l.user, "authenticate")...)
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

// instructions is what a login with a right code executes in user space, but in motpd.
type instructions struct {
	way    string
	host   int // over pam_permit's
	worker int
}

func (n instructions) all() int { return n.host + n.worker }

func (n instructions) String() string {
	return fmt.Sprintf("by %s %s (host %s over pam_permit, worker %s)", n.way,
		thousands(n.all()), thousands(n.host), thousands(n.worker))
}

// The ways of judging, as budgetFile names them.
var ways = []string{"worker", "motpd"}

// countInstructions counts a login by each way.
func (b *bench) countInstructions() (map[string]instructions, error) {
	worker, motpd, err := b.bothWays("instructions")
	if err != nil {
		return nil, err
	}
	c, err := b.countHosts(worker, motpd)
	for range workerTries {
		if err == nil {
			err = c.countWorker()
		}
	}
	if err != nil {
		return nil, err
	}
	// as many threads as there are without callgrind
	return c.with(slices.Max(slices.Collect(maps.Keys(c.worker)))), nil
}

// countSealed is countInstructions of one table, plain and sealed.
func (b *bench) countSealed() (plain, sealed map[string]instructions, err error) {
	var both [2]*counts
	for i, name := range []string{"plain", "sealed"} {
		worker, motpd, err := b.bothWays(name, (*site).seal, func(s *site) error {
			if name == "plain" {
				return s.motp("unseal") // four columns cannot be sealed
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if both[i], err = b.countHosts(worker, motpd); err != nil {
			return nil, nil, err
		}
	}
	for tries := 1; tries <= 10*workerTries; tries++ {
		for _, c := range both {
			if err := c.countWorker(); err != nil {
				return nil, nil, err
			}
		}
		for _, threads := range slices.Sorted(maps.Keys(both[0].worker)) {
			if both[1].worker[threads] != nil && tries >= workerTries {
				return both[0].with(threads), both[1].with(threads), nil
			}
		}
	}
	return nil, nil, errors.New("no worker had as many threads with plain secrets as with " +
		"sealed ones")
}

// seal seals a site's table with a new key.
func (s *site) seal() error { return s.motp("seal", "--new-key", "--sections") }

// motp runs the command at a site.
func (s *site) motp(words ...string) error {
	cmd := s.command(append([]string{mustAbs("build/motp")}, words...)...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("motp %q: %w", words, err)
	}
	return nil
}

func mustAbs(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		panic(err)
	}
	return abs
}

// workerTries is how often a login by worker is counted, at least.
const workerTries = 5

// counts are the lowest counts of logins.
type counts struct {
	b     *bench
	login *login // by worker

	floor int // pam_permit's
	motpd int
	// The host's and the worker's, by the number of the worker's threads: six, and under
	// callgrind five in some runs. One more takes 9,440 instructions (glibc 2.36, Go 1.26),
	// half of what sealing does, so only workers of as many threads are compared.
	worker map[int][]process
}

// countHosts counts the logins that start no worker.
func (b *bench) countHosts(worker, motpd *login) (*counts, error) {
	c := &counts{b: b, login: worker, floor: math.MaxInt, motpd: math.MaxInt,
		worker: make(map[int][]process)}
	for range 3 {
		for least, l := range map[*int]*login{&c.floor: permit(), &c.motpd: motpd} {
			processes, err := b.callgrind(l, 1)
			if err != nil {
				return nil, err
			}
			*least = min(*least, processes[0].count)
		}
	}
	return c, nil
}

// countWorker counts one login more by worker.
func (c *counts) countWorker() error {
	n, err := c.b.callgrind(c.login, 2)
	if err != nil {
		return err
	}
	threads := n[1].threads
	if had := c.worker[threads]; had == nil || n[1].count < had[1].count {
		c.worker[threads] = n
	}
	return nil
}

// with are the instructions of a login by each way, of a worker with so many threads.
func (c *counts) with(threads int) map[string]instructions {
	n := c.worker[threads]
	return map[string]instructions{
		"worker": {"worker", n[0].count - c.floor, n[1].count},
		"motpd":  {"motpd", c.motpd - c.floor, 0},
	}
}

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

// budgetFile holds, for each way, the number of instructions that a login may take. Who makes it
// take more on purpose changes the number, and says why.
const budgetFile = "test/bench/budget"

// sealedMore is how many percent more a login may take where secrets are sealed.
const sealedMore = 3

// checkBudget fails if a login takes a tenth more instructions than its budget.
func (b *bench) checkBudget() error {
	text, err := os.ReadFile(budgetFile)
	if err != nil {
		return err
	}
	counted, err := b.countInstructions()
	if err != nil {
		return err
	}
	plain, sealed, err := b.countSealed()
	if err != nil {
		return err
	}
	var over []string
	for _, way := range ways {
		m := regexp.MustCompile(`(?m)^` + way + ` (\d+)$`).FindSubmatch(text)
		if m == nil {
			return fmt.Errorf("%s has no number for %s", budgetFile, way)
		}
		budget, err := strconv.Atoi(string(m[1]))
		if err != nil {
			return err
		}
		n := counted[way]
		fmt.Printf("instructions of one login: %s, budget %s\n", n, thousands(budget))
		if n.all() > budget+budget/10 {
			over = append(over, way)
		}
		all := plain[way].all()
		more := sealed[way].all() - all
		fmt.Printf("where secrets are sealed: %s more than %s, by %s\n", thousands(more),
			thousands(all), way)
		if more*100 > all*sealedMore {
			return fmt.Errorf("a login by %s takes over %d %% more instructions where "+
				"secrets are sealed", way, sealedMore)
		}
	}
	if over != nil {
		return fmt.Errorf("a login by %s takes over a tenth more instructions than %s "+
			"allows", strings.Join(over, " and by "), budgetFile)
	}
	return nil
}
