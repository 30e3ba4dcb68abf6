package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"
)

// list prints every user in a table.
func (a *app) list() *cobra.Command {
	var asJSON, removed bool
	cmd := &cobra.Command{
		Use:   "list [--removed] [--json]",
		Short: "Show every user: who may log in, who is locked",
		Long: `Show every user of the table, with the type of the first token and the number of
further ones. The states:

  ok        may log in
  locked    had too many wrong codes; "motp unlock" ends it
  disabled  was switched off in the table
  broken    the entry or the record has a mistake, which is told; every code is
            refused, and the exit code is 1

With --removed, only the names of those who are not in the table any more and
have a record of used codes.`,
		Example: `  motp list
  motp list --removed
  motp list --json | jq -r '.[] | select(.state == "locked") | .user'`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			if removed {
				return a.listRemoved(asJSON)
			}
			policy, entries, err := a.table().Users()
			if err != nil {
				return a.explain("", err)
			}
			all := make([]standing, 0, len(entries))
			for _, e := range entries {
				all = append(all, a.standing(policy, e))
			}
			if asJSON {
				return a.printJSON(all)
			}
			if len(all) == 0 {
				a.say("%s has no users yet: \"motp add USER\" adds one", a.confPath)
				return nil
			}
			return a.printList(all)
		},
	}
	cmd.Flags().BoolVar(&removed, "removed", false, "those whose record \"motp remove\" has kept")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, for scripts")
	return cmd
}

// listRemoved prints the names of those who have a record only.
func (a *app) listRemoved(asJSON bool) error {
	records, err := a.removedUsers()
	if err != nil {
		return err
	}
	names := []string{}
	for name, removed := range records {
		if removed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if asJSON {
		return a.printJSON(names)
	}
	for _, name := range names {
		a.print("%s", show(name))
	}
	if len(names) == 0 {
		a.say("%s has records of users in the table only", a.state)
	}
	return nil
}

const (
	listLayout = "%s  %-6s  %-8s  %8s  %-16s  %s"
	timeLayout = "2006-01-02 15:04"
)

// printList prints a row for each user. Who reads it in a pipe gets every name as it is. On a
// terminal a name gives way where the row would be too long.
func (a *app) printList(all []standing) error {
	names, last := []string{"USER"}, "LOCKED SINCE"
	for _, s := range all {
		names = append(names, show(s.User))
		if s.LockedSince != nil {
			last = timeLayout // as wide as that
		}
	}
	others := utf8.RuneCountInString(fmt.Sprintf(listLayout, "", "", "", "", "", last))
	width := a.columnFor(names, others)
	a.print(listLayout,
		pad(names[0], width), "TOKENS", "STATE", "FAILURES", "LAST LOGIN", "LOCKED SINCE")
	broken := 0
	for i, s := range all {
		a.print(listLayout, pad(names[i+1], width), tokensInBrief(s.Tokens), s.State,
			strconv.Itoa(s.Failures), brief(s.LastLogin), brief(s.LockedSince))
		if s.Problem != "" {
			broken++
		}
	}
	if broken == 0 {
		return nil
	}
	for _, s := range all {
		if s.Problem != "" {
			a.complain(errors.New(s.Problem))
		}
	}
	return fmt.Errorf("%s cannot log in because of this: mend it", count(broken, "user"))
}

// leastName is what is left of a name where the terminal is too narrow for a row anyway.
const leastName = 8

// columnFor is how wide a column of names is, beside others that take so much.
func (a *app) columnFor(names []string, others int) int {
	longest := 0
	for _, name := range names {
		longest = max(longest, utf8.RuneCountInString(name))
	}
	columns, _, ok := a.screenSize()
	if !ok {
		return longest
	}
	return min(longest, max(leastName, columns-others))
}

// printJSON prints a value as JSON.
func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false) // a shell that looks for R&D finds it
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// brief tells a time in the list; what never was is a dash.
func brief(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Local().Format(timeLayout)
}

// pad makes a text as wide as its column. What is too long is cut, and shows it.
func pad(s string, width int) string {
	n := utf8.RuneCountInString(s)
	if n > width {
		return string([]rune(s)[:width-1]) + "…"
	}
	return s + strings.Repeat(" ", width-n)
}
