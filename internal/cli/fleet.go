package cli

import "github.com/spf13/cobra"

// fleet is about servers that share one memory of used codes. Each of its verbs is a file of its
// own.
func (a *app) fleet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "fleet",
		Short: "Servers that share one memory of used codes",
		Long: `A fleet is hosts that share their records, on etcd: a code that was used on
one is used on all of them, and wrong codes are counted over all. Each host has
the table as a file of its own. Where the table of users names the store, all
other verbs of motp have the records from there.

init, join, and leave are run where the fleet's folder is, which is best not a
host; join also on the host, to put what it was given in its place. status and
copy are run on a host. docs/fleet.md sets a fleet up step by step.`,
		Example: `  motp fleet init --fleet example --node a=192.0.2.1 --node b=192.0.2.2 \
    --node c=192.0.2.3
  motp fleet join web1 --out - | ssh root@web1 motp fleet join web1 --bundle -
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
