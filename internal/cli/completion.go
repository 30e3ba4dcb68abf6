package cli

import "github.com/spf13/cobra"

// completion prints what a shell needs to complete verbs, flags and users.
func (a *app) completion() *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish",
		Short: "Print the completion script for a shell",
		Long: `Print the completion script for a shell. Users are completed for whoever may
read the table.`,
		Example: `  motp completion bash > /etc/bash_completion.d/motp
  motp completion zsh > /usr/local/share/zsh/site-functions/_motp
  motp completion fish > /etc/fish/completions/motp.fish`,
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []cobra.Completion{"bash", "zsh", "fish"},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.out, true)
			case "zsh":
				return root.GenZshCompletion(a.out)
			default:
				return root.GenFishCompletion(a.out, true)
			}
		},
	}
}
