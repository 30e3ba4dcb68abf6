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
