package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/pam-motp/pam-motp/internal/holder"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/spf13/cobra"
)

// list prints every user in a table.
func (a *app) list() *cobra.Command {
	var asJSON, removed bool
	cmd := &cobra.Command{
		Use:   "list [--removed] [--json]",
		Short: "Show every user: who may log in, who is locked",
		Long: `Show every user of the table, with the type of the first token and the
number of further ones; with * if a PIN that the user has set is in force, not
the table's. Where anybody has paper codes, PAPER tells how many are left. The
states:

  ok        may log in
  locked    had too many wrong codes; "motp unlock" ends it
  disabled  was switched off in the table
  held      a process keeps the record for itself: "motp status" names it
  invited   has yet to set up a token: "motp status" tells until when
  lost      the counter is lost with a record: "motp sync" finds it
  broken    the entry or the record has a mistake, or a PIN in it does not open,
            which is told; every code is refused, and the exit code is 1

With --removed, only the names of those who have a record of used codes and are
in no table any more: neither in this one nor in any that a service of PAM names
with the same folder of records.`,
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
			all := make([]userStatus, 0, len(entries))
			locks := holder.Locks()
			for _, e := range entries {
				s := a.statusOf(policy, e)
				a.lookForHolder(&s, locks)
				all = append(all, s)
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
	cmd.Flags().BoolVar(&removed, "removed",
		false, "those whose record \"motp remove\" has kept")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, for scripts")
	return cmd
}

// listRemoved prints the names of those who have a record only.
func (a *app) listRemoved(asJSON bool) error {
	tables, err := a.whereListed()
	if err != nil {
		return err
	}
	names := []string{}
	for name, table := range tables {
		if table == "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if asJSON {
		return a.printJSON(names)
	}
	for _, name := range names {
		a.print("%s", shown.Name(name))
	}
	if len(names) == 0 {
		a.say("%s has records of users in the table only", a.state)
	}
	return nil
}

const timeLayout = "2006-01-02 15:04"

// printList prints a row for each user. Who reads it in a pipe gets every name as it is. On a
// terminal a name gives way where the row would be too long.
func (c *console) printList(all []userStatus) error {
	onPaper := slices.ContainsFunc(all, func(s userStatus) bool { return s.Paper != nil })
	var table term.Table
	add := func(name, tokens, paper, state, failures, lastLogin, lockedSince string) {
		row := listRow(name, tokens, state, failures, lastLogin, lockedSince)
		if onPaper { // what nobody has needs no column
			row = slices.Insert(row, 2, fmt.Sprintf("%5s", paper))
		}
		table.Add(row...)
	}
	add("USER", "TOKENS", "PAPER", "STATE", "FAILURES", "LAST LOGIN", "LOCKED SINCE")
	broken := 0
	for _, s := range all {
		add(shown.Name(s.User), tokensInBrief(s.Tokens), s.Paper.inBrief(), s.State,
			strconv.Itoa(s.Failures), brief(s.LastLogin), brief(s.LockedSince))
		if s.Problem != "" {
			broken++
		}
	}
	columns, _, _ := term.Size(c.out)
	lines, _ := table.Lines(columns)
	for _, line := range lines {
		c.print("%s", line)
	}
	if broken == 0 {
		return nil
	}
	for _, s := range all {
		if s.Problem != "" {
			c.complain(errors.New(s.Problem))
		}
	}
	return fmt.Errorf("%s cannot log in because of this: fix it", words.Count(broken, "user"))
}

// listRow is a row of the list, whose columns are as wide as ever, but that of the names.
func listRow(user, tokens, state, failures, lastLogin, lockedSince string) []string {
	return []string{user, fmt.Sprintf("%-6s", tokens), fmt.Sprintf("%-8s", state),
		fmt.Sprintf("%8s", failures), fmt.Sprintf("%-16s", lastLogin), lockedSince}
}

// brief tells a time in the list; what never was is a dash.
func brief(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.Local().Format(timeLayout)
}
