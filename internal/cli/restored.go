package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/otpverify"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/spf13/cobra"
)

// restored tells the records that they are not the latest.
func (a *app) restored() *cobra.Command {
	var reach string
	cmd := &cobra.Command{
		Use:   "restored [USER...] [--reach DURATION] [--dry-run] [--json]",
		Short: "Say that records came from a backup, or were deleted",
		Long: `Say that the records came from a backup, or were deleted: they do not
know which codes were used since, and look like any others. Every code that may
have been used is refused from then on: those up to as far ahead as the record
knows that codes were ever accepted, or 24 hours beyond a token's offset where
there is no record, or none that knows. Of HOTP tokens every code is, until
"motp sync" has found the counter, and so is every paper code, until "motp
codes" prints others. Without USER this is said to all, also to
those who were removed, to those whom otpverify knows, and to those of other
tables that PAM's services name with the same folder of records; a folder of
records that is missing is made.

What no record can know: codes that were accepted further ahead than ever
before, in a service with a wider window, after the backup was made.`,
		Example: `  motp restored
  motp restored alice
  motp restored --reach 3m    nothing was ever accepted further ahead than this`,
		ValidArgsFunction: a.completeUser,
		RunE: func(cmd *cobra.Command, args []string) error {
			ahead, err := parseReach(reach)
			if err != nil {
				return err
			}
			if len(args) == 0 && !a.dryRun {
				if err := a.site().BeginAnew(); err != nil {
					return a.explain("", err)
				}
			}
			return a.tellRestored(args, ahead)
		},
	}
	cmd.Flags().StringVar(&reach, "reach", "24h",
		"how far ahead codes may have been accepted, where no\nrecord knows it: a "+
			"`DURATION`")
	a.changes(cmd)
	return cmd
}

func parseReach(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < time.Second || d > 7*24*time.Hour {
		return 0, usagef("--reach must be a duration from 1s to 168h, like 3m")
	}
	return d, nil
}

// tellRestored does the work for some users, or for all, those whom otpverify remembers too. One
// whose record is in trouble stops nobody else's.
func (a *app) tellRestored(names []string, reach time.Duration) error {
	policy, users, broken, err := a.everybody()
	if err != nil {
		return err
	}
	all := len(names) == 0
	if all {
		names = slices.Sorted(maps.Keys(users))
	}
	told, failed := 0, 0
	for _, name := range slices.Sorted(maps.Keys(broken)) {
		if all || slices.Contains(names, name) {
			a.complain(a.explain(name, broken[name]))
			failed++
		}
	}
	tell := func(v motp.Verifier, entries ...motp.User) {
		for _, user := range entries {
			if a.dryRun {
				continue
			}
			err := a.commit("some records are told, others are not: begin anew",
				func() error {
					return v.Restored(context.Background(), user,
						a.now(), reach)
				})
			if err != nil {
				a.complain(a.whyNotTold(user, err))
				failed++
				return
			}
			a.askForCounters(user)
			a.askForPaper(user)
		}
		told++
		a.changed()
	}
	for _, name := range names {
		entries, ok := users[name]
		if !ok && broken[name] != nil {
			continue
		}
		if !ok {
			return a.explain(name, fmt.Errorf("%s: %w", a.confPath, conf.ErrNoUser))
		}
		tell(a.verifier(policy), entries...)
	}
	if all {
		script, err := a.scriptUsers()
		if err != nil {
			return err
		}
		for _, name := range script {
			tell(a.script().verifier(policy), motp.User{Name: name})
		}
	}
	return a.saidRestored(told, failed)
}

// whyNotTold explains why a record could not be told.
func (a *app) whyNotTold(user motp.User, err error) error {
	if len(user.Tokens) == 0 && errors.Is(err, motp.ErrCorrupt) {
		const why = "%w; nobody knows whose codes it held, so that nobody gets in by it: " +
			"remove it once none of them is good any more"
		return fmt.Errorf(why, err)
	}
	return a.explain(user.Name, err)
}

// script is where otpverify keeps its records, for users who are in no table.
func (a *app) script() place {
	script := a.at(a.confPath, filepath.Join(a.state, otpverify.Folder))
	script.keysIn = a.state
	return script.inFiles()
}

// scriptUsers returns whom otpverify has records of, which it is to look through once more.
func (a *app) scriptUsers() ([]string, error) {
	names, err := a.script().store().Names(context.Background())
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil && !a.dryRun {
		err = otpverify.LookAgain(a.state)
	}
	return names, a.explain("", err)
}

// saidRestored says what came of it.
func (a *app) saidRestored(told, failed int) error {
	what := "is told that it is not the latest; codes that may have been used are refused"
	if told != 1 {
		what = "are told that they are not the latest; codes that may have been used are " +
			"refused"
	}
	if a.dryRun {
		what = "would be told; nothing is changed"
	}
	a.say("%s %s", words.Count(told, "record"), what)
	if failed > 0 {
		return fmt.Errorf("%s could not be told: fix what stands above, and run this again",
			words.Count(failed, "record"))
	}
	return nil
}
