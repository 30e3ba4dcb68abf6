package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// A report is what all experiments found.
type report struct {
	lines []*line
}

// A line is what one experiment, or a part of one, found: how many cases, what came of them, and
// which broke a promise.
type line struct {
	what   string
	result string // beside the counts

	mu       sync.Mutex
	cases    int
	outcomes map[string]int
	failures []string
	slowest  time.Duration
}

// add begins a line of the table.
func (r *report) add(format string, args ...any) *line {
	l := &line{what: fmt.Sprintf(format, args...), outcomes: map[string]int{}}
	r.lines = append(r.lines, l)
	return l
}

// note counts a case by what came of it.
func (l *line) note(outcome string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cases++
	l.outcomes[outcome]++
}

// answerWithin is how long an answer may take: the worker's ten seconds, and what a busy machine
// adds.
const answerWithin = 13 * time.Second

// took notes how long an answer took.
func (l *line) took(d time.Duration) {
	if d > answerWithin {
		l.broken("an answer took %.1f s", d.Seconds())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slowest = max(l.slowest, d)
}

// broken notes a promise that was not kept. The text says how to see it again.
func (l *line) broken(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failures = append(l.failures, fmt.Sprintf(format, args...))
}

func (l *line) text() string {
	var parts []string
	for _, outcome := range slices.Sorted(maps.Keys(l.outcomes)) {
		parts = append(parts, fmt.Sprintf("%d %s", l.outcomes[outcome], outcome))
	}
	if l.slowest > 0 {
		parts = append(parts, fmt.Sprintf("slowest answer %.2f s", l.slowest.Seconds()))
	}
	if l.result != "" {
		parts = append(parts, l.result)
	}
	if len(l.failures) > 0 {
		parts = append(parts, fmt.Sprintf("**%d BROKEN**", len(l.failures)))
	}
	return strings.Join(parts, ", ")
}

// finish says of lines in which nothing was done that they prove nothing.
func (r *report) finish() {
	for _, l := range r.lines {
		if l.cases == 0 && l.result == "" {
			l.broken("nothing was done")
		}
	}
}

func (r *report) broken() int {
	n := 0
	for _, l := range r.lines {
		n += len(l.failures)
	}
	return n
}

// shown is how many failures of one line are printed: they mostly have one cause.
const shown = 20

// print writes what broke, and then the table, as Markdown.
func (r *report) print(w io.Writer) {
	for _, l := range r.lines {
		for i, f := range l.failures {
			if i == shown {
				fmt.Fprintf(w, "%s: and %d more\n", l.what, len(l.failures)-shown)
				break
			}
			fmt.Fprintf(w, "%s: %s\n", l.what, f)
		}
	}
	rows := [][3]string{{"robustness test", "cases", "outcome"}, {}}
	for _, l := range r.lines {
		rows = append(rows, [3]string{l.what, fmt.Sprint(l.cases), l.text()})
	}
	var width [3]int
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], len(cell))
		}
	}
	rows[1] = [3]string{strings.Repeat("-", width[0]), strings.Repeat("-", width[1]-1) + ":",
		strings.Repeat("-", width[2])}
	for _, row := range rows {
		fmt.Fprintf(w, "| %-*s | %*s | %-*s |\n", width[0], row[0], width[1], row[1],
			width[2], row[2])
	}
}
