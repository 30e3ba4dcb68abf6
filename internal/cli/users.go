package cli

import (
	"errors"
	"fmt"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// oneUser is what most verbs are about.
func oneUser(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("which user? The name is missing")
	case len(args) > 1:
		return fmt.Errorf("one user at a time: unexpected argument %s",
			shown.Quoted(args[1]))
	}
	return nil
}

// noArguments is for verbs that are about no user, or all.
func noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 0 && cmd.HasSubCommands():
		return unknownVerb(cmd, args[0])
	case len(args) > 0:
		return fmt.Errorf("unexpected argument %s", shown.Quoted(args[0]))
	}
	return nil
}

// completeUser completes the first argument with the users of the table.
func (a *app) completeUser(
	_ *cobra.Command, args []string, _ string,
) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	_, entries, err := a.table().Users()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []cobra.Completion
	for _, e := range entries {
		names = append(names, e.User.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// lookup finds a user who must be there.
func (a *app) lookup(name string) (motp.Policy, motp.User, error) {
	settings, user, err := a.table().Lookup(name)
	return settings.Policy, user, a.explain(name, err)
}
