package cli

import (
	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/spf13/cobra"
)

// editor changes the table, or with --dry-run tries whether it could.
func (a *app) editor() conf.Editor { return a.site().Edit(a.dryRun) }

// maySet finds out whether a key of a token could be set, before anybody is asked for its value.
func (a *app) maySet(user, token, key, value string) error {
	to := conf.Address{User: user, Token: token}
	return a.explain(user, a.trial().Set(to, key, value))
}

// changes gives a verb the flags of those that change something.
func (a *app) changes(cmd *cobra.Command) {
	a.rehearses(cmd)
	a.reports(cmd)
}

// rehearses gives a verb the flag that has it change nothing.
func (a *app) rehearses(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&a.dryRun, "dry-run", "n",
		false, "tell what would be done, and change nothing")
}

// did tells that a user is now something, or would be: "alice is disabled".
func (a *app) did(user, what string) {
	a.changed()
	if a.dryRun {
		a.say("%s would be %s; nothing is changed", shown.Name(user), what)
		return
	}
	a.say("%s is %s", shown.Name(user), what)
}
