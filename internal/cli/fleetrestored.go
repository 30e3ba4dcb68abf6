package cli

import (
	"context"
	"path/filepath"

	"github.com/pam-motp/pam-motp/internal/fleetsetup"
	"github.com/spf13/cobra"
)

// fleetRestored begins an epoch.
func (a *app) fleetRestored() *cobra.Command {
	var reach string
	cmd := &cobra.Command{
		Use:   "restored [--reach DURATION] [--dry-run] [--json]",
		Short: "Say that etcd was restored from a snapshot",
		Long: `Say that etcd was restored from a snapshot, or lost what it had: its records
do not know which codes were used since. An epoch begins: every host takes all
codes up to now, and what may have been accepted ahead of now, for used. Then
each user of the table is told so, those without a record too, as by "motp
restored", which says what that means for HOTP and for codes on paper.

An epoch is an administrator's to begin: where the fleet's folder is, its
certificate is found; elsewhere name it with --store-cert and --store-key.`,
		Example: `  motp fleet restored
  motp --store-cert root.crt --store-key root.key fleet restored`,
		Args:              noArguments,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			ahead, err := parseReach(reach)
			if err != nil {
				return err
			}
			if err := a.beginEpoch(); err != nil {
				return err
			}
			return a.tellRestored(nil, ahead)
		},
	}
	cmd.Flags().StringVar(&reach, "reach", "24h",
		"how far ahead codes may have been accepted, where no\nrecord knows it: a "+
			"`DURATION`")
	a.changes(cmd)
	return cmd
}

// useFolder has this run be an administrator's where the fleet's folder is, unless another
// certificate was named.
func (a *app) useFolder() {
	folder, err := fleetsetup.Open(filepath.Join(a.machine, fleetsetup.DefaultFolder))
	if err == nil && a.storeCert == "" && a.storeKey == "" {
		a.storeCert, a.storeKey = folder.Cert(), folder.Key()
	}
}

// beginEpoch begins the next epoch, by an administrator's certificate.
func (a *app) beginEpoch() error {
	a.useFolder()
	f, err := a.theFleet()
	if err != nil {
		return err
	}
	pipe, err := a.fleetPipe(f)
	if err != nil {
		return err
	}
	if a.dryRun {
		a.changed()
		a.say("another epoch would begin; nothing is changed")
		return nil
	}
	var number uint64
	err = a.commit("an epoch has begun; not all users are told: begin anew", func() error {
		return pipe.Ask(context.Background(), "begin", nil, &number)
	})
	if err != nil {
		return err
	}
	a.closeFleets() // which knew the store as it was
	a.say("epoch %d has begun: codes of before are refused on every host", number)
	return nil
}
