package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/softtoken"
	"github.com/spf13/cobra"
)

// loadToken loads the file of a token.
func loadToken(profile string) (softtoken.File, error) {
	f, err := softtoken.Load(profile)
	if errors.Is(err, fs.ErrNotExist) {
		const next = "\"motp token init%s\" makes it"
		return softtoken.File{}, fmt.Errorf("%w: "+next, err, profileArgument(profile))
	}
	return f, explainProfile(err)
}

// explainProfile makes a mistake in --profile one of usage.
func explainProfile(err error) error {
	if errors.Is(err, softtoken.ErrProfile) {
		return usagef("--%w", err)
	}
	return err
}

// profileArgument is --profile as it stands in commands that are proposed.
func profileArgument(profile string) string {
	if profile == softtoken.DefaultProfile {
		return ""
	}
	return " --profile " + shown.Argument(profile)
}

// completeProfile completes the names of one's tokens.
func completeProfile(
	*cobra.Command, []string, string,
) ([]cobra.Completion, cobra.ShellCompDirective) {
	all, err := softtoken.Profiles()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return all, cobra.ShellCompDirectiveNoFileComp
}
