package main

import (
	"bytes"
	"fmt"
	"os"
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

func (n instructions) String() string {
	return fmt.Sprintf("by %s %s (host %s over pam_permit, worker %s)", n.way,
		thousands(n.host+n.worker), thousands(n.host), thousands(n.worker))
}

// The ways of judging, as budgetFile names them.
var ways = []string{"worker", "motpd"}

// countInstructions counts a login by each way.
func (b *bench) countInstructions() (map[string]instructions, error) {
	worker, motpd, err := b.bothWays("instructions")
	if err != nil {
		return nil, err
	}
	return b.countBoth(worker, motpd)
}

// countSealed is countInstructions of one table, plain and sealed.
func (b *bench) countSealed() (plain, sealed map[string]instructions, err error) {
	for name, counted := range map[string]*map[string]instructions{
		"plain": &plain, "sealed": &sealed,
	} {
		worker, motpd, err := b.bothWays(name, (*site).seal, func(s *site) error {
			if name == "plain" {
				return s.motp("unseal") // four columns cannot be sealed
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if *counted, err = b.countBoth(worker, motpd); err != nil {
			return nil, nil, err
		}
	}
	return plain, sealed, nil
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

func (b *bench) countBoth(worker, motpd *login) (map[string]instructions, error) {
	floor, err := b.leastInstructions(permit(), 1)
	if err != nil {
		return nil, err
	}
	byWorker, err := b.leastInstructions(worker, 2)
	if err != nil {
		return nil, err
	}
	byMotpd, err := b.leastInstructions(motpd, 1)
	if err != nil {
		return nil, err
	}
	return map[string]instructions{
		"worker": {"worker", byWorker[0] - floor[0], byWorker[1]},
		"motpd":  {"motpd", byMotpd[0] - floor[0], 0},
	}, nil
}

// leastInstructions counts a login of so many processes several times, and returns the lowest
// count. Go starts a worker with four threads or with five, as the scheduler has it, and a thread
// costs 9,440 instructions (glibc 2.36, Go 1.26): the middle one would be of either kind. A host
// alone has one thread.
func (b *bench) leastInstructions(l *login, processes int) ([]int, error) {
	times := 3
	if processes > 1 {
		times = 15
	}
	var least []int
	for range times {
		counted, err := b.callgrind(l)
		if err != nil {
			return nil, err
		}
		if len(counted) != processes {
			return nil, fmt.Errorf("callgrind counted %d processes, want %d",
				len(counted), processes)
		}
		if least == nil || counted[processes-1] < least[processes-1] {
			least = counted
		}
	}
	return least, nil
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
		if n.host+n.worker > budget+budget/10 {
			over = append(over, way)
		}
		all := plain[way].host + plain[way].worker
		more := sealed[way].host + sealed[way].worker - all
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
