// Package site is where programs find users and their records: a directory of users and a store of
// records, opened together, with the keys of what is sealed in both. Login, every verb of the
// command, doctor and otpverify go through it, so that another kind of directory or store is an
// addition here and nowhere else.
//
// The package must not know what is asked of a site, nor PAM, nor package fmt: it is linked into
// the module.
package site

import (
	"path/filepath"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// The places of a site that nobody has named otherwise.
const (
	DefaultTable   = conf.DefaultPath
	DefaultRecords = conf.DefaultState
)

// A Directory knows the users, and the policy that holds for them.
type Directory interface {
	// Lookup finds one user, and what holds for everyone. The error is conf.ErrNoUser if there
	// is none, or a *conf.Error.
	Lookup(name string) (conf.Settings, motp.User, error)

	// Settings are what holds for everyone. An error is one that keeps everyone out.
	Settings() (conf.Settings, error)

	// Users lists all, those with a mistake too.
	Users() (motp.Policy, []conf.Entry, error)

	// ConfirmAbsent returns an error unless the directory has none of these names, in any
	// spelling, and all of it could be read.
	ConfirmAbsent(names ...string) error
}

// A Site is a directory and a store that belong together.
type Site struct {
	Directory

	// Store has the records, wherever each of them is. It looks for that in the table with each
	// call: see [Site.VerifierIn].
	Store motp.Store

	// Files has those in files: of everybody, unless the table names a fleet's.
	Files motp.Store

	// Keys open what is sealed, in the table and in the records.
	Keys *seal.Ring

	table   string
	records string
	places  *conf.Places
	fleets  fleets
}

// Open returns the site with a table and a folder of records. Nothing is read before it is asked
// for: what is wrong with either is told by whatever needs it.
func Open(table, records string) *Site { return OpenWith(table, records, KeysIn(records)) }

// KeysIn are the keys beside a folder of records.
func KeysIn(records string) *seal.Ring { return seal.In(records, conf.ReadPrivate) }

// OpenWith is Open with keys from elsewhere.
func OpenWith(table, records string, keys *seal.Ring) *Site {
	return of(conf.Table{Path: table, Sealer: keys}, table, keys, files.Store{Dir: records})
}

func of(in Directory, table string, keys *seal.Ring, records files.Store) *Site {
	s := &Site{Directory: in, Keys: keys, table: table, records: records.Dir,
		Files: records, places: conf.PlacesIn(table)}
	s.Store = byName{s}
	return s
}

// crowd is how many logins may wait for a record that is held, where one program has them all.
const crowd = 2

// Keep is Open for a program that stays, and serves many: it keeps an index of the table, which is
// never stale. credentials is the folder in which systemd leaves those of this service; empty if it
// leaves none.
func Keep(table, records, credentials string) *Site {
	keys := KeysIn(records).WithCredential(credentials)
	return of(conf.Keep(table, keys), table, keys, files.Store{Dir: records, Crowd: crowd})
}

// Verifier checks codes against a policy, and remembers them in the site's store, which looks for
// each user's record: see [Site.VerifierIn].
func (s *Site) Verifier(p motp.Policy) motp.Verifier {
	return motp.Verifier{Store: s.Store, Policy: p, Sealer: s.Keys}
}

// Table is the path of the table of users.
func (s *Site) Table() string { return s.table }

// Records is the path of the folder of records.
func (s *Site) Records() string { return s.records }

// Record is the path of a user's record.
func (s *Site) Record(user string) string {
	return filepath.Join(s.records, motp.EncodeName(user))
}

// Edit changes the table, or with dryRun tells what it would say to a change.
func (s *Site) Edit(dryRun bool) conf.Editor {
	return s.EditWith(s.Keys, dryRun)
}

// EditWith is Edit with what is written sealed by others than the site's keys.
func (s *Site) EditWith(by motp.Sealer, dryRun bool) conf.Editor {
	return conf.Editor{Table: conf.Table{Path: s.table, Sealer: by}, DryRun: dryRun}
}
