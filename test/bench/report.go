package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A table is shown as text and, for docs/cost.md, as Markdown.
type table struct {
	title string
	head  []string
	rows  [][]string
}

func newTable(title string, head ...string) table { return table{title: title, head: head} }

// A report gathers what was measured.
type report struct {
	goals  table
	tables []table
	notes  []string
	points map[string][]point // for the plot, by module
}

// times adds a table of logins. The floor is the first of them.
func (r *report) times(title string, floor *login, logins []*login) {
	t := table{title: title + ", " + strconv.Itoa(len(floor.samples)) +
		" logins of each kind, in ms",
		head: []string{"", percentile(typical), "p95", "cost over the floor", "CPU"}}
	for _, l := range logins {
		over := ""
		if l != floor {
			over = fmt.Sprintf("%.2f", l.over(floor))
		}
		name := l.name
		if len(l.samples) != len(floor.samples) {
			name += fmt.Sprintf(" (%d logins)", len(l.samples))
		}
		t.rows = append(t.rows, []string{name, fmt.Sprintf("%.2f", l.ms(typical)),
			fmt.Sprintf("%.2f", l.ms(0.95)), over, fmt.Sprintf("%.2f", l.cpu())})
	}
	r.tables = append(r.tables, t)
}

func percentile(part float64) string {
	if part == 0.5 {
		return "median"
	}
	return fmt.Sprintf("p%.0f", part*100)
}

func (r *report) goal(what, value, goal, reached string) {
	r.goals.rows = append(r.goals.rows, []string{what, value, goal, reached})
}

func yesOrNo(reached bool) string {
	if reached {
		return "yes"
	}
	return "no"
}

func (r *report) atMost(what string, value, most float64, unit string) {
	r.goal(what, short(value)+unit, "≤ "+short(most)+unit, yesOrNo(value <= most))
}

func (r *report) atLeast(what string, value, least float64) {
	r.goal(what, short(value), "≥ "+short(least), yesOrNo(value >= least))
}

func (r *report) exactly(what, value, want string) {
	r.goal(what, value, want, yesOrNo(value == want))
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// The files that a run leaves behind.
const (
	markdownFile = "build/bench.md"
	plotFile     = "build/bench.svg"
)

// show prints all as text, and writes it as Markdown and the plot.
func (r *report) show() error {
	r.goals.title = "Goals"
	r.goals.head = []string{"measure", "here", "goal", "reached"}
	tables := append([]table{r.goals}, r.tables...)
	md, err := os.Create(markdownFile)
	if err != nil {
		return err
	}
	defer md.Close()
	for _, t := range tables {
		if len(t.rows) > 0 {
			t.text(os.Stdout)
			t.markdown(md)
		}
	}
	for _, n := range r.notes {
		fmt.Println(n)
		fmt.Fprintf(md, "- %s\n", n)
	}
	fmt.Println("\nas Markdown: " + markdownFile)
	if len(r.points) > 0 {
		if err := os.WriteFile(plotFile, []byte(plot(r.points)), 0o644); err != nil {
			return err
		}
		fmt.Println("cost by number of users: " + plotFile)
	}
	return md.Sync()
}

func (t table) text(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", t.title)
	wide := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			wide[i] = max(wide[i], len([]rune(cell)))
		}
	}
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			space := strings.Repeat(" ", wide[i]-len([]rune(cell)))
			if i == 0 {
				fmt.Fprintf(w, "  %s%s", cell, space)
			} else {
				fmt.Fprintf(w, "  %s%s", space, cell)
			}
		}
		fmt.Fprintln(w)
	}
}

func (t table) markdown(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n| %s |\n|---|%s\n", t.title, strings.Join(t.head, " | "),
		strings.Repeat("---:|", len(t.head)-1))
	for _, row := range t.rows {
		fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | "))
	}
	fmt.Fprintln(w)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// short shows a number with as many digits as say something.
func short(v float64) string {
	switch {
	case v == float64(int(v)):
		return strconv.Itoa(int(v))
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
}

// thousands shows a whole number with commas.
func thousands(n int) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
