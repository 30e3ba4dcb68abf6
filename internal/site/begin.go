package site

import (
	"errors"
	"io/fs"
	"os"
	"slices"

	"github.com/pam-motp/pam-motp/conf"
)

// ErrRecordsGone is the error, wrapped in a *fs.PathError about the folder, where a site has users
// and no folder of records: nobody knows which codes they have used.
var ErrRecordsGone = errors.New("there are users, whose used codes an empty folder would take " +
	"again")

// Begin makes the folder of records, if there is none, for the first user of a site, before anybody
// is written into its table: see [Site.MayBegin].
func (s *Site) Begin(sharing ...string) error {
	if err := s.MayBegin(sharing...); err != nil {
		return err
	}
	return s.BeginAnew()
}

// BeginAnew makes the folder of records if it is missing, for whoever then tells everybody's record
// that it is not the latest.
func (s *Site) BeginAnew() error {
	err := os.Mkdir(s.records, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// MayBegin returns an error if a folder of records would have to be made where there are users
// already, in the table or in another that shares the records: it is [ErrRecordsGone]. Their used
// codes would be good again, as where the file system of the records is not mounted. Users whose
// records are a fleet's have none there.
func (s *Site) MayBegin(sharing ...string) error {
	if _, err := os.Lstat(s.records); !errors.Is(err, fs.ErrNotExist) {
		return nil // what is there is looked at by whoever opens it
	}
	for _, table := range append([]string{s.table}, sharing...) {
		_, entries, err := conf.Table{Path: table}.Users()
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if slices.ContainsFunc(entries, inFiles) {
			return &fs.PathError{Op: "make", Path: s.records, Err: ErrRecordsGone}
		}
	}
	return nil
}

func inFiles(e conf.Entry) bool { return e.Fleet.IsZero() }
