package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/pamstack"
	pamlogin "github.com/pam-motp/pam-motp/pam/login"
)

// A sharedTable is a table whose users have their records in the folder of this run.
type sharedTable struct {
	path string
	who  string // names it, if it is not that of this run: the line of a service
}

// sharedTables are the table of this run, first, and those that PAM's services name with the same
// folder of records.
func (a *app) sharedTables() ([]sharedTable, error) {
	all := []sharedTable{{path: a.confPath}}
	add := func(path, state, who string) {
		if sameFile(state, a.state) && !slices.ContainsFunc(all, func(t sharedTable) bool {
			return sameFile(path, t.path)
		}) {
			all = append(all, sharedTable{path, who})
		}
	}
	names, err := pamstack.Services(a.machine)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		service, err := pamstack.Read(a.machine, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a link to nowhere: PAM finds no such service either
		}
		if err != nil {
			return nil, err
		}
		for _, task := range []string{"auth", "account", "password", "session"} {
			stack, _ := service.Stack(task)
			for _, l := range stack.Find("pam_motp") {
				says, _ := pamlogin.CheckOptions(l.Options)
				add(says.Conf, says.State, fmt.Sprintf("%s:%d", l.File, l.Number))
			}
		}
	}
	if _, err := os.Lstat(conf.DefaultPath); err == nil { // for programs that need no service
		add(conf.DefaultPath, conf.DefaultState, "the default")
	}
	return all, nil
}

// sameFile says whether two paths lead to one file or folder.
func sameFile(one, other string) bool {
	a, errA := filepath.Abs(one)
	b, errB := filepath.Abs(other)
	if errA == nil && errB == nil && a == b {
		return true
	}
	first, errA := os.Stat(one)
	second, errB := os.Stat(other)
	return errA == nil && errB == nil && os.SameFile(first, second)
}

// whereListed tells in which table everybody is who has an entry or a record; it is "" for a record
// only. A table that cannot be read may have anybody in it: it is an error.
func (a *app) whereListed() (tables map[string]string, err error) {
	names, err := a.store().Names(context.Background())
	if err != nil {
		return nil, a.explain("", err)
	}
	shared, err := a.sharedTables()
	if err != nil {
		return nil, a.explain("", err)
	}
	tables = make(map[string]string)
	for _, name := range names {
		tables[name] = ""
	}
	for _, t := range shared {
		_, entries, err := a.at(t.path, a.state).table().Users()
		switch {
		case err != nil && t.who != "":
			return nil, fmt.Errorf("%w; %s names this table with the same records, "+
				"so who was removed cannot be told", err, t.who)
		case err != nil:
			return nil, a.explain("", err)
		}
		for _, e := range entries {
			if tables[e.User.Name] == "" {
				tables[e.User.Name] = t.path
			}
		}
	}
	return tables, nil
}

// stateFlag is what a command needs besides to find the records of this run.
func (a *app) stateFlag() string {
	if a.state == conf.DefaultState {
		return ""
	}
	return " --state " + a.state
}
