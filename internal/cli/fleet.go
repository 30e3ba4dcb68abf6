package cli

import "github.com/spf13/cobra"

// fleet is about servers that share one memory of used codes. Each of its verbs is a file of its
// own.
func (a *app) fleet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "Servers that share one memory of used codes",
		Long: `A fleet is servers that share their records, on etcd: a code that was used on
one is used on all of them, and wrong codes are counted over all. Each server
has the table as a file of its own.`,
		Example: `  motp fleet init --help
  motp fleet status`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, verb := range []func() *cobra.Command{
		a.fleetInit, a.fleetJoin, a.fleetLeave, a.fleetStatus, a.fleetCopy, a.fleetRestored,
	} {
		cmd.AddCommand(a.marked(verb()))
	}
	return cmd
}
