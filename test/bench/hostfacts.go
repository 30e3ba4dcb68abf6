package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// A hostState is what a host is before or after a login.
type hostState struct {
	threads, descriptors, children int
	caught                         string // signals, in hex
	rss, written                   int    // kilobytes
}

// host measures what a module leaves behind in the process that called PAM.
func (b *bench) host() error {
	google, oath, err := b.peers("host")
	if err != nil {
		return err
	}
	worker, err := b.rightCode("worker", "host", mobile)
	if err != nil {
		return err
	}
	plain, err := b.plainLibrary("host-plain")
	if err != nil {
		return err
	}
	s, err := b.site("host", mobile)
	if err != nil {
		return err
	}
	motpd, err := s.right("motpd")
	if err != nil {
		return err
	}
	t := newTable("The host after pam_end, over pam_permit", "", "threads", "signals caught",
		"descriptors", "children", "memory, kB", "of it written, kB")
	var floor hostState
	for i, l := range []*login{permit(), google.right, oath.right, motpd, worker, plain} {
		left, err := hostAfter(l)
		if err != nil {
			return err
		}
		if i == 0 {
			floor = left // libpam itself
		}
		left.rss -= floor.rss
		left.written -= floor.written
		t.rows = append(t.rows, []string{l.name, fmt.Sprint(left.threads), left.caught,
			fmt.Sprint(left.descriptors), fmt.Sprint(left.children),
			fmt.Sprint(left.rss), fmt.Sprint(left.written)})
		if l == motpd || l == worker {
			b.boundHost(l.name, left)
		}
	}
	b.report.tables = append(b.report.tables, t)
	return nil
}

func (b *bench) boundHost(name string, left hostState) {
	what := "host of a login by " + name + ": "
	b.report.atMost(what+"threads, descriptors, children left",
		float64(max(left.threads, 0)+max(left.descriptors, 0)+max(left.children, 0)), 0, "")
	b.report.exactly(what+"signals caught", left.caught, "none")
	b.report.atMost(what+"memory written and kept, over pam_permit", float64(left.written),
		100, " kB")
}

// hostAfter logs in from testdata/host.c, and returns what the host has after pam_end that it had
// not before.
func hostAfter(l *login) (left hostState, err error) {
	program, err := filepath.Abs(filepath.Join(buildDir, "host"))
	if err != nil {
		return left, err
	}
	if l.before != nil {
		if err := l.before(); err != nil {
			return left, err
		}
	}
	out, err := l.at.command(program, l.service, l.user, l.code(0)).Output()
	if err != nil {
		return left, fmt.Errorf("%s in a host: %w\n%s", l.name, err, out)
	}
	states := make(map[string]hostState)
	for line := range strings.Lines(string(out)) {
		var name string
		var s hostState
		if _, err := fmt.Sscan(line, &name, &s.threads, &s.caught, &s.descriptors,
			&s.children, &s.rss, &s.written); err != nil {
			return left, fmt.Errorf("host said %q: %w", line, err)
		}
		states[name] = s
	}
	first, last := states["start"], states["end"]
	left = hostState{last.threads - first.threads, last.descriptors - first.descriptors,
		last.children - first.children, "none", last.rss - first.rss,
		last.written - first.written}
	if last.caught != first.caught {
		left.caught = last.caught
	}
	return left, nil
}
