package cli

import (
	"fmt"

	"github.com/pam-motp/pam-motp/internal/shown"
)

// begin makes the folder of records for the first user, before the table has that user.
func (a *app) begin() error {
	sharing, err := a.sharing()
	if err != nil {
		return err
	}
	return a.site().Begin(sharing...)
}

// mayBegin says whether begin would, and changes nothing.
func (a *app) mayBegin() error {
	sharing, err := a.sharing()
	if err != nil {
		return err
	}
	return a.site().MayBegin(sharing...)
}

// sharing are the other tables whose users have their records in the same folder.
func (a *app) sharing() (paths []string, err error) {
	tables, err := a.sharedTables()
	for _, t := range tables {
		if t.path != a.confPath {
			paths = append(paths, t.path)
		}
	}
	return paths, err
}

// bringBack is what to do about a folder of records that is missing.
func (a *app) bringBack() string {
	return fmt.Sprintf("mount its file system; if the records are lost, \"motp%s restored\" "+
		"makes it; if no code was ever used, \"install -d -m 0700 %s\" does",
		a.stateFlag(), shown.Argument(a.state))
}
