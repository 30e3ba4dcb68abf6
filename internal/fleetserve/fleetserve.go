// Package fleetserve is what motpd-etcd does for the command motp, which does not link etcd's
// client: it opens the store of a fleet, and serves it on standard input and output
// (package storepipe), with what administrators ask of a fleet beside it. What is asked, and what
// the answers look like, is said in package fleet.
//
// It must not judge anybody, nor know what is in a record.
package fleetserve

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/internal/storepipe"
	"golang.org/x/sys/unix"
)

// Run serves the store of a fleet, whose settings are the argument, until its client ends. Whatever
// keeps it from that is told to the client.
func Run(args []string, in io.Reader, out io.Writer) error {
	// the fleet's key, and PINs on their way, are nobody's to look at
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	store, err := open(args)
	if err != nil {
		return storepipe.Refuse(out, err)
	}
	defer store.Close()
	return storepipe.Serve(context.Background(), in, out, store, answers(store))
}

// open opens the store as a program does that is no host.
func open(args []string) (*fleet.Store, error) {
	var f conf.Fleet
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &f) != nil {
		return nil, errors.New("this is for the command motp, which tells the settings " +
			"of a fleet")
	}
	key, err := f.ReadKey()
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	return fleet.Open(fleet.Config{Endpoints: f.Nodes, CA: f.CA, Cert: f.Cert, Key: f.Key,
		Fleet: f.Name, FleetKey: key, Host: host, Call: f.Call, Wait: f.Wait, Visit: true})
}

// answers are what is asked beside the store: "report" and "begin".
func answers(store *fleet.Store) map[string]storepipe.Answer {
	return map[string]storepipe.Answer{
		"report": func(ctx context.Context, _ json.RawMessage) (any, error) {
			return store.Report(ctx), nil
		},
		"begin": func(ctx context.Context, _ json.RawMessage) (any, error) {
			return store.Begin(ctx)
		},
	}
}
