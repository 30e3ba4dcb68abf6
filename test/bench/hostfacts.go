package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// stage is what a host is at one point of a login.
type stage struct {
	threads int
	caught  string // signals, in hex
	rss     int    // kilobytes
}

// host measures what a module leaves behind in the process that called PAM.
func (b *bench) host() error {
	right, err := b.rightCode("pam_motp", "host", mobile)
	if err != nil {
		return err
	}
	plain, err := b.plainLibrary("host-plain")
	if err != nil {
		return err
	}
	if _, err := b.google("google-host", person); err != nil {
		return err
	}
	if err := b.oath("oath-host", oathLine(person)); err != nil {
		return err
	}
	t := table{title: "The host", head: []string{"", "threads added", "signals caught",
		"memory kept after pam_end, kB"}}
	floor := 0
	for _, l := range []*login{
		permit(),
		{name: "google-authenticator", service: "bench-google-host", user: person,
			code: counted(1)},
		{name: "pam_oath", service: "bench-oath-host", user: person, code: counted(0)},
		plain,
		right,
	} {
		first, last, err := hostStages(l)
		if err != nil {
			return err
		}
		kept := last.rss - first.rss
		if len(t.rows) == 0 {
			floor = kept // libpam itself
		}
		caught := "none"
		if last.caught != first.caught {
			caught = last.caught
		}
		t.rows = append(t.rows, []string{l.name, fmt.Sprint(last.threads - first.threads),
			caught, fmt.Sprint(kept - floor)})
		if l == right {
			b.report.atMost("host: threads added",
				float64(last.threads-first.threads), 0, "")
			b.report.exactly("host: signals caught", caught, "none")
			b.report.atMost("host: memory kept after pam_end, over pam_permit",
				float64(kept-floor), 400, " kB")
		}
	}
	b.report.tables = append(b.report.tables, t)
	return nil
}

// hostStages logs in from testdata/host.c, and returns what the host was at the start and what it
// is after pam_end.
func hostStages(l *login) (first, last stage, err error) {
	if l.before != nil {
		if err := l.before(); err != nil {
			return stage{}, stage{}, err
		}
	}
	out, err := exec.Command(filepath.Join(buildDir, "host"), l.service, l.user,
		l.code(0)).Output()
	if err != nil {
		return stage{}, stage{}, fmt.Errorf("%s in a host: %w\n%s", l.name, err, out)
	}
	for line := range strings.Lines(string(out)) {
		var name string
		var s stage
		if _, err := fmt.Sscanf(line, "%s %d %s %d", &name, &s.threads, &s.caught,
			&s.rss); err != nil {
			return stage{}, stage{}, fmt.Errorf("host said %q: %w", line, err)
		}
		if name == "start" {
			first = s
		}
		last = s
	}
	return first, last, nil
}
