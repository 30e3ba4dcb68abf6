package cli

import (
	"cmp"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/credstore"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// A place is where this run finds the users and their records: nothing else in the command opens a
// site.
type place struct {
	confPath string // --conf
	state    string // --state
	keysIn   string // the folder with the keys, if it is not state

	// fleet opens the store that servers share, where the table names one.
	fleet site.FleetOpener
}

func (p place) site() *site.Site {
	return site.OpenWith(p.confPath, p.state, p.keys()).WithFleet(p.fleet)
}

// at is another table, or another folder of records, with all else as it is here.
func (p place) at(confPath, state string) place {
	p.confPath, p.state = confPath, state
	return p
}

// inFiles is the place with all records in files, whatever the table says.
func (p place) inFiles() place {
	files := p.site().Files
	p.fleet = func(conf.Fleet) (motp.Store, error) { return files, nil }
	return p
}

// keys are what opens sealed values: a file, or, of the default site, motpd's credential.
func (p place) keys() *seal.Ring {
	keys := site.KeysIn(cmp.Or(p.keysIn, p.state))
	if cmp.Or(p.keysIn, p.state) == conf.DefaultState {
		keys = keys.WithFetch(credstore.Keys)
	}
	return keys
}

// table is the directory of users.
func (p place) table() site.Directory { return p.site() }

// trial tells what the table would say to a change, and changes nothing.
func (p place) trial() conf.Editor { return p.site().Edit(true) }

// verifier looks after the users' records.
func (p place) verifier(policy motp.Policy) motp.Verifier { return p.site().Verifier(policy) }

// verifierOf is verifier for a user who was listed, where that is done for each of many.
func (p place) verifierOf(e conf.Entry, policy motp.Policy) motp.Verifier {
	return p.site().VerifierIn(e.Fleet, policy)
}

// store keeps the users' records.
func (p place) store() motp.Store { return p.site().Store }

// record is the path of a user's record.
func (p place) record(user string) string { return p.site().Record(user) }
