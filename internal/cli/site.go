package cli

import (
	"path/filepath"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// A site is where this run finds the users and their records: nothing else in the command opens
// a table or a folder of records.
type site struct {
	confPath string // --conf
	state    string // --state
}

// table is the table of users.
func (s site) table() conf.Table { return conf.Table{Path: s.confPath} }

// trial tells what the table would say to a change, and changes nothing.
func (s site) trial() conf.Editor { return conf.Editor{Table: s.table(), DryRun: true} }

// verifier looks after the users' records.
func (s site) verifier(p motp.Policy) motp.Verifier {
	return motp.Verifier{Store: s.store(), Policy: p}
}

// store keeps the users' records.
func (s site) store() files.Store { return files.Store{Dir: s.state} }

// record is the path of a user's record.
func (s site) record(user string) string {
	return filepath.Join(s.state, motp.EncodeName(user))
}
