package cli

import "github.com/spf13/cobra"

// version prints which version this is, as --version does.
func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		Long:              `Print the version, as "motp --version" does.`,
		Example:           `  motp version`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.print("motp %s", cmd.Root().Version)
			return nil
		},
	}
}
